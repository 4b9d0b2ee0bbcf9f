"""The list of all pages of a site, for machines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import click

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import write_text
from greenanalysis.site.published import STATE_FILE

if TYPE_CHECKING:
    from greenanalysis.site.published import Site

VARIABLE = "GREENANALYSIS_SITE_URL"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NOT_PAGES = {"assets", "downloads", "pdf"}


def site_url() -> str:
    """Return the address under which the site will stand, with a slash at its end, or nothing.

    Raises
    ------
    InputError : ``$GREENANALYSIS_SITE_URL`` is no address of the web.
    """
    return checked_url(os.environ.get(VARIABLE, ""))


def checked_url(text: str) -> str:
    """Return an address of the web with a slash at its end; an empty text stays empty.

    Raises
    ------
    InputError : it is something else.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        usual = parts.scheme in ("http", "https") and bool(parts.hostname)
        usual = usual and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        usual = False
    if not usual or any(sign.isspace() for sign in text):
        allowed = "an address such as https://example.org/reports/"
        raise input_error("address of the site", where="--site-url", allowed=allowed, got=text)
    return text if text.endswith("/") else f"{text}/"


def _remember(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    del context, option
    if value is not None:
        os.environ[VARIABLE] = checked_url(value)
    return value


def site_url_option(command: Any) -> Any:
    """Give a command of the command line the option ``--site-url``."""
    return click.option(
        "--site-url",
        metavar="URL",
        callback=_remember,
        expose_value=False,
        help=f"Address of the published site, for sitemap.xml.  [default: ${VARIABLE}]",
    )(command)


def sitemap_step(site: Site) -> Iterable[Path]:
    """Write ``sitemap.xml`` where the address of the site is known, else ``sitemap.txt``.

    The first holds full addresses as search engines ask for, the second relative ones.
    """
    base = site_url()
    addresses = list(page_addresses(site.out))
    path = site.out / ("sitemap.xml" if base else "sitemap.txt")
    (site.out / ("sitemap.txt" if base else "sitemap.xml")).unlink(missing_ok=True)
    write_text(path, _sitemap_xml(addresses, base) if base else "\n".join(addresses) + "\n")
    yield path


def page_addresses(out: Path) -> Iterator[str]:
    """Yield the addresses of all pages below the root of a site, relative to it, sorted.

    Folders that hold a site of their own are left out.
    """
    for path in sorted(out.rglob("*.html")):
        relative = path.relative_to(out)
        folders = relative.parts[:-1]
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or _NOT_PAGES.intersection(folders):
            continue
        if any(
            (parent / STATE_FILE).is_file()
            for parent in path.parents
            if parent != out and parent.is_relative_to(out)
        ):
            continue
        yield relative.as_posix()


def _sitemap_xml(addresses: Iterable[str], base: str) -> str:
    """Return a sitemap of the protocol of sitemaps.org.

    Parameters
    ----------
    addresses : relative to the root of the site.
    base : address of the root, with a slash at its end.
    """
    rows = "\n".join(f"<url><loc>{escape(base + quote(one))}</loc></url>" for one in addresses)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<urlset xmlns="{_NAMESPACE}">\n{rows}\n</urlset>\n'
