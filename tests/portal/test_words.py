"""Every message of the portal is there in Russian and Kazakh, with the same places for numbers."""

from __future__ import annotations

import json
import re

import pytest
from jinja2 import nodes

from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.portal import catalogue, dashboard, words

PLACES = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_message_is_translated(language):
    known = words.messages(language)
    assert set(catalogue.messages()) - set(known) == set()
    for message, text in known.items():
        assert sorted(PLACES.findall(message)) == sorted(PLACES.findall(text)), message


def test_templates_say_nothing_past_the_catalogue():
    environment = words.environment("en")
    for path in words.TEMPLATES.glob("*.html"):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        calls = {
            n.args[0].value
            for n in tree.find_all(nodes.Call)
            if getattr(n.node, "name", "") == "_" and isinstance(n.args[0], nodes.Const)
        }
        assert calls <= set(catalogue.messages()), path.name
        texts = " ".join(n.data for n in tree.find_all(nodes.TemplateData))
        shown = re.sub(r"<(pre|style|script).*?</\1>|<[^>]*>|&\w+;", " ", texts, flags=re.DOTALL)
        shown = re.sub(r'["\'=\w-]*="[^"]*"?|[<>"]', " ", shown)
        assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= {"CSV", "XLSX", "OpenAPI"}, path.name


def test_the_scripts_ask_for_the_texts_that_there_are():
    said = set()
    for path in (words.TEMPLATES.parent / "static").glob("*.js"):
        said |= set(re.findall(r'say\("(\w+)"', path.read_text(encoding="utf-8")))
    assert said | {"km", "m"} == set(dashboard.SCRIPT_TEXTS)


@pytest.mark.parametrize("language", words.ALL)
def test_lists_and_numbers_are_in_the_language(language):
    data = json.loads(dashboard.page_data(language))
    assert data["labels"]["taxonomy"]["7"].startswith("7. ")
    assert words.label(language, "region", "KZ-75") != "KZ-75"
    assert words.number(language, None) == "–"
    for value in (5000.5, 0.000123, 1e12):
        from greenanalysis.portal.content import typed_number

        assert typed_number(words.typed(language, value), language) == pytest.approx(value)
    if language != "en":
        assert "," in words.number(language, 0.5)
