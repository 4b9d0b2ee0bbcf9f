from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.site.publish import runtime
from greenanalysis.site.publish import runtime as npm


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


def test_npm_that_cannot_fetch_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(InputError, match=r"@scope/thing@1.0.0.*needed for interactive maps"):
        npm.fetch(PACKAGE)


def test_the_files_of_an_archive_are_found_by_path() -> None:
    assert npm.archive_files(GOOD) == {"a.js": b"x", "dist/b.js": b"x"}


def test_the_runtime_holds_all_modules_and_is_made_again_when_damaged(tmp_path: Path) -> None:
    made = runtime.ensure_runtime(tmp_path)
    text = made.path.read_text()
    assert made.href == f"assets/{made.path.name}"
    for module in ("@jupyter-widgets/base", "@jupyter-widgets/controls", "jupyter-leaflet"):
        assert f'define("{module}",' in text
    assert not runtime.SOURCE_MAP.search(text)
    assert not runtime.ASSET.search(text)
    made.path.write_text(text[:1000])
    again = runtime.ensure_runtime(tmp_path)
    assert again == made
    assert again.path.read_text() == text


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
