"""The documentation as pages of the site: guides from Markdown, functions from docstrings.

Each package and each module on the top level has a page of its public functions, which are read
from the source; nothing is imported.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenanalysis
from greenanalysis.core import paths
from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_files, write_text
from greenanalysis.site.publish.html import POLICY, TEMPLATES, styles, template

if TYPE_CHECKING:
    import griffe

    from greenanalysis.site.published import Site


_LINE = 88
"""Characters from which on a signature is broken into one parameter a line."""

_LISTED = ("Parameters", "Returns", "Yields", "Raises", "Attributes")
_SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)


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
    import griffe

    tree = griffe.visit(name, filepath=path, code=path.read_text(encoding="utf-8"))
    members = tuple(
        _class(member) if isinstance(member, griffe.Class) else _function(member)
        for key, member in tree.members.items()
        if isinstance(member, griffe.Function | griffe.Class) and not key.startswith("_")
    )
    return Module(name, _docstring(tree), members)


def parse_docstring(text: str) -> Docstring:
    """Return a docstring in parts.

    Parameters
    ----------
    text : cleaned of its indentation.
    """
    pieces = _SECTION.split(text)
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
    if title not in _LISTED:
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


def _docstring(member: griffe.Object) -> str:
    return member.docstring.value if member.docstring else ""


def _class(member: griffe.Class) -> Member:
    import griffe

    bases = ", ".join(str(base) for base in member.bases)
    public = {key: one for key, one in member.members.items() if not key.startswith("_")}
    methods = tuple(
        replace(_function(one), kind="method")
        if isinstance(one, griffe.Function)
        else _property(one)
        for one in public.values()
        if isinstance(one, griffe.Function) or _is_property(one)
    )
    fields = tuple(
        Parameter(one.name, _text(one.annotation), _text(one.value))
        for one in member.members.values()
        if isinstance(one, griffe.Attribute) and one.annotation and _is_field(one, member)
    )
    head = f"class {member.name}({bases})" if bases else f"class {member.name}"
    return Member(member.name, "class", head, fields, _docstring(member), methods)


def _is_property(member: griffe.Object | griffe.Alias) -> bool:
    return "property" in member.labels


def _is_field(attribute: griffe.Attribute, owner: griffe.Class) -> bool:
    """Say whether an attribute stands in the body of its class, not in one of its methods."""
    lines = [(one.lineno or 0, one.endlineno or 0) for one in owner.functions.values()]
    line = attribute.lineno or 0
    return not _is_property(attribute) and not any(a <= line <= b for a, b in lines)


def _property(member: griffe.Object | griffe.Alias) -> Member:
    kind = _text(getattr(member, "annotation", None))
    head = f"{member.name}: {kind}" if kind else member.name
    text = member.docstring.value if member.docstring else ""
    return Member(member.name, "property", head, (), text)


def _function(member: griffe.Function) -> Member:
    # The options of a command of the command line carry their own help.
    command = any(re.search(r"\.(command|group)\(", str(d.value)) for d in member.decorators)
    parameters = tuple(
        Parameter(one.name, _text(one.annotation), _text(one.default) if _is_named(one) else "")
        for one in member.parameters
        if one.name not in {"self", "cls"}
    )
    kind = "command" if command else "function"
    return Member(member.name, kind, _signature(member), parameters, _docstring(member))


def _is_named(parameter: griffe.Parameter) -> bool:
    return str(getattr(parameter.kind, "value", "")).startswith(("positional", "keyword"))


def _signature(member: griffe.Function) -> str:
    """Return name, parameters and what is returned, one parameter a line where it is long."""
    whole = str(member.signature())
    if len(whole) <= _LINE:
        return whole
    parts, bare = [], True
    for one in member.parameters:
        kind = str(getattr(one.kind, "value", ""))
        bare = bare and not kind.startswith("variadic positional")
        if kind == "keyword-only" and bare:
            parts.append("*")
            bare = False
        stars = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        note = f": {one.annotation}" if one.annotation else ""
        default = f" = {one.default}" if one.default is not None and not stars else ""
        parts.append(f"{stars}{one.name}{note}{default}")
    returned = f" -> {member.returns}" if member.returns else ""
    return f"{member.name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){returned}"


def _text(value: object) -> str:
    return "" if value is None else str(value)


_ROOMS: dict[str, tuple[str, ...]] = {
    "Assessment": ("assessment",),
    "Super Grid": ("supergrid",),
    "Programmes of regions": ("programme",),
    "Projects and finance": ("project", "finance"),
    "Water, biomass and waste by region": ("atlas",),
    "Registry of green technologies": ("registry", "portal"),
    "Validation": ("validation",),
    "Physics": ("resource",),
    "Weather": ("weather",),
    "Regions and land": ("geo",),
    "Files, tables, assumptions, money": ("core",),
    "Site": ("site",),
    "Command line": ("cli",),
}
"""Groups of the index: rooms of the package by heading."""

OTHER = "Further modules"
_TITLE = "Functions"
_LEAD = (
    "All public functions and classes, from their docstrings. A page is a package or a module. "
    "Names stand after <code>greenanalysis.</code>."
)
_ROLE = re.compile(r":(?:func|class|data|mod|meth|attr):`~?([^`]+)`")
_SOURCE = "greenanalysis."


def _api_pages(package: Path | None = None) -> dict[str, str]:
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
        f"{name}.html": _page_html(
            f"{_SOURCE}{name}", _page_body(name, members, links), up="../../", english=True,
            contents=_contents(members),
        )
        for name, members in pages.items()
    }  # fmt: skip
    return made | {"index.html": _page_html(_TITLE, _index_body(pages), up="../../", english=True)}


def layer_of(part: str) -> str:
    """Return the group of the index that a part of the package belongs to.

    Parameters
    ----------
    part : first name of a module, such as ``weather`` or ``cli_brief``.
    """
    for layer, parts in _ROOMS.items():
        if part in parts:
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
    groups: dict[str, list[str]] = {layer: [] for layer in [*_ROOMS, OTHER]}
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
    return "\n".join([f"<h1>{_TITLE}</h1>\n<p>{_LEAD}</p>", *tables])


def _page_body(name: str, modules: Iterable[Module], links: Mapping[str, str]) -> str:
    return f"<h1>{_SOURCE}{name}</h1>\n" + "\n".join(_module(m, name, links) for m in modules)


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
        _CODE.format(escape(member.signature)),
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
        name = re.sub(r"\s+", "", match[1]).removeprefix(_SOURCE)
        shown = name.rpartition(".")[2] if "~" in match[0] else name
        module = owner if owner in links else owner.rpartition(".")[0]
        address = links.get(name) or links.get(f"{module}.{name}")
        return (
            f'<a href="{address}"><code>{shown}</code></a>' if address else f"<code>{shown}</code>"
        )

    safe = escape(" ".join(text.split()), quote=False)
    safe = _ROLE.sub(reference, safe)
    return re.sub(r"``([^`]+)``", r"<code>\1</code>", safe)


_FOLDER = "docs"
_WHOLE = "atlas"
"""The page that only a whole site holds."""
_TUTORIAL = "notebooks/00_first_study.ipynb"
_BESIDE = {
    _TUTORIAL: "first-study.html",
    "data/README.md": "data.html",
    "benchmarks/README.md": "benchmarks.html",
    "CONTRIBUTING.md": "contributing.html",
    "CHANGELOG.md": "changelog.html",
}
"""Files outside ``docs/`` that are pages of the documentation too."""

ENGLISH = "<!-- english only -->"
"""A guide with this line stays English in every language of the site, and says so."""

_FEWEST_CONTENTS = 4
"""Headings from which on a page gets a table of contents."""

_CODE = '<pre class="highlight" tabindex="0"><code translate="no">{}</code></pre>\n'

_FOOT = "This page asks nothing of the network."


def _sources(root: Path) -> dict[str, str]:
    """Return the Markdown files below ``root`` that become pages: path to page, both relative.

    Parameters
    ----------
    root : of the project.

    Returns
    -------
    dict : such as ``{"docs/weather.md": "weather.html"}``; empty where there is no ``docs/``.
    """
    folder = root / _FOLDER
    guides = {
        path.relative_to(root).as_posix(): f"{path.stem}.html" for path in folder.glob("*.md")
    }
    if not guides:
        return {}
    beside = {name: page for name, page in _BESIDE.items() if (root / name).is_file()}
    return dict(sorted(guides.items())) | beside


def docs_key(root: Path | None = None) -> str:
    """Return one hash over all that the documentation is made from.

    Parameters
    ----------
    root : of the project; by default :func:`greenanalysis.core.paths.project_root`.
    """
    root = root or paths.project_root()
    names = _sources(root)
    if not names:
        return "none"
    package = Path(greenanalysis.__file__).parent
    texts = sha256_files([root / name for name in names], root=root)
    parts = [*TEMPLATES.glob("*.css"), *TEMPLATES.glob("parts/*"), TEMPLATES / "docs.html.j2"]
    code = sorted([*package.rglob("*.py"), *parts])
    return f"{texts}-{sha256_files(code, root=package)}"


def docs_step(site: Site) -> Iterable[Path]:
    """Write the documentation below ``docs/``; pages that would come out the same stay untouched.

    A project folder without ``docs/`` has none, nor has a part of a site, such as briefs alone.

    Parameters
    ----------
    site : whose pages stand.
    """
    pass

    root = paths.project_root()
    names = _sources(root)
    if not names or all(page.name != _WHOLE for page in site.pages):
        return
    pages = {page: render_guide(root / name, root=root) for name, page in names.items()}
    pages |= {f"api/{name}": text for name, text in _api_pages().items()}
    for name, text in pages.items():
        path = site.out / _FOLDER / name
        if not (path.is_file() and path.read_text(encoding="utf-8") == text):
            write_text(path, text)
        yield path


def render_guide(path: Path, *, root: Path) -> str:
    """Return a Markdown file as a page of the documentation.

    Parameters
    ----------
    path : of the file; it begins with a heading of the first level, the title. A notebook counts as
        its prose and its code.
    root : of the project; links to Markdown files below it become links between pages.

    Raises
    ------
    InputError : no title, or a relative link to a file that is not a page.
    """
    import mistune

    text = _markdown_of(path)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not title:
        raise input_error("title", where=str(path), allowed="a line '# Title'", got="none")
    renderer = _renderer(mistune.HTMLRenderer, path.relative_to(root).as_posix(), _sources(root))
    body = mistune.create_markdown(renderer=renderer, plugins=["table"])(text)
    contents = [item for item in renderer.headings if item["level"] == 2]
    return _page_html(
        re.sub(r"[`*]", "", title[1]),
        str(body),
        contents=contents if len(contents) >= _FEWEST_CONTENTS else [],
        up="../",
        english=path.parent != root / _FOLDER or ENGLISH in text.splitlines(),
    )


def _markdown_of(path: Path) -> str:
    """Return the text of a Markdown file, or a notebook as Markdown with its code in blocks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    sources = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    return "\n\n".join(
        source if kind == "markdown" else f"```python\n{source}\n```" for kind, source in sources
    )


def _page_html(
    title: str,
    body: str,
    *,
    contents: Iterable[Mapping[str, Any]] = (),
    up: str = "../",
    english: bool = False,
) -> str:
    """Return a page of the documentation in the look of the site.

    Parameters
    ----------
    title : plain text.
    body : HTML that begins with the heading of the first level.
    contents : ``anchor`` and ``text`` of the sections, for the table of contents.
    up : the way from the page to the root of the site, such as ``"../"``.
    english : reference that stays English in every language of the site.
    """
    head, end, rest = body.partition("</h1>")
    text: str = template("docs.html.j2").render(
        title=title,
        head=head + end,
        english=english,
        body=rest,
        contents=list(contents),
        root=up,
        policy=POLICY,
        css=styles("site.css", "blocks.css", "docs.css"),
        foot=_FOOT,
    )
    return text


def _slug(text: str) -> str:
    """Return the anchor of a heading: small letters and hyphens.

    Parameters
    ----------
    text : of the heading.
    """
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"


def _page_link(url: str, *, source: str, pages: Mapping[str, str]) -> str:
    """Return where a link of a Markdown file leads in the site.

    Parameters
    ----------
    url : as it stands in the file.
    source : path of the file, relative to the project.
    pages : see :func:`_sources`.

    Raises
    ------
    InputError : a relative link to what is not a page.
    """
    if re.match(r"[a-z]+:|#", url):
        return url
    target, _, anchor = url.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    tail = f"#{anchor}" if anchor else ""
    if wanted in pages:
        return pages[wanted] + tail
    if wanted.startswith(f"{_FOLDER}/api/") and wanted.endswith(".html"):
        return wanted.removeprefix(f"{_FOLDER}/") + tail
    raise input_error("link", where=source, allowed=sorted(pages), got=url)


def _highlighted(code: str, language: str) -> str:
    """Return code as HTML with its words marked by kind.

    Parameters
    ----------
    code : plain text.
    language : a name that Pygments knows; another leaves the text plain.
    """
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return _CODE.format(marked)


def _renderer(base: Any, source: str, pages: Mapping[str, str]) -> Any:
    """Return a renderer of mistune: anchors, links between pages, wide tables, marked code."""

    class Guide(base):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(escape=True)
            self.headings: list[dict[str, Any]] = []

        def heading(self, text: str, level: int, **_: Any) -> str:
            plain = re.sub(r"<[^>]+>", "", text)
            taken = [item["anchor"] for item in self.headings]
            anchor = _slug(plain)
            anchor = anchor if anchor not in taken else f"{anchor}-{len(taken)}"
            self.headings.append({"level": level, "anchor": anchor, "text": plain})
            return f'<h{level} id="{anchor}">{text}</h{level}>\n'

        def link(self, text: str, url: str, title: str | None = None) -> str:
            return f'<a href="{escape(_page_link(url, source=source, pages=pages))}">{text}</a>'

        def block_code(self, code: str, info: str | None = None) -> str:
            return _highlighted(code, (info or "").split(" ")[0])

        def block_html(self, html: str) -> str:
            return "" if html.lstrip().startswith("<!--") else f"<p>{escape(html)}</p>\n"

        def table(self, text: str) -> str:
            return f'<div class="ga-table" tabindex="0"><table>\n{text}</table></div>\n'

    return Guide()
