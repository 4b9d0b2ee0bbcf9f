"""The command line with arguments that nobody meant: an exit code and one line, no traceback."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from greenanalysis import weather
from greenanalysis.cli import main as cli
from greenanalysis.cli import weather as cli_sites
from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.portal import server as registry_server
from greenanalysis.site.workflow import build
from greenanalysis.weather import sources as fetchers
from greenanalysis.weather.sources.source import Source

SETTINGS = settings(
    max_examples=int(os.environ.get("GREENANALYSIS_FUZZ_EXAMPLES", "10")),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = (
    *(
        "",
        " ",
        "-1",
        "0",
        "3",
        "1e9",
        "nan",
        "-inf",
        "1e400",
        "٣",
        "0x10",
        "true",
        "2019",
        "2020-19",
    ),
    *(
        "2020-19",
        "2019-2020",
        "KZ-61",
        "Туркестан",
        "solar",
        "wind",
        "sample",
        "smaple",
        "caspiann",
        ".",
    ),
    *("absent.nc", "absent.csv", "empty", "empty.nc", "text.csv", "text.yaml", "folder", "made.nc"),
    *("made.csv", "made.xlsx", "made.zarr", "51.6", "73.1", "99", "no/such/folder/x", "--", "-x"),
    *("a" * 300, "\udcff", "é\n", "%s", "{0}", "*", "[", "ppa15", "auction", "auto", "keep"),
)
"""Text for any argument: numbers that are none, files that are absent or empty, odd letters."""


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


COMMANDS = list(commands(cli.cli))


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = cli.cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


@st.composite
def lines(draw: st.DrawFn, path: tuple[str, ...]) -> list[str]:
    """Draw a command line: each argument, some of the options, now and then one too many."""
    words = st.sampled_from(WORDS)
    said = list(path)
    for parameter in found(path).params:
        count = max(1, parameter.nargs)
        if isinstance(parameter, click.Option):
            if draw(st.booleans()) or parameter.required:
                said.append(parameter.opts[0])
                said += [] if parameter.is_flag else [draw(words) for _ in range(count)]
        else:
            said += [draw(words) for _ in range(count)]
    return said + ([draw(words)] if draw(st.integers(0, 9)) == 0 else [])


def refuse(*_: object, **__: object) -> object:
    raise InputError("not in this test")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project of its own, in which nothing long is started."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("here")
    no_cache = shutil.ignore_patterns("cache", "user", "weather", "images")
    shutil.copytree(paths.data_dir(), home / "data", ignore=no_cache)
    shutil.copytree(paths.notebooks_dir(), home / "notebooks")
    server = SimpleNamespace(run=lambda: None, started=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.HOME_VARIABLE, str(home))
        patch.delenv("GREENANALYSIS_REGISTRY", raising=False)
        patch.chdir(folder)
        patch.setattr(build, "build_site", refuse)
        patch.setattr(registry_server, "make_server", lambda *_, **__: server)
        patch.setattr(fetchers, "fetch_weather", refuse)
        for module, name in ((weather, "_sources"), (fetchers, "sources")):
            patch.setattr(module, name, lambda: {"sample": Source("sample", "", open=refuse)})
        yield folder


def prepared(folder: Path) -> None:
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    (folder / "folder").mkdir()
    for name, content in (("empty", ""), ("empty.nc", ""), ("text.csv", "a,b\n1,2\n")):
        (folder / name).write_text(content)
    (folder / "text.yaml").write_text("a: [1]\n")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@given(data=st.data())
@SETTINGS
def test_any_words_end_in_a_known_exit_code(
    place: Path, capsys: pytest.CaptureFixture[str], path: tuple[str, ...], data: st.DataObject
) -> None:
    prepared(place)
    said = data.draw(lines(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["greenanalysis", *said])
        try:
            cli.main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
    errors = capsys.readouterr().err
    assert code in (0, 1, 2), said
    assert code == 0 or "Traceback" not in errors
    assert [entry.name for entry in place.rglob(".tmp-*")] == []


def test_every_command_is_tried() -> None:
    assert {("build",), ("brief",), ("registry", "import"), ("weather", "fetch")} <= set(COMMANDS)
    assert len(COMMANDS) >= 20
    assert cli_sites.station in {found(path) for path in COMMANDS}
