"""How the languages of a page find each other, and where a translated page finds the rest."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from typing import Any

from markupsafe import Markup

from greenanalysis.core.languages import ENGLISH, LANGUAGES
from greenanalysis.site.publish.languages.fonts import fonts_address

_SWITCH_CLASS = "ga-languages"
_SWITCH_CSS = (
    ".ga-languages{display:flex;gap:.15em;white-space:nowrap;font-size:.85rem}"
    ".ga-languages a{padding:.25em .45em;border-radius:4px}"
    ".ga-languages a[aria-current]{background:var(--ga-soft,#eef4f2);color:inherit;font-weight:650}"
    "@media(max-width:640px){.ga-bar>div{flex-wrap:wrap;row-gap:2px}}"
    "html:not([lang=en]) .ga-country text{font-size:15px}"
    "@media print{.ga-languages{display:none}}"
)
_BAR = re.compile(r'<(?:nav|div)[^>]*class="ga-bar"')
_HEAD_END = "</head>"
_ADDRESS_ATTRIBUTES = ("href", "src", "{http://www.w3.org/1999/xlink}href", "xlink:href")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.IGNORECASE)


def with_languages(page: str, address: str) -> str:
    """Return an English page with its links to the other languages and the fonts of the site.

    Parameters
    ----------
    page : text of the page; one that has the links already comes back as it is.
    address : of the page from the root of the site, such as ``docs/index.html``.
    """
    bar = _BAR.search(page)
    if f'class="{_SWITCH_CLASS}"' in page or _HEAD_END not in page:
        return page
    up = posixpath.relpath(".", posixpath.dirname(address) or ".")
    root = "" if up == "." else f"{up}/"
    head = Markup('<link rel="stylesheet" href="{}">\n<style>{}</style>\n').format(
        root + fonts_address(), Markup(_SWITCH_CSS)
    )
    for language in LANGUAGES:
        head += Markup('<link rel="alternate" hreflang="{}" href="{}">\n').format(
            language, root + _place(language, address)
        )
    if bar is not None:
        end = page.index("</div>", bar.end())
        page = page[:end] + str(_language_switch(address, root=root)) + page[end:]
    return page.replace(_HEAD_END, str(head) + _HEAD_END, 1)


def _language_switch(address: str, *, root: str) -> Markup:
    """Return the links to a page in all languages, English being the one that is read.

    Parameters
    ----------
    address : of the page from the root of the site.
    root : of the site as the page writes it, empty or ending in a slash.
    """
    links = Markup("").join(
        Markup('<a href="{}" hreflang="{}" lang="{}" title="{}"{}>{}</a>').format(
            root + _place(code, address),
            code,
            code,
            language.name,
            Markup(' aria-current="true"') if code == ENGLISH else "",
            language.short,
        )
        for code, language in LANGUAGES.items()
    )
    return Markup('<div class="{}" translate="no" role="group" aria-label="{}">{}</div>').format(
        _SWITCH_CLASS, LANGUAGES[ENGLISH].switch, links
    )


def _place(language: str, address: str) -> str:
    return address if language == ENGLISH else f"{language}/{address}"


def relocate(root: Any, *, address: str, language: str, pages: Collection[str]) -> None:
    """Let the links of a translated page lead where those of the English one lead.

    Parameters
    ----------
    root : of the page, as parsed; changed in place.
    address : of the English page from the root of the site.
    language : whose folder the translated page stands in.
    pages : addresses of the pages that the language has; links to them stay in the language.
    """
    folder = posixpath.dirname(address)
    new_folder = posixpath.join(language, folder)
    _relocate_data(root, posixpath.relpath(folder or ".", new_folder) + "/")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for name in _ADDRESS_ATTRIBUTES:
            value = element.get(name)
            if value is None or _ELSEWHERE.match(value):
                continue
            path, rest = re.fullmatch(r"([^?#]*)(.*)", value, re.DOTALL).groups()  # type: ignore[union-attr]
            target = posixpath.normpath(posixpath.join(folder, path))
            if target in pages and element.get("hreflang") is None:
                target = f"{language}/{target}"
            slash = "/" if path.endswith("/") else ""
            element.set(name, posixpath.relpath(target, new_folder) + slash + rest)


def _relocate_data(root: Any, up: str) -> None:
    """Let the description for search engines name the files where they stand."""
    for script in root.xpath('//script[@type="application/ld+json"]'):
        script.text = script.text.replace('"contentUrl": "', f'"contentUrl": "{up}')


def mark_language(root: Any, language: str) -> None:
    """Say of a page, and in its switch, which language it is in."""
    root.set("lang", language)
    for switch in root.xpath(f'//*[@class="{_SWITCH_CLASS}"]'):
        switch.set("aria-label", LANGUAGES[language].switch)
    for link in root.xpath(f'//*[@class="{_SWITCH_CLASS}"]/a'):
        link.attrib.pop("aria-current", None)
        if link.get("hreflang") == language:
            link.set("aria-current", "true")
