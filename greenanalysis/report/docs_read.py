"""Public functions of the package with their docstrings, read from the source, nothing imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef
LINE = 88
"""Characters from which on a signature is broken into one parameter a line."""

LISTED = ("Parameters", "Returns", "Yields", "Raises", "Attributes")
SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, annotated type and default as they stand in the source."""

    name: str
    kind: str
    default: str


@dataclass(frozen=True)
class Item:
    """One entry of a section of a docstring: what stands before the colon, and the text after."""

    name: str
    text: str


@dataclass(frozen=True)
class Docstring:
    """A docstring in parts: summary, further paragraphs, sections by title."""

    summary: str
    text: str
    sections: dict[str, tuple[Item, ...]]


@dataclass(frozen=True)
class Member:
    """A public function or class: ``kind`` says which, or ``method``, ``property``, ``command``."""

    name: str
    kind: str
    signature: str
    parameters: tuple[Parameter, ...]
    docstring: str
    methods: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Module:
    """A module: dotted name without the package, its docstring, its public members."""

    name: str
    docstring: str
    members: tuple[Member, ...]


def read_modules(package: Path) -> list[Module]:
    """Return the modules of a package by name; private ones and migrations are left out.

    Parameters
    ----------
    package : folder with ``__init__.py``.
    """
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not parts or "migrations" in parts or any(part.startswith("_") for part in parts):
            continue
        found.append(read_module(path, name=".".join(parts)))
    return sorted(found, key=lambda module: module.name)


def read_module(path: Path, *, name: str) -> Module:
    """Return the public functions and classes of one module, in the order of the source.

    Parameters
    ----------
    path : of the source.
    name : dotted name of the module without the package.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    members = tuple(
        _member(node)
        for node in tree.body
        if isinstance(node, (Definition, ast.ClassDef)) and not node.name.startswith("_")
    )
    return Module(name, ast.get_docstring(tree) or "", members)


def parse_docstring(text: str) -> Docstring:
    """Return a docstring in parts.

    Parameters
    ----------
    text : cleaned of its indentation, as :func:`ast.get_docstring` gives it.
    """
    pieces = SECTION.split(text)
    head, *rest = pieces
    summary, _, more = head.strip().partition("\n\n")
    sections = {
        title: tuple(_items(title, body)) for title, body in zip(rest[::2], rest[1::2], strict=True)
    }
    return Docstring(_joined(summary), more.strip(), sections)


def described_names(docstring: Docstring) -> set[str]:
    """Return the parameters that a docstring describes.

    Parameters
    ----------
    docstring : in parts.
    """
    items = docstring.sections.get("Parameters", ())
    return {name.strip(" *`") for item in items for name in item.name.split(",")}


def _items(title: str, body: str) -> Iterator[Item]:
    """Yield entries: a line at the margin begins one where the section is a list of them."""
    if title not in LISTED:
        for paragraph in re.split(r"\n\s*\n", body.strip()):
            yield Item("", _joined(paragraph))
        return
    block: list[str] = []
    for line in [*body.strip("\n").splitlines(), ""]:
        if block and (not line.strip() or not line[0].isspace()):
            name, colon, text = " ".join(part.strip() for part in block).partition(" : ")
            yield Item(name, text) if colon else Item("", name)
            block = []
        if line.strip():
            block.append(line)


def _joined(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines())


def _member(node: Definition | ast.ClassDef) -> Member:
    docstring = ast.get_docstring(node) or ""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        methods = tuple(
            replace(_member(child), kind="property" if _is_property(child) else "method")
            for child in node.body
            if isinstance(child, Definition) and not child.name.startswith("_")
        )
        fields = tuple(
            Parameter(child.target.id, ast.unparse(child.annotation), _text(child.value))
            for child in node.body
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
        )
        head = f"class {node.name}({bases})" if bases else f"class {node.name}"
        return Member(node.name, "class", head, fields, docstring, methods)
    parameters = tuple(_parameters(node))
    kind = "command" if _is_command(node) else "function"
    return Member(node.name, kind, _signature(node), parameters, docstring)


def _is_command(node: Definition) -> bool:
    """Say whether a function is a command of the command line: its options carry their own help."""
    return any(re.search(r"\.(command|group)\(", ast.unparse(d)) for d in node.decorator_list)


def _is_property(node: Definition) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def _parameters(node: Definition) -> Iterator[Parameter]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    named = [*zip(plain, defaults, strict=True)]
    if arguments.vararg:
        named.append((arguments.vararg, None))
    named += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    if arguments.kwarg:
        named.append((arguments.kwarg, None))
    for argument, default in named:
        if argument.arg not in {"self", "cls"}:
            yield Parameter(argument.arg, _text(argument.annotation), _text(default))


def _signature(node: Definition) -> str:
    """Return name, parameters and what is returned, broken into lines where it is long."""
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    whole = f"{node.name}({ast.unparse(node.args)}){returned}"
    if len(whole) <= LINE:
        return whole
    parts = _split(ast.unparse(node.args))
    return f"{node.name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){returned}"


def _split(arguments: str) -> list[str]:
    """Split at commas that stand in no bracket or quotation."""
    parts, depth, start, quote = [], 0, 0, ""
    for place, letter in enumerate(arguments):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and not depth:
            parts.append(arguments[start:place].strip())
            start = place + 1
    return [*parts, arguments[start:].strip()]


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node else ""
