"""Pages of the public functions, a page for each package and for each module on the top level."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import greenanalysis
from greenanalysis.report.docs import CODE, page_html
from greenanalysis.report.docs_read import (
    Docstring,
    Item,
    Member,
    Module,
    Parameter,
    parse_docstring,
    read_modules,
)

LAYERS: dict[str, tuple[str, ...]] = {
    "Assessment and export studies": ("assessment", "export", "export_tools"),
    "Programme of a region": ("programme",),
    "Potential, profiles, yields": (
        "potential", "profiles", "yields", "factors", "coverage", "validation", "uncertainty",
        "eya", "discharge", "known_plants",
    ),
    "Finance": ("finance", "money"),
    "Super Grid and scenarios": ("supergrid", "scenario", "scenario_rules"),
    "Water, biomass and waste by region": ("atlas",),
    "Registry of green technologies": ("registry",),
    "Physics": ("resource",),
    "Weather and land": ("weather", "land", "land_factors"),
    "Regions": ("regions", "region_names", "boundaries"),
    "Tables and assumptions": ("assumptions", "tables", "variables", "grid", "cells"),
    "Files, stores, cluster": (
        "cluster", "tiles", "cutout", "store", "io", "paths", "usage", "errors",
    ),
    "Reports": ("report",),
    "Command line": ("cli",),
}  # fmt: skip
"""Groups of the index; a part belongs to the first whose names it starts with."""

OTHER = "Further modules"
TITLE = "Functions"
LEAD = (
    "All public functions and classes, from their docstrings. A page is a package or a module. "
    "Names stand after <code>greenanalysis.</code>."
)
ROLE = re.compile(r":(?:func|class|data|mod|meth|attr):`~?([^`]+)`")
SOURCE = "greenanalysis."


def api_pages(package: Path | None = None) -> dict[str, str]:
    """Return the pages of the functions by file name, the index among them.

    Parameters
    ----------
    package : folder of the source; by default that of this package.
    """
    modules = read_modules(package or Path(greenanalysis.__file__).parent)
    packages = {m.name.rpartition(".")[0] for m in modules} - {""}
    pages: dict[str, list[Module]] = {}
    for module in modules:
        pages.setdefault(_page(module.name, packages), []).append(module)
    links = _links(pages)
    made = {
        f"{name}.html": page_html(
            f"{SOURCE}{name}", _page_body(name, members, links), up="../../", english=True,
            contents=_contents(members),
        )
        for name, members in pages.items()
    }  # fmt: skip
    return made | {"index.html": page_html(TITLE, _index_body(pages), up="../../", english=True)}


def layer_of(part: str) -> str:
    """Return the group of the index that a part of the package belongs to.

    Parameters
    ----------
    part : first name of a module, such as ``weather`` or ``cli_brief``.
    """
    for layer, parts in LAYERS.items():
        if part in parts or (part.startswith("cli_") and "cli" in parts):
            return layer
    return OTHER


def _page(name: str, packages: Iterable[str]) -> str:
    """Return the page of a module: the package that it lies in, or its own name."""
    return name if name in packages or "." not in name else name.rpartition(".")[0]


def _links(pages: Mapping[str, Iterable[Module]]) -> dict[str, str]:
    """Return the address of each module, function and class by its dotted name."""
    found: dict[str, str] = {}
    for page, modules in pages.items():
        for module in modules:
            found[module.name] = f"{page}.html#{module.name}"
            for member in module.members:
                found[f"{module.name}.{member.name}"] = f"{page}.html#{module.name}.{member.name}"
    return found


def _contents(modules: Iterable[Module]) -> list[dict[str, str]]:
    rows = [{"anchor": m.name, "text": m.name.rpartition(".")[2]} for m in modules if m.members]
    return rows if len(rows) > 1 else []


def _index_body(pages: Mapping[str, list[Module]]) -> str:
    groups: dict[str, list[str]] = {layer: [] for layer in [*LAYERS, OTHER]}
    for page, modules in pages.items():
        for module in modules:
            line = _inline(parse_docstring(module.docstring).summary, "", {})
            address = f"{page}.html#{module.name}"
            row = f'<th scope="row"><a href="{address}">{module.name}</a></th><td>{line}</td>'
            groups[layer_of(module.name.split(".")[0])].append(f"<tr>{row}</tr>")
    head = '<thead><tr><th scope="col">Module</th><th scope="col">What it is for</th></tr></thead>'
    tables = [
        f'<h2>{escape(layer)}</h2>\n<div class="ga-table ga-modules"><table>{head}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        for layer, rows in groups.items()
        if rows
    ]
    return "\n".join([f"<h1>{TITLE}</h1>\n<p>{LEAD}</p>", *tables])


def _page_body(name: str, modules: Iterable[Module], links: Mapping[str, str]) -> str:
    return f"<h1>{SOURCE}{name}</h1>\n" + "\n".join(_module(m, name, links) for m in modules)


def _module(module: Module, page: str, links: Mapping[str, str]) -> str:
    doc = parse_docstring(module.docstring)
    heading = f'<h2 id="{module.name}">{module.name}</h2>'
    text = _paragraphs([doc.summary, *doc.text.split("\n\n")], module.name, links)
    members = "\n".join(_entry(member, module.name, links) for member in module.members)
    return f"<section>{heading}\n{text}{members}</section>"


def _entry(member: Member, owner: str, links: Mapping[str, str], level: int = 3) -> str:
    name = f"{owner}.{member.name}"
    doc = parse_docstring(member.docstring)
    parts = [
        f'<h{level} id="{name}"><small>{member.kind}</small>{member.name}</h{level}>',
        CODE.format(escape(member.signature)),
        _paragraphs([doc.summary, *doc.text.split("\n\n")], owner, links),
        _sections(doc, member.parameters, owner, links),
        *(_entry(method, name, links, level=4) for method in member.methods),
    ]
    return f'<section class="ga-api">{"".join(parts)}</section>'


def _sections(
    doc: Docstring, parameters: Iterable[Parameter], owner: str, links: Mapping[str, str]
) -> str:
    kinds = {parameter.name: parameter for parameter in parameters}
    made = []
    for title, items in doc.sections.items():
        made.append(f'<p class="ga-part">{escape(title)}</p>')
        if any(item.name for item in items):
            rows = "".join(_row(item, kinds, owner, links) for item in items)
            made.append(f"<dl>{rows}</dl>")
        else:
            made.append(_paragraphs([item.text for item in items], owner, links))
    return "".join(made)


def _row(item: Item, kinds: Mapping[str, Parameter], owner: str, links: Mapping[str, str]) -> str:
    known = kinds.get(item.name.strip(" *`"))
    about = ""
    if known and known.kind:
        default = f", default {escape(known.default)}" if known.default else ""
        about = f" <span>{escape(known.kind)}{default}</span>"
    name = f"<code>{escape(item.name)}</code>" if item.name else ""
    return f"<dt>{name}{about}</dt><dd>{_inline(item.text, owner, links)}</dd>"


def _paragraphs(texts: Iterable[str], owner: str, links: Mapping[str, str]) -> str:
    return "".join(f"<p>{_inline(text, owner, links)}</p>" for text in texts if text.strip())


def _inline(text: str, owner: str, links: Mapping[str, str]) -> str:
    """Return text with its code and its references to other functions marked."""

    def reference(match: re.Match[str]) -> str:
        name = re.sub(r"\s+", "", match[1]).removeprefix(SOURCE)
        shown = name.rpartition(".")[2] if "~" in match[0] else name
        module = owner if owner in links else owner.rpartition(".")[0]
        address = links.get(name) or links.get(f"{module}.{name}")
        return (
            f'<a href="{address}"><code>{shown}</code></a>' if address else f"<code>{shown}</code>"
        )

    safe = escape(" ".join(text.split()), quote=False)
    safe = ROLE.sub(reference, safe)
    return re.sub(r"``([^`]+)``", r"<code>\1</code>", safe)
