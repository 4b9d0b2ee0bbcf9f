"""One registry for each kind of thing: what the modules of a folder state about themselves.

A folder such as ``weather/sources`` holds one module for each member. A module joins by stating its
description under an agreed name; nothing lists the members. An installed package adds members of
its own through an entry point whose group is the name of the folder's package::

    [project.entry-points."greenanalysis.weather.sources"]
    institute = "my_package.institute"
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, TypeVar

from greenanalysis.core.errors import input_error


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Member = TypeVar("Member", bound=_Named)


@cache
def members(package: str, kind: type[Member]) -> dict[str, Member]:
    """Return the members of a folder by name, sorted by it.

    Parameters
    ----------
    package : whose modules are looked through, and the group of entry points that add to them.
    kind : class of the descriptions. A module states its own under the name of the class in
        capitals, e.g. ``SOURCE`` for a ``Source``; modules without it are helpers.

    Raises
    ------
    InputError : two members of one name, both modules being named, or an entry point without a
        description.
    """
    attribute = kind.__name__.upper()
    stated: dict[str, tuple[Member, str]] = {}
    for info in pkgutil.iter_modules(import_module(package).__path__):
        module = import_module(f"{package}.{info.name}")
        if isinstance(vars(module).get(attribute), kind):
            _add(stated, vars(module)[attribute], module.__name__)
    for point in entry_points(group=package):
        member = getattr(point.load(), attribute, None)
        if not isinstance(member, kind):
            allowed = f"a module with {attribute}, a {kind.__name__}"
            raise input_error(
                f"entry point {point.name}", where=package, allowed=allowed, got=point
            )
        _add(stated, member, point.value)
    return {name: stated[name][0] for name in sorted(stated)}


def _add(stated: dict[str, tuple[Member, str]], member: Member, module: str) -> None:
    if member.name in stated:
        both = f"{stated[member.name][1]} and {module}"
        allowed = "a name that no other has"
        raise input_error("name", where=both, allowed=allowed, got=repr(member.name))
    stated[member.name] = member, module
