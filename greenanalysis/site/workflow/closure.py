"""Which modules of the package a text uses: its imports, and theirs, wherever they stand."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

_PACKAGE = "greenanalysis"
_PARTS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Of statements: where further statements stand."""


def module_name(file: str) -> str:
    """Return the name of the module in a file of the package (``report/html.py``)."""
    parts = file.removesuffix(".py").split("/")
    return ".".join([_PACKAGE, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def imports_of(
    text: bytes | str, *, name: str, package: bool, known: Collection[str]
) -> frozenset[str]:
    """Return which of the known modules a text imports, at its top or inside a function.

    Parameters
    ----------
    text : Python; one that cannot be parsed counts as importing all that is known.
    name : of its module.
    package : whether the module is the ``__init__`` of a package.
    known : modules that there are.

    Notes
    -----
    What stands under ``if TYPE_CHECKING`` never runs and does not count. Importing a module imports
    the packages that it lies in.
    """
    found = _imported(text, name, package)
    return frozenset(known) if found is None else frozenset(found & set(known) - {name})


@lru_cache(maxsize=1024)
def _imported(text: bytes | str, name: str, package: bool) -> frozenset[str] | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    found: set[str] = set()
    for node in _running(tree):
        for target in _targets(node, name, package):
            pieces = target.split(".")
            found |= {".".join(pieces[: n + 1]) for n in range(len(pieces))}
    return frozenset(found)


def closure(roots: Iterable[str], imports: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the modules that the roots need: themselves, what they import, and so on."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            pieces = name.split(".")
            waiting += [".".join(pieces[:n]) for n in range(1, len(pieces))]
            waiting += imports.get(name, ())
    return frozenset(found)


def _running(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield all statements but those under ``if TYPE_CHECKING``; expressions hold no imports."""
    waiting: list[Any] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        checking = isinstance(node, ast.If) and _is_type_checking(node.test)
        for part in _PARTS[1:] if checking else _PARTS:
            waiting += getattr(node, part, ())


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _targets(node: ast.AST, name: str, package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        pieces = name.split(".")
        cut = len(pieces) - node.level + package
        base = ".".join(pieces[:cut]) if node.level else ""
        start = ".".join(part for part in (base, node.module) if part)
        yield start
        yield from (f"{start}.{alias.name}" for alias in node.names)
