"""A published page in another language."""

from __future__ import annotations

from typing import Any

from greenanalysis.report.languages.catalogue import Translator
from greenanalysis.report.languages.document import units
from greenanalysis.report.languages.figures import figure_texts, fit_figures
from greenanalysis.report.languages.kept import mark_kept, unmark
from greenanalysis.report.languages.widgets import (
    STATE_TYPE,
    read_state,
    state_text,
    widget_units,
)

DOCTYPE = "<!DOCTYPE html>"


def parse_page(text: str) -> Any:
    """Return the root of a page as lxml reads it."""
    from lxml import html

    return html.document_fromstring(text, parser=html.HTMLParser(encoding=None, huge_tree=True))


def page_text(root: Any) -> str:
    """Return a page as text."""
    from lxml import html

    return str(html.tostring(root, encoding="unicode", doctype=DOCTYPE))


def translate_page(root: Any, translator: Translator) -> None:
    """Put all texts of a page into the language of a translator, in place.

    Parameters
    ----------
    root : of the English page.
    translator : whose counts of missing messages grow.
    """
    from greenanalysis.report.html import running_head

    mark_kept(root)
    for gap in list(root.iter("wbr")):
        gap.drop_tree()
    drawn = figure_texts(root)
    translator.apply(units(root))
    fit_figures(drawn)
    for script in root.iter("script"):
        if script.get("type") == STATE_TYPE:
            state = read_state(script.text)
            translator.apply(widget_units(state))
            if translator.language != "en":
                script.text = state_text(state)
    for style in root.xpath('.//style[@id="ga-running-head"]'):
        style.text = running_head(root.xpath("string(.//title)"))
    unmark(root)
