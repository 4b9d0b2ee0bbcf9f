"""One script for all pages that draws ipyleaflet maps and widgets with no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenanalysis.errors import input_error
from greenanalysis.io import write_text
from greenanalysis.report import npm

HTML_MANAGER = "@jupyter-widgets/html-manager"
REQUIREJS = "requirejs"
LEAFLET = "jupyter-leaflet"
TEMPLATES = Path(__file__).parent / "templates"
MODULE_START = re.compile(r'(?:/\*![^*]*\*/\s*)?define\("(@jupyter-widgets/[^"]+)"')
RENDER_START = '(()=>{"use strict";window.require(["@jupyter-widgets/html-manager/dist/libembed'
ASSET = re.compile(r'\b\w\.p\+"([0-9a-f]{20}\.\w+)"')
SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+")
MIME = {".woff2": "font/woff2", ".png": "image/png", ".gif": "image/gif", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Runtime:
    """The shared script: its file, and its address as a page in the site's root writes it."""

    path: Path

    @property
    def href(self) -> str:
        """Return the address relative to the root of the site."""
        return f"{self.path.parent.name}/{self.path.name}"


def ensure_runtime(out_dir: Path, *, cache: Path | None = None) -> Runtime:
    """Make ``assets/widgets-<hash>.js`` in a site unless it stands there whole.

    Parameters
    ----------
    out_dir : root of the site.
    cache : folder of fetched npm archives; ``data/cache/npm`` by default.

    Raises
    ------
    InputError : npm cannot fetch a package, or a package does not look as expected.
    """
    pins = npm.pinned_packages()
    manager = npm.archive_files(npm.package_archive(pins[HTML_MANAGER], cache=cache))
    requirejs = npm.archive_files(npm.package_archive(pins[REQUIREJS], cache=cache))
    script = runtime_script(
        manager=manager,
        requirejs=requirejs["require.js"].decode(),
        leaflet=leaflet_extension(),
        patch=(TEMPLATES / "runtime.js").read_text(encoding="utf-8"),
    )
    digest = hashlib.sha256(script.encode()).hexdigest()
    target = out_dir / "assets" / f"widgets-{digest[:12]}.js"
    if not target.is_file() or hashlib.sha256(target.read_bytes()).hexdigest() != digest:
        write_text(target, script)
    return Runtime(target)


def leaflet_extension() -> dict[str, bytes]:
    """Return the files of the browser side of the installed jupyter-leaflet.

    Raises
    ------
    InputError : the environment lacks it.
    """
    folder = Path(sys.prefix) / "share" / "jupyter" / "nbextensions" / LEAFLET
    if not (folder / "index.js").is_file():
        raise input_error(
            "browser part of jupyter-leaflet",
            where=str(folder),
            allowed="an environment installed from requirements.lock",
            got="no index.js",
        )
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def runtime_script(
    *, manager: Mapping[str, bytes], requirejs: str, leaflet: Mapping[str, bytes], patch: str
) -> str:
    """Return the script of the runtime, a pure function of its parts.

    Parameters
    ----------
    manager : files of the npm package html-manager.
    requirejs : source of require.js.
    leaflet : files of jupyter-leaflet's nbextension.
    patch : what the project adds: popups from ``properties.popup_html``, one theme at a time,
        legends that follow, fitting to the width; ends by drawing the widgets.
    """
    fonts: dict[str, str] = {}
    core = "\n".join(_inline_fonts(text, manager, fonts) for text in widget_modules(manager))
    parts = [
        requirejs,
        f"window.__gaFonts={json.dumps(fonts, sort_keys=True)};",
        core,
        _leaflet_module(leaflet),
        patch,
    ]
    return SOURCE_MAP.sub("", "\n".join(parts))


def widget_modules(manager: Mapping[str, bytes]) -> list[str]:
    """Return the AMD modules of html-manager, less those that only serve ipywidgets 7.

    Raises
    ------
    InputError : the package is not laid out as the pinned version is.
    """
    source = manager["dist/embed-amd.js"].decode()
    starts = [(found.start(), found.group(1)) for found in MODULE_START.finditer(source)]
    end = source.find(RENDER_START)
    if not starts or end < 0:
        raise input_error(
            "layout of html-manager",
            where="dist/embed-amd.js",
            allowed="named AMD modules and a call that renders",
            got=f"{len(starts)} modules",
        )
    stops = [start for start, _ in starts[1:]] + [end]
    return [
        source[start:stop]
        for (start, name), stop in zip(starts, stops, strict=True)
        if not name.endswith("7")
    ]


def _inline_fonts(text: str, files: Mapping[str, bytes], fonts: dict[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        if not name.endswith(".woff2"):
            return '"data:,"'
        fonts[name] = _data_uri(name, files[f"dist/{name}"])
        return f'window.__gaFonts["{name}"]'

    return ASSET.sub(replace, text)


def _leaflet_module(leaflet: Mapping[str, bytes]) -> str:
    def replace(found: re.Match[str]) -> str:
        return json.dumps(_data_uri(found.group(1), leaflet[found.group(1)]))

    text = ASSET.sub(replace, leaflet["index.js"].decode())
    named, count = re.subn(r"define\(\s*\[", f'define("{LEAFLET}-plain",[', text, count=1)
    if not count:
        raise input_error(
            "layout of jupyter-leaflet", where="index.js", allowed="an AMD module", got="none"
        )
    return named


def _data_uri(name: str, content: bytes) -> str:
    return f"data:{MIME[Path(name).suffix]};base64,{base64.b64encode(content).decode()}"
