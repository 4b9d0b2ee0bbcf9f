"""What people hold: dates, numbers, units, headings, workbooks, profiles, files of our own."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.registry import content, store, views
from greenanalysis.registry.cells import is_business_number, read_degrees, read_number, read_period
from greenanalysis.registry.files import EXAMPLE_SHEET, guarded, write_template, xlsx_bytes
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping, profile_names, read_mapping, read_profile
from greenanalysis.registry.reading import clean
from greenanalysis.registry.vocabulary import load_vocabulary

TODAY = dt.date(2026, 1, 31)
FACILITY = FileMapping(kind="facility")


@pytest.fixture
def engine(tmp_path):
    made = store.open_engine(store.registry_url(str(tmp_path / "registry.sqlite")))
    store.migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def started(engine):
    content.load_start(engine)
    return engine


def load(engine, path, mapping=FACILITY, **more):
    return import_file(engine, path, mapping, who="tester", today=TODAY, **more)


def plants(engine):
    with store.read_session(engine) as session:
        return views.facilities(session)


def operating(engine):
    table = plants(engine)
    running = table[table["status"] == "operating"]
    return running.groupby("technology")["capacity_mw"].sum().round(3).to_dict()


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2016 год", "2016-01-01", "2016-12-31", "year"),
        ("2016 жыл", "2016-01-01", "2016-12-31", "year"),
        ("1985.0", "1985-01-01", "1985-12-31", "year"),
        ("07.2019", "2019-07-01", "2019-07-31", "month"),
        ("Feb-2020", "2020-02-01", "2020-02-29", "month"),
        ("қазан 2021", "2021-10-01", "2021-10-31", "month"),
        ("III квартал 2018", "2018-07-01", "2018-09-30", "quarter"),
        ("Q4 2020", "2020-10-01", "2020-12-31", "quarter"),
        ("2022 жылғы 2 тоқсан", "2022-04-01", "2022-06-30", "quarter"),
        ("2 полугодие 2017", "2017-07-01", "2017-12-31", "half"),
        ("5 марта 2014", "2014-03-05", "2014-03-05", "day"),
        ("12.11.2013 г.", "2013-11-12", "2013-11-12", "day"),
        ("12/25/2019", "2019-12-25", "2019-12-25", "day"),
        ("43101", "2018-01-01", "2018-01-01", "day"),
        ("1967-1976", "1967-01-01", "1976-12-31", "years"),
    ],
)
def test_dates_are_read_as_people_write_them(text, first, last, precision):
    assert read_period(text) == (
        dt.date.fromisoformat(first),
        dt.date.fromisoformat(last),
        precision,
    )


@pytest.mark.parametrize("text", ["3/4/15", "31.02.2020", "2020-13", "V квартал 2020", "soon", "7"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        read_period(text)


def test_numbers_coordinates_and_business_numbers():
    assert read_number("1 250,5", decimal=",") == 1250.5
    assert read_number("12,345,678.5", decimal=".") == 12345678.5
    assert read_number("10,5", decimal="") == 10.5
    for text, mark in (("10,5", "."), ("1,250", ""), ("ten", "")):
        with pytest.raises(ValueError, match="number|decimal-mark"):
            read_number(text, decimal=mark)
    assert read_degrees("51°07'30\"N") == pytest.approx(51.125)
    assert read_degrees("71,43") == pytest.approx(71.43)
    assert read_degrees("12.5 W") == -12.5
    # weights 1..11, and where they give 10 the second row of weights
    assert is_business_number("940140000385")
    assert not is_business_number("940140000386")
    assert not is_business_number("94014000038")


@pytest.mark.parametrize(
    ("unit", "base"),
    [
        *(("млн кВт·ч", 1000.0), ("тыс. кВтч", 1.0), ("ГВт*ч", 1000.0), ("ГВт.ч", 1000.0)),
        *(("MWH", 1.0), ("million kWh", 1000.0), ("мың кВт·сағ", 1.0), ("Гкал", 1.163)),
    ],
)
def test_units_of_energy_in_three_languages(unit, base):
    assert load_vocabulary().convert(1.0, unit) == (pytest.approx(base), "MWh")


def russian_register(path: Path, encoding: str) -> Path:
    lines = [
        "Перечень объектов возобновляемой энергетики на 01.01.2024;;;;;;",
        "№;Наименование объекта;Собственник;Тип;Мощность, МВт;Область;Дата ввода;Статус",
        "1;ВЭС «Тестовая гора»;ТОО «Гора»;ВЭС;50,0;Костанайская обл.;III квартал 2019;действующая",
        "2;СЭС Проба;ТОО «Проба»;СЭС;12,5;Кызылординская;2020 год;действующая",
        "3;ГЭС Образец-2;ТОО «Вода»;малая ГЭС;1,75;Жетысуская;март 2018;действующая",
        "4;БиоЭС Пример;ТОО «Био»;БиоЭС;0,4;Костанайская;когда-то;действующая",
        "Итого;;;;64,65;;;",
    ]
    text = "\r\n".join(lines)
    if encoding == "cp866":
        text = text.replace("«", '"').replace("»", '"').replace('"', "")
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig", "cp866", "utf-16"])
def test_a_russian_register_goes_in_as_it_is(engine, tmp_path, encoding):
    report = load(engine, russian_register(tmp_path / "r.csv", encoding))
    assert (report.added, report.refused) == (4, [])
    table = plants(engine)
    assert table["technology"].tolist() == ["wind", "solar", "hydro", "biogas"]
    assert table["capacity_mw"].tolist() == [50, 12.5, 1.75, 0.4]
    assert table["year"].fillna(0).tolist() == [2019, 2020, 2018, 0]
    said = "\n".join(report.notes)
    assert ("is not UTF-8" in said) == (encoding in ("cp1251", "cp866"))
    assert "sums of others: 7" in said
    assert "above the headings left out: 1" in said
    assert "commissioned left out" in said


def test_a_workbook_with_titles_merged_headings_formulas_and_totals(engine, tmp_path):
    book = Workbook()
    sheet = book.active
    sheet["A1"] = "Действующие объекты"
    sheet.append([])
    sheet.append(["№", "Станция", "Технология", "Мощность", None, "Область", "Состояние"])
    sheet.append([None, None, None, "кВт", "план, кВт", None, None])
    sheet.append(["Туркестанская область"])
    sheet.append([1, "СЭС Ковш", "СЭС", "=25*200", 9000, "Туркестанская", "действует"])
    sheet.append([2, "ВЭС Ветер", "ВЭС", 10500, 9000, "Туркестанская", "действует"])
    sheet.append(["Всего", None, None, "=SUM(D6:D7)", None, None, None])
    for cells in ("A1:G1", "D3:E3", "A3:A4", "B3:B4", "A5:G5"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "list.xlsx")
    mapping = FileMapping(kind="facility", columns={"capacity": "Мощность"})
    assert load(engine, tmp_path / "list.xlsx", mapping).added == 2
    assert plants(engine)["capacity_mw"].tolist() == [5.0, 10.5]
    rows = FileMapping(kind="facility", header_row=3, header_rows=2, skip_rows=[5, 6])
    assert load(engine, tmp_path / "list.xlsx", rows).unchanged == 1
    with pytest.raises(InputError, match="header_row"):
        load(engine, tmp_path / "list.xlsx", FileMapping(kind="facility", header_row=99))


def test_a_formula_that_was_never_computed_says_what_to_do(engine, tmp_path):
    book = Workbook()
    book.active.append(["name", "technology", "capacity", "unit of capacity", "region", "status"])
    book.active.append(["Alpha", "wind", "=B9*2", "MW", "KZ-15", "operating"])
    book.save(tmp_path / "f.xlsx")
    report = load(engine, tmp_path / "f.xlsx")
    assert "without a stored value: open the file, save it" in report.refused[0][1][0][1]


def test_units_beside_numbers_and_a_region_from_the_place(engine, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "name,technology,capacity,status,latitude,longitude,region\n"
        'Kilo,wind,4500 kW,operating,"51°30\'00""N","71°15\'00""E",\n'
        "Mega,solar,12 МВт (пик),operating,44.85,65.70,\n"
        "Nowhere,solar,3 MW,operating,,,\n"
        "Odd,solar,4 MW,operating,45.01,66.12,Atlantis\n",
        encoding="utf-8",
    )
    report = load(engine, path)
    table = plants(engine).set_index("name")
    assert table["capacity_mw"].to_dict() == {"Kilo": 4.5, "Mega": 12, "Odd": 4}
    assert table["region"].to_dict() == {"Kilo": "KZ-11", "Mega": "KZ-43", "Odd": "KZ-43"}
    assert report.codes() == {"region": 1}
    assert any("peak (DC)" in note for note in report.notes)
    assert any("Atlantis" in note for note in report.notes)


def test_the_order_of_day_and_month_is_told_or_declared(engine, tmp_path):
    head = "name,technology,capacity,capacity_unit,region,status,commissioned\n"
    path = tmp_path / "d.csv"
    path.write_text(f"{head}Alpha,wind,5,MW,KZ-15,operating,3/4/2020\n")
    assert "day/month/year" in load(engine, path).notes[0]
    assert str(plants(engine)["commissioned"].iloc[0]) == "2020-04-03"
    path.write_text(
        f"{head}Beta,wind,7,MW,KZ-15,operating,3/4/2020\nGa,wind,9,MW,KZ-15,operating,5/29/2020\n"
    )
    assert load(engine, path).notes == []
    assert str(plants(engine).set_index("name").at["Beta", "commissioned"]) == "2020-03-04"
    path.write_text(f"{head}Delta,wind,11,MW,KZ-15,operating,3/4/2020\n")
    load(engine, path, FileMapping(kind="facility", dates="mdy"))
    assert str(plants(engine).set_index("name").at["Delta", "commissioned"]) == "2020-03-04"


def test_a_quarantine_is_read_back_with_its_own_mapping(engine, tmp_path):
    mapping = FileMapping(kind="facility", encoding="cp1251", decimal=",", delimiter=";")
    path = tmp_path / "reg.csv"
    path.write_bytes(
        "Название станции;Технология;Мощность;Единица мощности;Область;Состояние\r\n"
        "ВЭС Первая заря;ВЭС;1 250,5;кВт;Костанайская;работает не всегда\r\n".encode("cp1251")
    )
    report = load(engine, path, mapping)
    assert len(report.refused) == 1
    fixed = report.quarantine.read_text(encoding="utf-8-sig").replace(
        "работает не всегда", "действует"
    )
    report.quarantine.write_text(fixed, encoding="utf-8-sig")
    again = load(engine, report.quarantine, mapping)
    assert (again.added, again.refused) == (1, [])
    assert plants(engine)["capacity_mw"].tolist() == [1.2505]


def test_a_number_of_a_workbook_comes_back_through_the_quarantine(engine, tmp_path):
    book = Workbook()
    book.active.append(["name", "technology", "capacity", "capacity_unit", "region", "status"])
    book.active.append(["Alpha", "wind", 4.95, "MW", "KZ-15", "sleeping"])
    book.active.append(["Beta", "wind", "7,25", "MW", "KZ-15", "sleeping"])
    book.save(tmp_path / "b.xlsx")
    for mapping in (FileMapping(kind="facility", decimal=","), FACILITY):
        report = load(engine, tmp_path / "b.xlsx", mapping)
        text = report.quarantine.read_text(encoding="utf-8-sig").replace("sleeping", "operating")
        report.quarantine.write_text(text, encoding="utf-8-sig")
        assert load(engine, report.quarantine, mapping).refused == []
    assert plants(engine)["capacity_mw"].tolist() == [4.95, 7.25]


def test_no_quarantine_is_overwritten_and_a_file_refused_whole_exits_with_2(tmp_path):
    address = str(tmp_path / "r.sqlite")
    path = tmp_path / "x.csv"
    path.write_text("name,technology,capacity,status\nAlpha,wind,5 MW,flying\n")
    (tmp_path / "x.quarantine.csv").write_text("my corrections")
    run = CliRunner()
    assert run.invoke(cli, ["registry", "init", "--empty", "--registry", address]).exit_code == 0
    command = ["registry", "import", str(path), "--kind", "facility", "--registry", address]
    done = run.invoke(cli, command)
    assert done.exit_code == 2
    assert "x.quarantine2.csv" in done.output
    assert (tmp_path / "x.quarantine.csv").read_text() == "my corrections"
    named = run.invoke(cli, [*command, "--quarantine", str(tmp_path / "x.quarantine.csv")])
    assert named.exit_code != 0
    assert (tmp_path / "x.quarantine.csv").read_text() == "my corrections"


def test_the_untouched_template_and_its_example_never_count(engine, tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path)
    measure = FileMapping(kind="measure")
    with pytest.raises(InputError, match="no rows|columns"):
        load(engine, path, measure)
    load(engine, path, FileMapping(kind="measure", sheet=EXAMPLE_SHEET))
    with store.read_session(engine) as session:
        assert views.measures(session).empty
        assert views.measures(session, synthetic=True)["synthetic"].all()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_comes_back_whole_here_and_into_an_empty_registry(started, tmp_path, ending):
    address = str(started.url.database)
    file = str(tmp_path / f"plants.{ending}")
    run = CliRunner()
    assert run.invoke(cli, ["registry", "export", file, "--registry", address]).exit_code == 0
    before = operating(started)
    report = load(started, Path(file))
    assert (report.added, report.updated, report.refused) == (0, 0, [])
    assert report.unchanged == len(plants(started))
    other = store.open_engine(store.registry_url(str(tmp_path / "other.sqlite")))
    store.migrate(other)
    report = load(other, Path(file))
    assert (report.added, report.refused) == (len(plants(started)), [])
    assert operating(other) == operating(started) == before
    assert plants(other)["year"].tolist() == pytest.approx(
        plants(started)["year"].tolist(), nan_ok=True
    )


def test_areas_of_a_map_become_points(engine, tmp_path):
    ring = [[65.6, 44.8], [65.8, 44.8], [65.8, 44.9], [65.6, 44.9], [65.6, 44.8]]
    properties = {
        **{"name": "Kyzyl SPP", "plant:source": "solar", "operator": "Kun LLP"},
        **{"plant:output:electricity": "63 MW", "start_date": "2019-05"},
    }
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "osm.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert load(engine, path, read_profile("osm", load_vocabulary())).added == 1
    row = plants(engine).iloc[0]
    assert (row["latitude"], row["longitude"], row["capacity_mw"]) == (44.85, 65.7, 63)
    assert (row["region"], row["owner"], row["year"]) == ("KZ-43", "Kun LLP", 2019)


def test_every_profile_can_be_read_and_published_files_go_in(engine, tmp_path):
    vocabulary = load_vocabulary()
    for name in profile_names():
        assert read_profile(name, vocabulary).source["licence"]
    units = tmp_path / "gem.csv"
    units.write_text(
        "Country/area,Plant / Project name,Unit / Phase name,Capacity (MW),Status,Start year,"
        'Latitude,Longitude,"Subnational unit (state, province)"\n'
        "Kazakhstan,Tau power station,1,100,operating,1980,44.85,65.70,Kyzylorda\n"
        "Kazakhstan,Tau power station,2,150,operating,1985,44.85,65.70,Kyzylorda\n"
        "Kazakhstan,Tau power station,3,300,mothballed - inferred 4 y,1990,44.85,65.70,Kyzylorda\n"
        "Kazakhstan,Tau power station,4,500,announced,not found,44.85,65.70,Kyzylorda\n"
        "Uzbekistan,Other power station,1,500,operating,1990,40,60,Bukhara\n"
    )
    assert load(engine, units, read_profile("gem-coal", vocabulary)).added == 3
    table = plants(engine)
    assert table[["capacity_mw", "status"]].to_numpy().tolist() == [
        *([250, "operating"], [300, "mothballed"], [500, "planned"])
    ]
    matched = tmp_path / "powerplants.csv"
    matched.write_text(
        "id,Name,Fueltype,Technology,Set,Country,Capacity,DateIn,DateOut,lat,lon\n"
        "0,Aral,Waste,Steam Turbine,PP,Kazakhstan,20,2010,2040,44.9,65.6\n"
        "1,Elsewhere,Oil,Steam Turbine,PP,Spain,20,2010,,44.9,65.6\n"
    )
    assert load(engine, matched, read_profile("powerplantmatching", vocabulary)).added == 1
    irena = tmp_path / "irena.csv"
    irena.write_text(
        "Country,Technology,Producer Type,Year,Electricity Installed Capacity (MW)\n"
        "Kazakhstan,Onshore wind energy,On-grid electricity,2022,950\n"
        "Kazakhstan,Onshore wind energy,Off-grid electricity,2022,5\n"
        "Kazakhstan,Onshore wind energy,On-grid electricity,2023,\n"
    )
    assert load(engine, irena, read_profile("irena-capacity", vocabulary)).added == 1
    with store.read_session(engine) as session:
        row = views.observations(session).iloc[0]
    assert (row["value"], row["unit"], row["scope"], row["year"]) == (955, "MW", "KZ", 2022)


def bomb(size: int, *, doctype: bool = False) -> bytes:
    book = Workbook()
    book.active.append(["name", "technology", "capacity"])
    buffer = io.BytesIO()
    book.save(buffer)
    filled = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(filled, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part)
            if doctype and part.filename == "xl/workbook.xml":
                text = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + text
            new.writestr(part.filename, text)
        if size:
            new.writestr("xl/worksheets/sheet2.xml", b" " * size)
    return filled.getvalue()


@pytest.mark.parametrize(
    ("size", "doctype", "words"),
    [(301_000_000, False, "unpacked size"), (0, True, "document type")],
)
def test_a_workbook_that_unpacks_to_too_much_is_refused_before(
    engine, tmp_path, size, doctype, words
):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb(size, doctype=doctype))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match=words):
        load(engine, path)


def test_a_sheet_that_claims_a_million_columns_is_read_by_what_it_holds(engine, tmp_path):
    book = Workbook()
    book.active.append(["name", "technology", "capacity", "capacity_unit", "region", "status"])
    book.active.append(["Alpha", "wind", 5, "MW", "KZ-15", "operating"])
    book.active.cell(row=1_000_000, column=16_000, value=None)
    book.save(tmp_path / "wide.xlsx")
    assert load(engine, tmp_path / "wide.xlsx").added == 1


NO_CHARACTERS = ("Plant\ufffe", "Plant\uffff two", "Plant\x0b three", "Plant\ufdd0 four")


def test_text_that_xml_cannot_hold_goes_into_every_file(engine, tmp_path):
    path = tmp_path / "x.csv"
    head = "name,technology,capacity,capacity_unit,region,status\n"
    rows = [
        f"{name},wind,{n * 13},MW,KZ-{n}5,operating\n"
        for n, name in enumerate(NO_CHARACTERS, 1)
        if n in (1, 3)
    ]
    path.write_text(head + "".join(rows), encoding="utf-8")
    assert load(engine, path).added == len(rows)
    address = str(engine.url.database)
    for name in ("a.xlsx", "a.csv"):
        done = CliRunner().invoke(
            cli, ["registry", "export", str(tmp_path / name), "--registry", address]
        )
        assert done.exit_code == 0, done.output
    assert "\ufffd" in plants(engine)["name"].iloc[0]
    assert xlsx_bytes([{"n": name} for name in NO_CHARACTERS], ["n"])


@pytest.mark.parametrize("text", ["a;=1+1", "x\n@SUM(1)", "=cmd", "a;'=2", "b;-3", "plain; text"])
def test_formulas_behind_separators_stay_text_and_come_back(text):
    cell = guarded(text)
    cells = next(csv.reader(io.StringIO(cell.replace("\n", ";")), delimiter=";"))
    assert not any(part.startswith(("=", "+", "-", "@")) for part in cells)
    assert clean(cell) == text


def test_mappings_are_refused_by_key(tmp_path):
    vocabulary = load_vocabulary()
    path = tmp_path / "m.yaml"
    for text, words in (
        ("kind: facility\ndates: ymd\n", "dates"),
        ("kind: facility\nsource: {code: a, rank: 12}\n", "rank"),
        ("kind: facility\nsource: {code: a, reported_on: yesterday}\n", "reported_on"),
        ("decimal: ','\n", "kind"),
        ("kind: dam\n", "dam"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            read_mapping(path, vocabulary)
    with pytest.raises(InputError, match="did you mean"):
        read_profile("wrl", vocabulary)
