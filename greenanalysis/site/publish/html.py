"""An executed notebook as one HTML page that asks nothing of the network."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import greenanalysis
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import package_dir
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.chart import META
from greenanalysis.site.draw.chart import MIME as CHART_MIME
from greenanalysis.site.draw.show import MAP_CLASS
from greenanalysis.site.elements import RECORD_MIME
from greenanalysis.site.page import cell_tags
from greenanalysis.site.publish.anchors import with_anchors

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from greenanalysis.site.publish.next_steps import Step

TEMPLATES = package_dir() / "site" / "templates"
_BROWSER = package_dir() / "site" / "draw" / "browser"
_WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_MAP_KEY = "ga-map-"
POLICY = (
    "default-src 'none'; script-src 'self' file: 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' file: 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "connect-src 'none'; form-action 'none'; base-uri 'none'"
)
"""Content security policy of the pages: nothing from outside; html-manager needs eval."""

_LAB_ONLY = "remove-cell"
"""Tag of cells that introduce the notebook in JupyterLab; the page has its own header."""
_REPEATED_STYLE = re.compile(r"<style data-ga[^>]*>.*?</style>", re.DOTALL)
_FOOT = (
    "Maps drawn by Leaflet over relief after Tom Patterson (shadedrelief.com), Natural Earth, "
    "GSHHG and GeoNames; this page asks nothing of the network."
)


class FailedCellError(InputError):
    """A notebook with a failed cell is not published."""


def styles(*names: str) -> str:
    """Return style sheets of the templates folder as one text."""
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _page_css() -> str:
    """Return the style of the pages of notebooks and of the charts and maps in them."""
    own = "\n".join(path.read_text(encoding="utf-8") for path in sorted(_BROWSER.glob("*.css")))
    return f"{styles('site.css', 'blocks.css', 'report.css')}\n{palette.theme_css()}\n{own}"


@cache
def template(name: str) -> Any:
    """Return a template of the pages around the reports; it escapes all text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def read_records(notebook: NotebookNode) -> dict[str, dict[str, Any]]:
    """Return what a notebook handed to the index by ``page.record``, by key."""
    records = {}
    for output in _outputs(notebook):
        content = output.get("data", {}).get(RECORD_MIME)
        if content:
            records[str(content["key"])] = dict(content)
    return records


def count_warnings(notebook: NotebookNode) -> int:
    """Return how many warnings the notebook wrote to stderr; the page leaves them out."""
    texts = [output.text for output in _outputs(notebook) if output.get("name") == "stderr"]
    return sum(text.count("Warning:") for text in texts)


def render_page(
    notebook: NotebookNode,
    *,
    title: str,
    runtime: str,
    language: str = "en",
    foot: str = _FOOT,
    links: Iterable[tuple[str, str]] = (),
    steps: Iterable[Step] = (),
) -> str:
    """Return an executed notebook as HTML, its code hidden behind a button.

    Parameters
    ----------
    notebook : executed by papermill, with the widget state in its metadata.
    title : of the page.
    runtime : address of the widget runtime, relative to the page.
    language : of the text, as in HTML's ``lang``.
    foot : last line of the page.
    links : address and text of further pages, for the foot of this one.
    steps : pages that a reader goes to next.

    Raises
    ------
    FailedCellError : a cell has failed.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    failed = [output for output in _outputs(notebook) if output.get("output_type") == "error"]
    if failed:
        raise FailedCellError(f"{title}: a cell failed ({failed[0].get('ename')}); not published")
    config = Config()
    config.HTMLExporter.template_name = "report"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.extra_template_paths = [str(TEMPLATES)]
    config.HTMLExporter.exclude_anchor_links = True
    exporter = HTMLExporter(config=config)
    css = _page_css() + _code_css()
    about = {
        "title": title,
        "runtime": runtime if _is_drawn(notebook) else "",
        "language": language,
        "policy": POLICY,
        "css": css,
        "foot": foot,
        "running_head": running_head(title),
        "links": [{"address": address, "text": text} for address, text in links],
        "steps": list(steps),
    }
    body, _ = exporter.from_notebook_node(_for_reading(notebook), resources={"ga": about})
    return with_anchors(_REPEATED_STYLE.sub("", body))


def running_head(title: str) -> str:
    """Return the style that puts plain text at the head of each printed sheet of a page."""
    return f'@page{{@top-left{{content:"{css_text(title)}"}}}}'


def css_text(text: str) -> str:
    """Return plain text as it stands between double quotes in a style sheet inside a page."""
    return re.sub(r'[\\"<>&\x00-\x1f]', lambda sign: f"\\{ord(sign[0]):06x}", text)


def _outputs(notebook: NotebookNode) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def _for_reading(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without records, warnings on stderr, empty cells and those for JupyterLab."""
    from copy import deepcopy

    copy = deepcopy(notebook)
    numbers = itertools.count(1)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                output
                for output in cell.outputs
                if RECORD_MIME not in output.get("data", {}) and output.get("name") != "stderr"
            ]
            for output in cell.outputs:
                _write_chart(output.get("data", {}), numbers)
    _without_live_maps(copy)
    copy.cells = [
        cell
        for cell in copy.cells
        if (cell.source.strip() or cell.get("outputs")) and _LAB_ONLY not in cell_tags(cell)
    ]
    return copy


def _without_live_maps(notebook: NotebookNode) -> None:
    """Leave out the maps that need Jupyter: a page draws the same layers from their data.

    The state of the widgets stays only where other widgets are left.
    """
    state = notebook.metadata.get("widgets", {}).get(_WIDGET_STATE, {}).get("state", {})
    maps = {
        name
        for name, model in state.items()
        if any(
            str(one).startswith(_MAP_KEY) for one in model.get("state", {}).get("_dom_classes", [])
        )
    }
    left = 0
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        views = [output.get("data", {}).get(_WIDGET_VIEW, {}) for output in outputs]
        ids = [view.get("model_id") for view in views]
        if cell.cell_type == "code":
            cell.outputs = [
                output for output, name in zip(outputs, ids, strict=True) if name not in maps
            ]
        left += sum(name is not None and name not in maps for name in ids)
    if not left:
        notebook.metadata.pop("widgets", None)


def _is_drawn(notebook: NotebookNode) -> bool:
    """Return whether a page has charts, maps or widgets, so that it needs scripts."""
    return _WIDGET_STATE in notebook.metadata.get("widgets", {}) or any(
        CHART_MIME in data or MAP_CLASS in str(data.get("text/html", ""))
        for data in (output.get("data", {}) for output in _outputs(notebook))
    )


def _write_chart(data: dict[str, Any], numbers: Iterator[int]) -> None:
    """Put the HTML of a chart in the place of its specification, which only JupyterLab draws."""
    from greenanalysis.site.draw.embed import chart_figure

    spec = data.get(CHART_MIME, {})
    if META in spec.get("usermeta", {}):
        figure = chart_figure(spec, key=f"chart-{next(numbers)}", citation=citation())
        data.clear()
        data["text/html"] = str(figure)


def citation() -> str:
    """Return how to cite the figures of the site, and under which licence they stand."""
    version = greenanalysis.__version__
    return f"greenanalysis {version}, MIT licence; licences of the data: data/README.md."


def _code_css() -> str:
    """Return the colours of marked code, light and dark."""
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    def rules(style: str, root: str = "") -> str:
        sheet = HtmlFormatter(style=style, nobackground=True).get_style_defs(f"{root}.highlight")
        lines = (re.sub(r" */\*.*?\*/", "", line) for line in str(sheet).splitlines())
        return "\n".join(line for line in lines if ".highlight" in line)

    dark = rules("github-dark", ":root:not([data-theme=light]) ")
    chosen = rules("github-dark", ":root[data-theme=dark] ")
    return (
        f"\n{rules('xcode')}\n@media screen and (prefers-color-scheme:dark){{\n{dark}\n}}"
        f"\n@media screen{{\n{chosen}\n}}"
    )
