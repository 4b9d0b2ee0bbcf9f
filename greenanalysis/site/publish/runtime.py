"""The scripts that draw charts, maps and widgets with no network, loaded when a page needs them.

They are JavaScript packages pinned by integrity: fetched once, checked whenever they are read.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.core.errors import input_error
from greenanalysis.core.files import atomic_path, sha256_file, write_text
from greenanalysis.core.paths import package_dir
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.twin import locales

PIN_FILE = "javascript.json"
_DEFAULT_REGISTRY = "https://registry.npmjs.org"
_REGISTRY_VARIABLE = "npm_config_registry"
_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class NpmPackage:
    """One pinned package: its name, exact version and SHA-512 in the form npm writes."""

    name: str
    version: str
    integrity: str

    @property
    def file_name(self) -> str:
        """Return the name of the archive in the cache."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


def pinned_packages() -> dict[str, NpmPackage]:
    """Return the packages of ``data/javascript.json`` by name."""
    pins = json.loads((paths.data_dir() / PIN_FILE).read_text(encoding="utf-8"))
    return {
        row["name"]: NpmPackage(row["name"], row["version"], row["integrity"])
        for row in pins["packages"]
    }


def integrity_of(content: bytes) -> str:
    """Return the SHA-512 of ``content`` as npm writes it: ``sha512-`` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def package_archive(package: NpmPackage, *, cache: Path | None = None) -> bytes:
    """Return the archive of a pinned package, from the cache or else from the registry.

    Parameters
    ----------
    package : what to fetch.
    cache : folder of archives; ``data/cache/npm`` by default. A file in it whose hash is wrong
        is fetched again.

    Raises
    ------
    InputError : the registry cannot be reached, or what it serves has another hash.
    """
    cached = (cache or paths.cache_dir() / "npm") / package.file_name
    if cached.is_file():
        content = cached.read_bytes()
        if integrity_of(content) == package.integrity:
            return content
    content = fetch(package)
    if integrity_of(content) != package.integrity:
        raise input_error(
            f"integrity of the JavaScript package {package.name}@{package.version}",
            where="what the npm registry serves",
            allowed=package.integrity,
            got=integrity_of(content),
        )
    with atomic_path(cached) as staged:
        staged.write_bytes(content)
    return content


def fetch(package: NpmPackage) -> bytes:
    """Return the archive of a package as its registry serves it.

    The registry is that of ``$npm_config_registry``, else npm's own; proxies and certificates are
    those that ``requests`` finds in the environment.

    Raises
    ------
    InputError : the registry cannot be reached or has no such archive.
    """
    import requests

    address = (
        f"{_registry()}/{package.name}/-/{package.name.rpartition('/')[2]}-{package.version}.tgz"
    )
    try:
        answer = requests.get(address, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as failure:
        raise _not_fetched(package, failure) from failure
    return answer.content


def _registry() -> str:
    """Return the address of the npm registry, without a slash at its end."""
    named = os.environ.get(_REGISTRY_VARIABLE) or os.environ.get(_REGISTRY_VARIABLE.upper())
    return (named or _DEFAULT_REGISTRY).rstrip("/")


def _not_fetched(package: NpmPackage, reason: object) -> Exception:
    return input_error(
        f"JavaScript package {package.name}@{package.version}, needed for interactive pages",
        where=f"the npm registry {_registry()}",
        allowed=f"a registry that can be reached (${_REGISTRY_VARIABLE} or a proxy), "
        "once; then the package stays in data/cache/npm",
        got=reason,
    )


def archive_files(archive: bytes) -> dict[str, bytes]:
    """Return the files of an npm archive by their path inside ``package/``."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        files = {}
        for member in tar.getmembers():
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                files[member.name.partition("/")[2]] = handle.read()
    return files


_HTML_MANAGER = "@jupyter-widgets/html-manager"
_REQUIREJS = "requirejs"
_LEAFLET = "jupyter-leaflet"
_CHART_PACKAGES = ("vega", "vega-lite", "vega-embed")
_BASE_FILE = "base_map.json"
_LOADER = "draw"
_DIGITS = 12
_LOADER_ASSETS = re.compile(r"\(function\(\)\{var ASSETS=(\{.*?\});\n")
_DRAW = package_dir() / "site" / "draw" / "browser"
_TEMPLATES = package_dir() / "site" / "templates"
_MODULE_START = re.compile(r'(?:/\*![^*]*\*/\s*)?define\("(@jupyter-widgets/[^"]+)"')
_RENDER_START = '(()=>{"use strict";window.require(["@jupyter-widgets/html-manager/dist/libembed'
ASSET = re.compile(r'\b\w\.p\+"([0-9a-f]{20}\.\w+)"')
SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+")
_MIME = {".woff2": "font/woff2", ".png": "image/png", ".gif": "image/gif", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Runtime:
    """The script that loads all others: its file, and its address as the site's root writes it."""

    path: Path

    @property
    def href(self) -> str:
        """Return the address relative to the root of the site."""
        return f"{self.path.parent.name}/{self.path.name}"


def ensure_runtime(out_dir: Path, *, cache: Path | None = None) -> Runtime:
    """Make the scripts of a site's pages in ``assets/`` unless they stand there whole.

    Each has a twin packed with gzip, which servers send in its place. A page names the loader
    only; it fetches the others when a chart, a map or a widget comes near the window.

    Parameters
    ----------
    out_dir : root of the site.
    cache : folder of fetched npm archives; ``data/cache/npm`` by default.

    Raises
    ------
    InputError : a package cannot be fetched, or a package does not look as expected.
    """
    pins = pinned_packages()

    def package(name: str) -> dict[str, bytes]:
        return archive_files(package_archive(pins[name], cache=cache))

    scripts = {
        "widgets": _runtime_script(
            manager=package(_HTML_MANAGER),
            requirejs=package(_REQUIREJS)["require.js"].decode(),
            leaflet=leaflet_extension(),
            patch=(_TEMPLATES / "runtime.js").read_text(encoding="utf-8"),
        ),
        "charts": _charts_script({name: package(name) for name in _CHART_PACKAGES}),
        "base": _base_script(),
        "maps": _maps_script(package("leaflet")),
    }
    needs = {"maps": ["base"]}
    assets = {
        name: {"file": _written(out_dir, name, text).name, "needs": list(needs.get(name, ()))}
        for name, text in scripts.items()
    }
    return Runtime(_written(out_dir, _LOADER, _loader_script(assets)))


def _written(out_dir: Path, name: str, script: str) -> Path:
    digest = hashlib.sha256(script.encode()).hexdigest()
    target = out_dir / "assets" / f"{name}-{digest[:_DIGITS]}.js"
    packed = target.with_name(f"{target.name}.gz")
    if not is_whole(target):
        write_text(target, script)
        with atomic_path(packed) as staged:
            staged.write_bytes(gzip.compress(script.encode(), 9, mtime=0))
    return target


def is_whole(script: Path) -> bool:
    """Return whether a script of ``assets/`` and its packed twin stand as the name says."""
    if not script.is_file() or not script.with_name(f"{script.name}.gz").is_file():
        return False
    return sha256_file(script).startswith(script.stem.rpartition("-")[2])


def loaded_by(loader: Path) -> list[str]:
    """Return the names of the scripts that a loader fetches when they are needed."""
    found = _LOADER_ASSETS.match(loader.read_text(encoding="utf-8"))
    return [part["file"] for part in json.loads(found[1]).values()] if found else []


def _loader_script(assets: Mapping[str, Mapping[str, object]]) -> str:
    """Return the script that each page names.

    Parameters
    ----------
    assets : name -> ``file`` beside the loader and the names it ``needs`` before.
    """
    body = (_DRAW / "draw.js").read_text(encoding="utf-8")
    return f"(function(){{var ASSETS={json.dumps(assets, sort_keys=True)};\n{body}}})();\n"


def _charts_script(packages: Mapping[str, Mapping[str, bytes]]) -> str:
    """Return the script that draws charts.

    Parameters
    ----------
    packages : files of vega, vega-lite and vega-embed by package.

    Notes
    -----
    The packages register with require.js where a page has one; hidden names keep them out of it,
    and out of the page's own names.
    """
    sources = [packages[name][f"build/{name}.min.js"].decode() for name in _CHART_PACKAGES]
    colours = {colour: name for colour, (name, _) in palette.THEMED.items()}
    kit = (
        f"window.gaKit={{vegaEmbed:window.vegaEmbed,colours:{json.dumps(colours)},"
        f"locales:{json.dumps(locales(), ensure_ascii=False)}}};"
    )
    forget = "delete window.vega;delete window.vegaLite;delete window.vegaEmbed;"
    parts = [
        "(function(){var define,exports,module;",
        *sources,
        kit,
        forget,
        "}).call(window);",
        (_DRAW / "charts.js").read_text(encoding="utf-8"),
    ]
    return SOURCE_MAP.sub("", "\n".join(parts))


def _base_script() -> str:
    """Return the script that holds what lies below all maps: relief, water, borders, cities."""
    base = (paths.data_dir() / _BASE_FILE).read_text(encoding="utf-8")
    return f"window.gaBase={base};\n"


def _maps_script(leaflet: Mapping[str, bytes]) -> str:
    """Return the script that draws maps.

    Parameters
    ----------
    leaflet : files of the npm package leaflet.
    """
    css = leaflet["dist/leaflet.css"].decode()
    style = json.dumps(re.sub(r"url\([^)]*\)", "none", css))
    parts = [
        "(function(){var define,exports,module;",
        leaflet["dist/leaflet.js"].decode(),
        "window.gaLeaflet=window.L.noConflict();",
        f"var style=document.createElement('style');style.textContent={style};",
        "document.head.prepend(style);}).call(window);",
        (_DRAW / "maps.js").read_text(encoding="utf-8"),
    ]
    return SOURCE_MAP.sub("", "\n".join(parts))


def leaflet_extension() -> dict[str, bytes]:
    """Return the files of the browser side of the installed jupyter-leaflet.

    Raises
    ------
    InputError : the environment lacks it.
    """
    folder = Path(sys.prefix) / "share" / "jupyter" / "nbextensions" / _LEAFLET
    if not (folder / "index.js").is_file():
        raise input_error(
            "browser part of jupyter-leaflet",
            where=str(folder),
            allowed="an environment installed from requirements.lock",
            got="no index.js",
        )
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _runtime_script(
    *, manager: Mapping[str, bytes], requirejs: str, leaflet: Mapping[str, bytes], patch: str
) -> str:
    """Return the script of the runtime, a pure function of its parts.

    Parameters
    ----------
    manager : files of the npm package html-manager.
    requirejs : source of require.js.
    leaflet : files of jupyter-leaflet's nbextension.
    patch : what draws the widgets at the end.
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
    starts = [(found.start(), found.group(1)) for found in _MODULE_START.finditer(source)]
    end = source.find(_RENDER_START)
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
    named, count = re.subn(r"define\(\s*\[", f'define("{_LEAFLET}",[', text, count=1)
    if not count:
        raise input_error(
            "layout of jupyter-leaflet", where="index.js", allowed="an AMD module", got="none"
        )
    return named


def _data_uri(name: str, content: bytes) -> str:
    return f"data:{_MIME[Path(name).suffix]};base64,{base64.b64encode(content).decode()}"
