"""Which code a module rests on: itself and what it imports, found in the text; and its hash."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = "greenanalysis"
ROOT = Path(__file__).resolve().parents[1]
_MEMBERS = "greenanalysis.core.members"
_PARTS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Of statements: where further statements stand."""


def code_version(*modules: str) -> str:
    """Return one hash over the code that some modules of the package rest on.

    Parameters
    ----------
    modules : full names, such as ``greenanalysis.resource.pv.model.model``.

    Returns
    -------
    str : 16 hexadecimal digits. Comments, blank lines and layout do not count; neither does any
        module that these do not import, directly or through others.
    """
    digest = hashlib.sha256()
    for name in sorted(closure(modules)):
        digest.update(f"{name} {_parsed(module_file(name))[0]}\n".encode())
    return digest.hexdigest()[:16]


def closure(modules: Iterable[str]) -> frozenset[str]:
    """Return the modules of the package that some modules need, themselves included.

    An import counts wherever it stands, inside a function too; what stands under
    ``if TYPE_CHECKING`` never runs and does not count. The ``__init__`` of the packages that a
    module lies in run with it and count. A module that asks for the members of its folder
    (:mod:`greenanalysis.core.members`) needs all modules of it.
    """
    reached: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = module_file(name)
        if name in reached or path is None:
            continue
        reached.add(name)
        pieces = name.split(".")
        waiting += [".".join(pieces[:n]) for n in range(1, len(pieces))]
        imports = _parsed(path)[1]
        waiting += imports
        if _MEMBERS in imports:
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            waiting += [f"{package}.{one.stem}" for one in path.parent.glob("[a-z]*.py")]
    return frozenset(reached)


def imports_of(text: str, *, name: str = "__main__", package: bool = False) -> frozenset[str]:
    """Return which modules a text imports; names that are no modules may be among them.

    Parameters
    ----------
    text : Python.
    name : of its module, from which relative imports are counted.
    package : whether the module is the ``__init__`` of a package.

    Raises
    ------
    SyntaxError : the text is not Python.
    """
    return _imported(ast.parse(text), name, package)


def _imported(tree: ast.Module, name: str, package: bool) -> frozenset[str]:
    targets = (one for node in _running(tree) for one in _targets(node, name, package))
    modules = {one for one in targets if one.split(".")[0] == _PACKAGE}
    behind = _front_door()
    return frozenset(
        modules | {behind[one] for one in modules | _root_names(tree) if one in behind}
    )


def _root_names(tree: ast.Module) -> set[str]:
    """Return what a text takes off the package itself, such as ``ga.assess``, by full name."""
    nodes = list(ast.walk(tree))
    imports = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names = {alias.asname or alias.name for alias in imports if alias.name == _PACKAGE}
    return {
        f"{_PACKAGE}.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    }


def _front_door() -> dict[str, str]:
    """Return the module behind each name that the package itself offers and loads when asked."""
    stub = ROOT / "__init__.pyi"
    if not stub.is_file():
        return {}
    doors = (node for node in _stub(stub).body if isinstance(node, ast.ImportFrom))
    return {
        f"{_PACKAGE}.{alias.name}": f"{_PACKAGE}.{node.module}"
        for node in doors
        for alias in node.names
    }


@cache
def _stub(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def module_file(name: str) -> Path | None:
    """Return the file of a module of the package, or None where the name is no module of it."""
    pieces = name.split(".")
    if pieces[0] != _PACKAGE:
        return None
    path = ROOT.joinpath(*pieces[1:])
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    path = path.with_suffix(".py")
    return path if len(pieces) > 1 and path.is_file() else None


@cache
def _parsed(path: Path | None) -> tuple[str, frozenset[str]]:
    """Return the hash of a module's code, and what it imports."""
    if path is None:
        return "", frozenset()
    tree = ast.parse(path.read_bytes())
    package = path.name == "__init__.py"
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join((_PACKAGE, *(parts[:-1] if package else parts)))
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return digest, _imported(tree, name, package)


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
    name = test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")
    return name == "TYPE_CHECKING"


def _targets(node: ast.AST, name: str, package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        pieces = name.split(".")
        base = ".".join(pieces[: len(pieces) - node.level + package]) if node.level else ""
        start = ".".join(part for part in (base, node.module) if part)
        yield start
        yield from (f"{start}.{alias.name}" for alias in node.names)
