"""Imports on both databases: planted defects, nothing half-done, hostile text there and back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from greenanalysis.core.errors import InputError
from greenanalysis.registry import store, views
from greenanalysis.registry.files import csv_text, xlsx_bytes
from greenanalysis.registry.identity import name_key, similarity
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import CONFIRM, FileMapping, read_mapping
from greenanalysis.registry.models import Change, Document, Facility, Observation
from greenanalysis.registry.reading import NUL, clean
from greenanalysis.registry.vocabulary import load_vocabulary
from tests.support.reference import reference_data
from tests.support.registry_fixtures import address, engine, server

ROOT = Path(__file__).resolve().parents[2]
FACILITY = FileMapping(kind="facility")
OBSERVATION = FileMapping(kind="observation")
MEASURE = FileMapping(kind="measure")
TODAY = dt.date(2026, 1, 31)
HEAD = (
    "name,enterprise,technology,capacity,capacity_unit,region,status,latitude,longitude,"
    "commissioned"
)
GOOD = "{name},LLP Green,wind,{mw},MW,KZ-15,operating,{north},58.3,2021-05-01"


def good(name: str, mw: float = 50.0, north: float = 50.4) -> str:
    return GOOD.format(name=name, mw=mw, north=north)


KNOWN = [good("Badamsha WPP 1", 48, 50.491), good("Khromtau WPP", 137.5, 50.252)]
# line of the file -> the one reason it must be refused for
PLANTED = [
    (",LLP,wind,5,MW,KZ-15,operating,,,", "missing"),
    ("A1,LLP,windd,5,MW,KZ-15,operating,,,", "technology"),
    ("A2,LLP,wind,five,MW,KZ-15,operating,,,", "number"),
    ('A3,LLP,wind,"4,95",MW,KZ-15,operating,,,', "decimal-mark"),
    ("A4,LLP,wind,5,MWh,KZ-15,operating,,,", "unit"),
    ("A5,LLP,wind,50000,MW,KZ-15,operating,,,", "range"),
    ("A6,LLP,wind,-5,MW,KZ-15,operating,,,", "range"),
    ("A7,LLP,wind,5,MW,Atlantis,operating,,,", "region"),
    ("A8,LLP,wind,5,MW,KZ-15,running,,,", "status"),
    ("A9,LLP,wind,5,MW,KZ-15,operating,58.36,50.47,", "swapped-coordinates"),
    ("A10,LLP,wind,5,MW,KZ-15,operating,48.85,2.35,", "outside-country"),
    ("A11,LLP,wind,5,MW,KZ-15,operating,43.25,76.91,", "region-mismatch"),
    ("A12,LLP,wind,5,MW,KZ-15,operating,0,0,", "placeholder"),
    ("A13,LLP,wind,5,MW,KZ-15,operating,48.0196,66.9237,", "placeholder"),
    ("A14,LLP,wind,5,MW,KZ-15,operating,50.5,,", "half-coordinates"),
    ("A16,LLP,wind,5,MW,KZ-15,operating,,,2030-01-01", "future"),
    (good("Good one"), "duplicate-row"),
    ("Бадамша ЖЭС-1,ТОО Другое,wind,48,MW,KZ-15,operating,,,", "decoy"),
    ("Хромтау ВЭС,LLP Green,wind,1375,MW,KZ-15,operating,50.252,58.3,", "decimal-slip"),
    ("Badamshah WPP 1,LLP Green,wind,48,MW,KZ-15,operating,,,", "duplicate-alike"),
    ("Quite other name,LLP Q,wind,48,MW,KZ-15,operating,50.4912,58.3001,", "duplicate-alike"),
]


def write(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def count(engine, model) -> int:
    with store.read_session(engine) as session:
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


def load(engine, path, mapping=FACILITY, **more):
    return import_file(engine, path, mapping, who="tester", today=TODAY, **more)


def test_planted_defects_are_all_found_and_no_valid_row_is_lost(engine, tmp_path):
    assert load(engine, write(tmp_path / "known.csv", *KNOWN)).added == 2
    planted = [(line, code) for line, code in PLANTED if code != "decoy"]
    lines = [good("Good one"), *(line for line, _ in planted), good("Good two", 12.5, 50.61)]
    report = load(engine, write(tmp_path / "dirty.csv", *lines))
    found = {number: {code for code, _ in reasons} for number, reasons in report.refused}
    table = {n: (code, found.get(n)) for n, (_, code) in enumerate(planted, 3)}
    assert {n: row for n, row in table.items() if row[1] != {row[0]}} == {}
    assert set(found) == set(table)
    assert report.added == 2
    assert len({code for _, code in planted}) >= 12
    assert all(table[n][1] for n in table)
    assert count(engine, Facility) == 4


def test_series_defects_are_found(engine, tmp_path):
    load(engine, write(tmp_path / "plants.csv", good("Alpha", 10), good("Beta", 20, 50.8)))
    head = "name,technology,region,period,quantity,value,unit,reported_by"

    def rows(name, values, year=2023, unit="MWh"):
        return [
            f"{name},wind,KZ-15,{year}-{month:02d},generation,{value},{unit},owner"
            for month, value in enumerate(values, 1)
        ]

    clean_year = [2100, 2230, 2010, 1900, 1850, 1700, 1650, 1720, 1930, 2050, 2180, 2290]
    assert (
        load(
            engine, write(tmp_path / "y1.csv", *rows("Alpha", clean_year), head=head), OBSERVATION
        ).added
        == 12
    )
    later = [2110, 2240, 2020, 1910, 1860, 17.10, 1650, 1720, 1930, 2050, 8000, 2290]
    lines = [
        *rows("Альфа ВЭС", later, 2024),
        "Gamma,wind,KZ-15,2024-01,generation,5,MWh,owner",
        "Alpha,wind,KZ-15,2024-13,generation,5,MWh,owner",
        "Alpha,wind,KZ-15,2027-01,generation,5,MWh,owner",
        "Alpha,wind,KZ-15,2024-01,joy,5,MWh,owner",
        "Beta,wind,KZ-15,2024-01,generation,2500,MWh,owner",
        "Beta,wind,KZ-15,2024-01,generation,2600,MWh,owner",
    ]
    report = load(engine, write(tmp_path / "y2.csv", *lines, head=head), OBSERVATION)
    found = {number: {code for code, _ in reasons} for number, reasons in report.refused}
    assert found == {
        **{7: {"decimal-slip"}, 12: {"capacity-factor", "outlier"}},
        **{n: {"copied-block"} for n in (8, 9, 10, 11)},
        **{14: {"unknown-plant"}, 15: {"date"}, 16: {"future"}, 17: {"quantity"}},
        19: {"duplicate-row"},
    }
    assert report.added == 7


@pytest.mark.reference
def test_known_slips_of_real_trade_figures_are_found(engine, tmp_path):
    """The monthly trade with its neighbours has 1,543 for 154.3 GWh and a mirrored block."""
    source = list(
        csv.DictReader(reference_data("pypsa_kz_data", "electricity_trade_monthly_long.csv").open())
    )
    head = "enterprise,kind,title,region,period,quantity,value,unit,reported_by"
    lines = [
        f"Trade {r['partner']},energy_efficiency,{r['direction']},KZ-71,{r['month']},generation,"
        f"{r['gwh']},GWh,BNS"
        for r in source
    ]
    report = load(engine, write(tmp_path / "trade.csv", *lines, head=head), MEASURE)
    found = [(source[n - 2], {c for c, _ in reasons}) for n, reasons in report.refused]
    named = {(r["partner"], r["direction"], r["month"]): codes for r, codes in found}
    assert named["Kyrgyzstan", "import", "2022-07"] == {"decimal-slip"}
    mirrored = {("Uzbekistan", "export", f"2021-{m:02d}") for m in (9, 10, 11, 12)}
    assert all(named[key] == {"copied-block"} for key in mirrored)
    assert len(found) <= 8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bukhtarma hydroelectric plant", "Бұқтырма су электр станциясы (СЭС)"),
        ("Kapchagayskaya HPP", "Қапшағай СЭС"),
        ("ТОО «Жанатасская Ветровая Электростанция»", "Janatas wind farm"),
        ("Shulbi", "Шүлбі"),
        ("Ust-Kamenogorskaya HPP", "Усть-Каменогорская ГЭС"),
        ("Yereymentau WPP", "Ерейментау"),
        ("Shardarinskaya HPS", "Шардара СЭС"),
        ("Moynak", "Мойнақ"),
    ],
)
def test_names_meet_across_three_scripts(one, other):
    assert similarity(one, other) >= 86


def test_different_plants_do_not_meet():
    for one, other in (("Abai 1", "Абай 2"), ("Nura", "Saran"), ("Aksu", "Абай")):
        assert similarity(one, other) < 60
    assert name_key("ТОО «Шелек»") == name_key("Shelek LLP")


def test_the_same_file_twice_and_corrected_rows_change_only_what_they_should(engine, tmp_path):
    path = write(tmp_path / "f.csv", good("One"), good("Two", 999999), good("Three", 3, 50.7))
    first = load(engine, path)
    assert (first.added, len(first.refused)) == (2, 1)
    changes = count(engine, Change)
    assert load(engine, path).already
    assert count(engine, Change) == changes
    rows = list(csv.DictReader(first.quarantine.open(encoding="utf-8-sig")))
    assert rows[0]["_row"] == "3"
    assert "[range]" in rows[0]["_reason"]
    fixed = first.quarantine.read_text(encoding="utf-8-sig").replace("999999", "99")
    again = load(
        engine, write(tmp_path / "fixed.csv", *fixed.splitlines()[1:], head=fixed.splitlines()[0])
    )
    assert (again.added, again.refused) == (1, [])
    edited = write(tmp_path / "g.csv", good("One", 51), good("Three", 3, 50.7))
    third = load(engine, edited)
    assert (third.added, third.updated, third.unchanged) == (0, 1, 1)
    with store.read_session(engine) as session:
        states = store.history(session, "facility", 1)
    assert [json.loads(state.after)["capacity"] for state in states] == [50, 51]


def test_a_person_can_confirm_a_soft_reason_but_not_a_hard_one(engine, tmp_path):
    lines = [
        "Mid,LLP,wind,5,MW,KZ-15,operating,0,0,,placeholder",
        "Far,LLP,wind,5,MW,KZ-15,operating,48.85,2.35,,outside-country",
    ]
    report = load(engine, write(tmp_path / "c.csv", *lines, head=f"{HEAD},{CONFIRM}"))
    assert report.added == 1
    assert report.codes() == {"outside-country": 1}


def test_a_mapping_declares_headings_words_and_the_decimal_comma(engine, tmp_path):
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "kind: facility\ndecimal: ','\ndelimiter: ';'\n"
        "columns: {name: Объект, capacity: МВт всего}\n"
        "defaults: {capacity_unit: MW, region: Актюбинская область}\n"
        "values: {status: {в работе: operating}}\nsource: {code: akimat, title: Akimat}\n",
        encoding="utf-8",
    )
    read = read_mapping(mapping, load_vocabulary())
    path = tmp_path / "ru.csv"
    path.write_bytes(
        "\ufeffОбъект;Технология;МВт всего;Состояние\nҚызыл жар ЖЭС;ВЭС;4,95;в работе\n".encode()
    )
    assert load(engine, path, read).added == 1
    with store.read_session(engine) as session:
        plant = views.facilities(session).iloc[0]
    assert (plant["capacity_mw"], plant["technology"], plant["region"]) == (4.95, "wind", "KZ-15")
    assert plant["source"] == "Akimat"
    mapping.write_text("kind: facility\ncolums: {}\n")
    with pytest.raises(InputError, match="colums"):
        read_mapping(mapping, load_vocabulary())


def test_xlsx_and_geojson_are_read_like_csv(engine, tmp_path):
    book = Workbook()
    book.active.append(
        [
            "Станция атауы",
            "Технологиясы",
            "Қуаты",
            "Қуат бірлігі",
            "Облыс",
            "Күйі",
            "Іске қосылған күні",
        ]
    )
    book.active.append(
        ["Жаңатас", "жел", 100, "МВт", "Жамбыл облысы", "жұмыс істейді", dt.datetime(2021, 6, 1)]
    )
    book.save(tmp_path / "a.xlsx")
    properties = {
        "name": "Saran",
        "technology": "pv",
        "capacity": 100000,
        "capacity_unit": "kW",
        "region": "KZ-35",
        "status": "operating",
    }
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [72.8706, 49.8083]},
    }
    (tmp_path / "b.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    assert load(engine, tmp_path / "a.xlsx").added == 1
    assert load(engine, tmp_path / "b.geojson").added == 1
    with store.read_session(engine) as session:
        plants = views.facilities(session)
    assert plants["capacity_mw"].tolist() == [100, 100]
    assert plants["year"].iloc[0] == 2021
    assert plants["latitude"].iloc[1] == pytest.approx(49.8083)


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "formula": '=HYPERLINK("http://x","y")',
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "quoted": "'=1+1",
    "rtl": "\u202egnp.exe\u202c مرحبا",
    "long": "ж" * 20_000,
    "sql": "'); DROP TABLE facility; --",
    "emoji": "𝕎𝕚𝕟𝕕 🌬",
    "nul": "nul\x00here",
    "lines": 'two\nlines, "and" quotes',
}


def test_hostile_text_goes_in_and_comes_out_as_text(engine, tmp_path):
    mapping = FileMapping(
        kind="facility",
        defaults={
            "technology": "wind",
            "region": "KZ-15",
            "status": "operating",
            "capacity_unit": "MW",
        },
    )
    rows = [{"name": f"{text} {n}", "capacity": n + 1} for n, text in enumerate(HOSTILE.values())]
    rows[4]["name"] = HOSTILE["quoted"]
    path = tmp_path / "hostile.csv"
    path.write_text(csv_text(rows, ["name", "capacity"]), encoding="utf-8", newline="")
    report = load(engine, path, mapping)
    assert (report.added, report.refused) == (len(HOSTILE), [])
    wanted = [str(row["name"]).replace("\x00", NUL) for row in rows]
    with store.read_session(engine) as session:
        plants = views.facilities(session)
        last = store.history(session, "facility", 1)[0]
    assert plants["name"].tolist() == wanted
    assert json.loads(last.after)["name"] == wanted[0]
    out = plants[["name", "capacity_mw"]].to_dict("records")
    back = list(csv.DictReader(io.StringIO(csv_text(out, ["name", "capacity_mw"]), newline="")))
    assert not any(row["name"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in back)
    assert [clean(row["name"]) for row in back] == wanted
    sheet = load_workbook(io.BytesIO(xlsx_bytes(out, ["name", "capacity_mw"]))).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [clean(cell.value) for cell in cells] == wanted


def command(address, path, *more) -> list[str]:
    code = "from greenanalysis.cli.main import main; main()"
    return [
        sys.executable,
        "-c",
        code,
        "registry",
        "import",
        str(path),
        "--registry",
        address,
        "--kind",
        "facility",
        "--by",
        "t",
        *more,
    ]


def many(path: Path, rows: int, *, tag: str = "") -> Path:
    syllables = ["ba", "ke", "sho", "tu", "ra", "ny", "sel", "mo", "ak", "ko"]
    lines = []
    for n in range(rows):
        name = "".join(syllables[int(digit)] for digit in f"{n:05d}")
        north, mw = 49.0005 + (n % 1500) / 1000, 1 + (n * 7919 % 9973) / 100
        lines.append(
            f"{tag}{name} {n},LLP {n % 50},wind,{mw:.2f},MW,KZ-15,operating,{north:.4f},"
            f"{57 + n % 997 / 997:.4f},2020"
        )
    return write(path, *lines)


def test_kill_in_the_middle_leaves_all_or_nothing(address, engine, tmp_path):
    path = many(tmp_path / "many.csv", 2000)
    for stage in ("writing", "committing"):
        process = subprocess.Popen(
            command(address, path),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        for line in process.stderr:
            if line.startswith(stage):
                break
        process.kill()
        process.wait()
        process.stderr.close()
        done = count(engine, Document)
        assert (count(engine, Facility), count(engine, Change) > 0) == (2000 * done, bool(done)), (
            stage
        )
    report = load(engine, path)
    assert report.already or report.added == 2000
    assert count(engine, Facility) == 2000


def test_two_imports_at_once_wait_for_each_other(address, engine, tmp_path):
    shared = [good(f"Shared {n}", 5 + n, 50 + n / 50) for n in range(20)]
    files = [
        write(tmp_path / f"{n}.csv", *shared, good(f"Only {n}", 77 + n, 51.2 - n / 10))
        for n in (1, 2)
    ]
    running = [
        subprocess.Popen(
            command(address, file),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for file in files
    ]
    said = sorted(process.communicate(timeout=120)[0].split(":")[1].strip() for process in running)
    assert [process.returncode for process in running] == [0, 0]
    assert said == [
        "1 added, 0 changed, 20 known already, 0 refused",
        "21 added, 0 changed, 0 known already, 0 refused",
    ]
    assert (count(engine, Facility), count(engine, Document)) == (22, 2)


def test_a_full_disk_is_one_error_and_changes_nothing(tmp_path):
    address = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    engine = store.open_engine(store.registry_url(address))
    store.migrate(engine)
    path = many(tmp_path / "many.csv", 2000)
    most = 600_000

    def small_disk() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        command(address, path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=small_disk,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "is full or cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert count(engine, Facility) == count(engine, Document) == 0
    assert load(engine, path).added == 2000


def test_a_quarantine_that_cannot_be_written_imports_nothing(engine, tmp_path):
    (tmp_path / "file").write_text("")
    path = write(tmp_path / "d.csv", good("One"), good("Two", -1))
    with pytest.raises(InputError, match="nothing was imported"):
        load(engine, path, quarantine=tmp_path / "file" / "q.csv")
    assert count(engine, Facility) == 0


def test_each_of_many_rows_is_added_or_refused(tmp_path):
    engine = store.open_engine(store.registry_url(str(tmp_path / "registry.sqlite")))
    store.migrate(engine)
    report = load(engine, many(tmp_path / "many.csv", 2_000))
    assert report.added + len(report.refused) == 2_000
    assert report.added > 1_980
    assert count(engine, Facility) == report.added


@pytest.mark.parametrize("content", [b"", b"name,name\n1,2\n", b"\xff\xfe\x00bad", b"x,y\n1,2\n"])
def test_a_file_that_is_none_is_one_clear_error(engine, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load(engine, path)
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(InputError):
        load(engine, tmp_path / "x.xlsx")
    assert count(engine, Observation) == 0
