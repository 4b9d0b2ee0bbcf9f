"""Turbines, modules and inverters from their makers' files: read right, or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.resource.pv.pvsyst_files import read_ond, read_pan
from greenanalysis.resource.wind.curve_file import read_turbine
from greenanalysis.resource.wind.farm import load_power_curve

LIBRARY = load_power_curve("E-126/4200")


def wtg(path: Path, *, watts: float = 1e6, densities: tuple[float, ...] = (1.06, 1.225)) -> Path:
    """Write the library's turbine as WAsP does; other densities hold half of the power."""
    tables = ""
    for density in densities:
        share = (
            LIBRARY.power * LIBRARY.nominal_power_mw * (watts if density == 1.225 else watts / 2)
        )
        points = "".join(
            f'<DataPoint WindSpeed="{v}" PowerOutput="{p}" ThrustCoEfficient="0.8"/>'
            for v, p in zip(LIBRARY.wind_speed, share, strict=True)
        )
        tables += (
            f'<PerformanceTable AirDensity="{density}"><StartStopStrategy LowSpeedCutIn="3" '
            f'HighSpeedCutOut="25"/><DataTable>{points}</DataTable></PerformanceTable>'
        )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><WindTurbineGenerator Description="Own turbine" '
        f'RotorDiameter="{LIBRARY.rotor_diameter_m}"><SuggestedHeights><Height>99</Height>'
        f"<Height>135</Height></SuggestedHeights>{tables}</WindTurbineGenerator>"
    )
    path.write_text(text, encoding="utf-8")
    return path


def pow_file(path: Path, factor: float = 1000.0) -> Path:
    rows = "\n".join(
        f"{v} {p * LIBRARY.nominal_power_mw * 1e6 / factor} 0.8"
        for v, p in zip(LIBRARY.wind_speed, LIBRARY.power, strict=True)
    )
    path.write_text(f"Own turbine\n99 {LIBRARY.rotor_diameter_m}\n1.0 {factor}\n{rows}\n")
    return path


@pytest.mark.parametrize("write", [wtg, pow_file])
def test_a_turbine_of_a_file_is_the_librarys(tmp_path: Path, write) -> None:
    turbine = read_turbine(write(tmp_path / "own.file"))
    np.testing.assert_allclose(turbine.curve.wind_speed, LIBRARY.wind_speed)
    np.testing.assert_allclose(turbine.curve.power, LIBRARY.power / LIBRARY.power.max(), atol=1e-9)
    assert turbine.curve.nominal_power_mw == pytest.approx(
        LIBRARY.nominal_power_mw * LIBRARY.power.max()
    )
    assert turbine.curve.rotor_diameter_m == LIBRARY.rotor_diameter_m
    assert turbine.heights[0] == 99
    assert turbine.curve.name == "Own turbine"


def test_a_curve_of_thin_air_is_carried_to_standard_density(tmp_path: Path) -> None:
    thin = read_turbine(wtg(tmp_path / "thin.wtg", densities=(1.0,)))
    assert thin.air_density == 1.0
    np.testing.assert_allclose(thin.curve.wind_speed, LIBRARY.wind_speed * (1.0 / 1.225) ** (1 / 3))


BAD = {
    "kilowatts for watts": (lambda p: wtg(p, watts=1e3), "greatest power coefficient: got 0.000"),
    "watts with a factor": (lambda p: pow_file(p, 1.0), None),
    "empty": (lambda p: p.write_text(""), "lines: got 0"),
    "words": (lambda p: p.write_text("a\nb c\nd\ne\nf\n"), "cannot be read"),
    "other xml": (lambda p: p.write_text("<kml></kml>"), "PerformanceTable"),
    "cut xml": (lambda p: p.write_text("<WindTurbineGenerator"), "cannot be read"),
    "a bomb": (lambda p: p.write_text('<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "entities"),
    "negative": (
        lambda p: p.write_text("n\n99 120\n1 1000\n3 -5\n4 50\n5 90\n12 3000\n"),
        "power: got other values",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_turbine_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.wtg"
    make, message = BAD[name]
    make(path)
    if message is None:
        assert read_turbine(path).curve.nominal_power_mw > 1, "the third line says the unit"
        return
    with pytest.raises(InputError, match=message):
        read_turbine(path)
    with pytest.raises(InputError, match="turbine file: got nothing"):
        read_turbine(tmp_path / "absent.pow")


PAN = """PVObject_=pvModule
  Version=7.2.3

  PVObject_Commercial=pvCommercial
    Manufacturer=Maker
    Model=M-720
    Width=1.303
  End of PVObject pvCommercial

  Technol=mtSiMono
  PNom=720.0
  BifacialityFactor=0.800
  muPmpReq=-0.290
End of PVObject pvModule
"""
OND = """PVObject_=pvGInverter
  Version=6.81

  PVObject_Commercial=pvCommercial
    Manufacturer=Maker
    Model=I-250
  End of PVObject pvCommercial
  Transfo=Without

  Converter=TConverter
    PNomConv=250.000
    EfficMax=99.01
    EfficEuro=98.49

    ProfilPIO=TCubicProfile
      NPtsMax=11
      Point_1=1250,0
      Point_2=12500,12250
      Point_3=252500,247450
      End of TCubicProfile
  End of TConverter
End of PVObject pvGInverter
"""


def test_a_module_and_an_inverter_of_pvsyst(tmp_path: Path) -> None:
    (tmp_path / "m.PAN").write_text(PAN)
    module = read_pan(tmp_path / "m.PAN")
    assert module.name == "Maker M-720"
    assert (module.power_w, module.gamma_pdc, module.bifaciality) == (720.0, -0.0029, 0.8)
    (tmp_path / "i.OND").write_text("\ufeff" + OND, encoding="utf-8")
    inverter = read_ond(tmp_path / "i.OND")
    assert (inverter.power_kw, inverter.efficiency) == (250.0, pytest.approx(0.9849))
    (tmp_path / "p.OND").write_text(OND.replace("98.49", "0.00"))
    profile = read_ond(tmp_path / "p.OND")
    assert profile.efficiency_kind == "of the profile"
    assert profile.efficiency == pytest.approx(0.98, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "read", "message"),
    [
        (PAN.replace("-0.290", "-29"), read_pan, "mupmpreq: got -29.*allowed: -1 to 0 %/K"),
        (PAN.replace("  muPmpReq=-0.290\n", ""), read_pan, "mupmpreq: got nothing"),
        (OND, read_pan, "no line PVObject_=pvModule"),
        (PAN, read_ond, "no line PVObject_=pvGInverter"),
        (OND.replace("PNomConv=250.000", "PNomConv=n/a"), read_ond, "pnomconv: got n/a"),
        (OND.replace("98.49", "4"), read_ond, "efficiency: got 4"),
    ],
)
def test_a_bad_pvsyst_file_is_one_clear_error(tmp_path: Path, text, read, message) -> None:
    path = tmp_path / "x.file"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read(path)
