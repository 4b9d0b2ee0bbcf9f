"""A site is built the same on a poor host: little memory, nothing to write to, other letters."""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.site_home import make_home

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 4 * 2**30
"""Memory that each process may write to, bytes: half of a laptop with 8 GB. Addresses do not count:
the engine that draws charts reserves far more of them than it uses."""
CAPBSET_DROP, DAC_OVERRIDE = 24, 1
"""Of Linux' prctl(2) and capabilities(7): without it root, too, may not write where it may not."""
CODE = """
if __name__ == '__main__':
    from greenanalysis.cli.main import use_unicode
    use_unicode()
    import os, sys, json, resource
    from pathlib import Path
    import greenanalysis
    from greenanalysis.site.workflow.build import build_site
    from tests.support.site_home import map_page

    tree = Path(greenanalysis.__file__).parent
    try:
        (tree / 'written.txt').write_text('x')
        (tree / 'written.txt').unlink()
        writable = True
    except OSError:
        writable = False
    result = build_site([map_page()], out_dir=Path(sys.argv[1]), jobs=1, progress=False)
    print(json.dumps({
        'tree': str(tree), 'writable': writable, 'built': result.built,
        'memory': resource.getrlimit(resource.RLIMIT_DATA)[0],
        'again in UTF-8': sys.flags.utf8_mode, 'locale': os.environ.get('LC_ALL'),
    }))
"""
POOR = {
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "TZ": "Asia/Almaty",
}


def poor() -> None:
    """Limit a child process before it starts."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(CAPBSET_DROP, DAC_OVERRIDE, 0, 0, 0)


def tree_of_its_own(folder: Path) -> Path:
    """Copy what a build runs, so that nobody may write to it."""
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "greenanalysis", folder / "greenanalysis", ignore=no_caches)
    shutil.copytree(ROOT / "tests" / "support", folder / "tests" / "support", ignore=no_caches)
    shutil.copy(ROOT / "tests" / "__init__.py", folder / "tests" / "__init__.py")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return folder


def built(tree: Path, home: Path, *, limits: bool) -> tuple[dict[str, object], str]:
    script = home / "script.py"
    script.write_text(CODE, encoding="utf-8")
    own = {"GREENANALYSIS_HOME": str(home), "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, str(script), str(home / "reports")],
        env=os.environ | own | (POOR if limits else {}),
        cwd=home,
        preexec_fn=poor if limits else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return told, (home / "reports" / "atlas.html").read_text(encoding="utf-8")


def lasting(page: str) -> str:
    """Return a page without what differs between two places: when, where, and random names."""
    where = re.sub(r'"notebook": "[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{32}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?", "", where)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_a_poor_host_builds_the_same_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    far = tmp_path_factory.mktemp("дом в степи with spaces")
    tree = tree_of_its_own(far / "исходники")
    try:
        told, page = built(tree, make_home(far / "проект"), limits=True)
        assert told["tree"] == str(tree / "greenanalysis")
        assert told["memory"] == MEMORY
        assert not told["writable"]
        assert (told["locale"], told["again in UTF-8"]) == ("C", 1)
        assert told["built"] == ["atlas"]
        assert not list(tree.rglob("*.pyc"))
        _, usual = built(ROOT, make_home(tmp_path_factory.mktemp("home")), limits=False)
        assert lasting(page) == lasting(usual)
    finally:
        for path in [tree, *tree.rglob("*")]:
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
