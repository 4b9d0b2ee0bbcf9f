from __future__ import annotations

import gzip
import io
import tarfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.core.files import write_json
from greenanalysis.site.publish import runtime
from greenanalysis.site.publish import runtime as npm
from greenanalysis.site.published import STATE_FILE
from greenanalysis.site.workflow.finish import finish_site
from greenanalysis.site.workflow.plan import Plan
from greenanalysis.site.workflow.record import SCHEMA


def archive(content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in ("package/a.js", "package/dist/b.js"):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


GOOD = archive()
PACKAGE = npm.NpmPackage("@scope/thing", "1.0.0", npm.integrity_of(GOOD))


def test_the_pins_are_exact_and_name_no_registry() -> None:
    text = (paths.data_dir() / npm.PIN_FILE).read_text()
    assert "http" not in text
    for package in npm.pinned_packages().values():
        assert package.integrity.startswith("sha512-")
        assert package.version.replace(".", "").isdigit()


def test_integrity_is_npms_form_of_sha512() -> None:
    head, tail = (
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg",
        "SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    )
    assert npm.integrity_of(b"") == f"{head}/{tail}"


def test_a_corrupt_archive_in_the_cache_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[npm.NpmPackage] = []

    def fetch(package: npm.NpmPackage) -> bytes:
        asked.append(package)
        return GOOD

    monkeypatch.setattr(npm, "fetch", fetch)
    cached = tmp_path / "scope-thing-1.0.0.tgz"
    for expected in (1, 1):
        assert npm.package_archive(PACKAGE, cache=tmp_path) == GOOD
        assert len(asked) == expected
    cached.write_bytes(GOOD[:-5])
    assert npm.package_archive(PACKAGE, cache=tmp_path) == GOOD
    assert len(asked) == 2
    assert cached.read_bytes() == GOOD


def test_a_package_with_another_hash_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npm, "fetch", lambda package: archive(b"tampered"))
    with pytest.raises(InputError, match="integrity"):
        npm.package_archive(PACKAGE, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_registry_that_cannot_be_reached_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(
        InputError, match=r"@scope/thing@1.0.0.*in the npm registry http://127.0.0.1:9;"
    ):
        runtime.fetch(PACKAGE)


class Registry(BaseHTTPRequestHandler):
    """Serves one archive at the address that npm gives it."""

    def do_GET(self) -> None:
        found = self.path == "/mirror/@scope/thing/-/thing-1.0.0.tgz"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(GOOD if found else b"")

    def log_message(self, *parts: object) -> None:
        """Stay silent."""


def test_a_package_is_fetched_from_the_registry_that_npm_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HTTPServer(("127.0.0.1", 0), Registry) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/mirror/")
        assert runtime.package_archive(PACKAGE, cache=tmp_path) == GOOD
        with pytest.raises(InputError, match="404"):
            runtime.fetch(replace(PACKAGE, version="9.9.9"))
        server.shutdown()


def test_the_files_of_an_archive_are_found_by_path() -> None:
    assert npm.archive_files(GOOD) == {"a.js": b"x", "dist/b.js": b"x"}


def test_the_loader_names_scripts_that_stand_whole_with_packed_twins(tmp_path: Path) -> None:
    loader = runtime.ensure_runtime(tmp_path)
    assert loader.href == f"assets/{loader.path.name}"
    scripts = {
        name.partition("-")[0]: loader.path.with_name(name)
        for name in runtime.loaded_by(loader.path)
    }
    text = scripts["widgets"].read_text()
    for module in ("@jupyter-widgets/base", "@jupyter-widgets/controls", "jupyter-leaflet"):
        assert f'define("{module}",' in text
    assert not runtime.ASSET.search(text)
    for script in scripts.values():
        assert not runtime.SOURCE_MAP.search(script.read_text())
        packed = gzip.decompress(script.with_name(f"{script.name}.gz").read_bytes())
        assert packed == script.read_bytes()
    scripts["charts"].write_text(scripts["charts"].read_text()[:1000])
    assert not runtime.is_whole(scripts["charts"])
    assert runtime.ensure_runtime(tmp_path) == loader
    assert runtime.is_whole(scripts["charts"])


def test_scripts_that_no_page_loads_are_removed(tmp_path: Path) -> None:
    plan = Plan((), out=tmp_path / "site", work=tmp_path / "work")
    old = {"assets/charts-0123456789ab.js": "1", "assets/charts-0123456789ab.js.gz": "2"}
    for name in (*old, "assets/mine.js"):
        (plan.out / name).parent.mkdir(parents=True, exist_ok=True)
        (plan.out / name).write_text("old")
    write_json(plan.out / STATE_FILE, {"schema": SCHEMA, "pages": {}, "files": old})
    finish_site(plan, used={})
    left = {path.name for path in (plan.out / "assets").iterdir()}
    assert "mine.js" in left
    assert not {name.rpartition("/")[2] for name in old} & left


def test_a_package_laid_out_otherwise_is_refused() -> None:
    with pytest.raises(InputError, match="layout of html-manager"):
        runtime.widget_modules({"dist/embed-amd.js": b"(()=>{})()"})
    with pytest.raises(InputError, match="layout of jupyter-leaflet"):
        runtime._leaflet_module({"index.js": b"export default 1"})


def test_an_environment_without_the_map_script_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.sys, "prefix", str(tmp_path))
    with pytest.raises(InputError, match="jupyter-leaflet"):
        runtime.leaflet_extension()


def test_packages_are_told_apart_by_version() -> None:
    assert replace(PACKAGE, version="2.0.0").file_name != PACKAGE.file_name
