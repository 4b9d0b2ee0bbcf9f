"""The public pages: the dashboard and the description of the interface."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response

from greenanalysis.portal import words
from greenanalysis.portal.content import QUANTITIES, base_unit
from greenanalysis.portal.context import Context, page
from greenanalysis.registry.vocabulary import load_vocabulary

_GUIDES = Path(__file__).parent / "guide"
SCRIPT_TEXTS = {
    "close": "Close",
    "cut": "The first {0} of {1}; the files hold all.",
    "found": "{0} plants, {1} MW",
    "reporting": "{0} enterprises with measures",
    "in": "Zoom in",
    "km": "km",
    "m": "m",
    "mw": "{0} MW",
    "none": "No enterprise has reported yet.",
    "out": "Zoom out",
    "owner": "owner unknown",
    "since": "since {0}",
    "target": "target for {0}: {1}",
    "undated": "Not in the chart: {0} MW whose year no source states.",
    "unknown": "not stated",
    "unreadable": "The registry cannot be read.",
    "year": "year unknown",
}
"""Messages that the script of the page fills with numbers, by the key that it asks for."""
PLANT_TECHNOLOGIES = {
    "coal": "Coal",
    "gas": "Gas",
    "oil": "Oil",
    "nuclear": "Nuclear",
    "geothermal": "Geothermal",
    "waste": "Waste",
}
HEADINGS = {
    "enterprises": "Enterprises",
    "measures": "Measures",
    "enterprise": "Enterprise",
    "campaign": "Campaign",
    "closes": "Last day to submit",
    "obliged": "must report",
    "reported": "have reported",
    "published": "published",
    "silent": "have not reported",
}


@page("", public=True)
def show(context: Context) -> Response:
    """Show the dashboard; its figures come from the interface."""
    return context.page("dashboard.html", data=page_data(context.lang))


@cache
def page_data(language: str) -> str:
    """Return what the script of the page needs to know, as JSON."""
    labels = {group: dict(table) for group, table in words.label_table(language).items()}
    plants = {
        name: words.translate(language, PLANT_TECHNOLOGIES.get(name, name))
        for name in load_vocabulary().technologies
    }
    labels["technology"] = {**plants, **labels["technology"]}
    labels["heading"] = {k: words.translate(language, v) for k, v in HEADINGS.items()}
    data = {
        "texts": {k: words.translate(language, v) for k, v in SCRIPT_TEXTS.items()},
        "labels": labels,
        "quantities": {name: base_unit(name) for name in QUANTITIES},
        # numbers of Kazakh are not in every browser; Unicode's CLDR writes them as Russian ones
        "locale": "ru" if language == "kk" else language,
    }
    return json.dumps(data, ensure_ascii=False)


@page("guide", public=True)
def guide(context: Context) -> Response:
    """Show the guide for reporters and reviewers."""
    return context.page("guide.html", text=_guide(context.lang))


@cache
def _guide(language: str) -> Markup:
    import mistune

    path = _GUIDES / f"{language}.md"
    text = (path if path.is_file() else _GUIDES / "en.md").read_text(encoding="utf-8")
    return Markup(str(mistune.create_markdown()(text)))


@page("api", public=True)
def interface(context: Context) -> Response:
    """Describe the interface for programs."""
    app = context.request.app
    operations = [
        {"method": method.upper(), "path": path, "text": operation.get("summary", "")}
        | {"description": operation.get("description", "")}
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    return context.page("api.html", operations=operations)
