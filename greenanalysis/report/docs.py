"""The documentation as pages of the site: guides from Markdown, functions from docstrings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenanalysis
from greenanalysis import paths
from greenanalysis.errors import input_error
from greenanalysis.io import sha256_files, write_text
from greenanalysis.report.html import POLICY, TEMPLATES, styles, template

if TYPE_CHECKING:
    from greenanalysis.report.finish import Site

FOLDER = "docs"
WHOLE = "atlas"
"""The page that only a whole site holds."""
BESIDE = {
    "data/README.md": "data.html",
    "benchmarks/README.md": "benchmarks.html",
    "CONTRIBUTING.md": "contributing.html",
    "CHANGELOG.md": "changelog.html",
}
"""Files outside ``docs/`` that are pages of the documentation too."""

ENGLISH = "<!-- english only -->"
"""A guide with this line stays English in every language of the site, and says so."""

FEWEST_CONTENTS = 4
"""Headings from which on a page gets a table of contents."""

CODE = '<pre class="highlight" tabindex="0"><code translate="no">{}</code></pre>\n'

FOOT = "This page asks nothing of the network."


def sources(root: Path) -> dict[str, str]:
    """Return the Markdown files below ``root`` that become pages: path to page, both relative.

    Parameters
    ----------
    root : of the project.

    Returns
    -------
    dict : such as ``{"docs/weather.md": "weather.html"}``; empty where there is no ``docs/``.
    """
    folder = root / FOLDER
    guides = {
        path.relative_to(root).as_posix(): f"{path.stem}.html" for path in folder.glob("*.md")
    }
    if not guides:
        return {}
    beside = {name: page for name, page in BESIDE.items() if (root / name).is_file()}
    return dict(sorted(guides.items())) | beside


def docs_key(root: Path | None = None) -> str:
    """Return one hash over all that the documentation is made from.

    Parameters
    ----------
    root : of the project; by default :func:`greenanalysis.paths.project_root`.
    """
    root = root or paths.project_root()
    names = sources(root)
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
    from greenanalysis.report.docs_api import api_pages

    root = paths.project_root()
    names = sources(root)
    if not names or all(page.name != WHOLE for page in site.pages):
        return
    pages = {page: render_guide(root / name, root=root) for name, page in names.items()}
    pages |= {f"api/{name}": text for name, text in api_pages().items()}
    for name, text in pages.items():
        path = site.out / FOLDER / name
        if not (path.is_file() and path.read_text(encoding="utf-8") == text):
            write_text(path, text)
        yield path


def render_guide(path: Path, *, root: Path) -> str:
    """Return a Markdown file as a page of the documentation.

    Parameters
    ----------
    path : of the file; it begins with a heading of the first level, the title.
    root : of the project; links to Markdown files below it become links between pages.

    Raises
    ------
    InputError : no title, or a relative link to a file that is not a page.
    """
    import mistune

    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not title:
        raise input_error("title", where=str(path), allowed="a line '# Title'", got="none")
    renderer = _renderer(mistune.HTMLRenderer, path.relative_to(root).as_posix(), sources(root))
    body = mistune.create_markdown(renderer=renderer, plugins=["table"])(text)
    contents = [item for item in renderer.headings if item["level"] == 2]
    return page_html(
        re.sub(r"[`*]", "", title[1]),
        str(body),
        contents=contents if len(contents) >= FEWEST_CONTENTS else [],
        up="../",
        english=path.parent != root / FOLDER or ENGLISH in text.splitlines(),
    )


def page_html(
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
        foot=FOOT,
    )
    return text


def slug(text: str) -> str:
    """Return the anchor of a heading: small letters and hyphens.

    Parameters
    ----------
    text : of the heading.
    """
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"


def page_link(url: str, *, source: str, pages: Mapping[str, str]) -> str:
    """Return where a link of a Markdown file leads in the site.

    Parameters
    ----------
    url : as it stands in the file.
    source : path of the file, relative to the project.
    pages : see :func:`sources`.

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
    if wanted.startswith(f"{FOLDER}/api/") and wanted.endswith(".html"):
        return wanted.removeprefix(f"{FOLDER}/") + tail
    raise input_error("link", where=source, allowed=sorted(pages), got=url)


def highlighted(code: str, language: str) -> str:
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
    return CODE.format(marked)


def _renderer(base: Any, source: str, pages: Mapping[str, str]) -> Any:
    """Return a renderer of mistune: anchors, links between pages, wide tables, marked code."""

    class Guide(base):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(escape=True)
            self.headings: list[dict[str, Any]] = []

        def heading(self, text: str, level: int, **_: Any) -> str:
            plain = re.sub(r"<[^>]+>", "", text)
            taken = [item["anchor"] for item in self.headings]
            anchor = slug(plain)
            anchor = anchor if anchor not in taken else f"{anchor}-{len(taken)}"
            self.headings.append({"level": level, "anchor": anchor, "text": plain})
            return f'<h{level} id="{anchor}">{text}</h{level}>\n'

        def link(self, text: str, url: str, title: str | None = None) -> str:
            return f'<a href="{escape(page_link(url, source=source, pages=pages))}">{text}</a>'

        def block_code(self, code: str, info: str | None = None) -> str:
            return highlighted(code, (info or "").split(" ")[0])

        def block_html(self, html: str) -> str:
            return "" if html.lstrip().startswith("<!--") else f"<p>{escape(html)}</p>\n"

        def table(self, text: str) -> str:
            return f'<div class="ga-table" tabindex="0"><table>\n{text}</table></div>\n'

    return Guide()
