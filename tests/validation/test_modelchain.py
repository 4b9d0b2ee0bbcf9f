"""The measured PV records against pvlib's ModelChain with the options of PVWatts."""

from __future__ import annotations

import pandas as pd
import pvlib
import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.validation.measured import Measured, errors, measured_plants, read_measured

CALM_M_S = 2.5
POINT = 0.01
"""Of the mean power: what the two chains may differ by in the error of an hour."""


@pytest.fixture(scope="module")
def plants() -> dict[str, Measured]:
    return {plant.name: plant for plant in measured_plants(load_assumptions())}


def chain_hours(name: str, rating_w: float) -> pd.Series:
    """Power of ModelChain.with_pvwatts, W, from the irradiance of a record by the Erbs model."""
    data = read_measured(name)
    middle = pd.DatetimeIndex(data["time"].to_numpy()) - pd.Timedelta("30min")
    times = middle.tz_localize("UTC")
    location = pvlib.location.Location(data.attrs["latitude"], data.attrs["longitude"])
    mount = pvlib.pvsystem.FixedMount(data.attrs["surface_tilt"], data.attrs["surface_azimuth"])
    parameters = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    array = pvlib.pvsystem.Array(
        mount,
        module_parameters={"pdc0": rating_w, "gamma_pdc": -0.004},
        temperature_model_parameters=parameters,
    )
    system = pvlib.pvsystem.PVSystem(arrays=[array], inverter_parameters={"pdc0": rating_w / 0.96})
    ghi = pd.Series(data["ghi"].to_numpy(), index=times)
    zenith = location.get_solarposition(times)["zenith"]
    split = pvlib.irradiance.erbs(ghi, zenith, times)
    weather = pd.DataFrame(
        {
            "ghi": ghi,
            "dni": split["dni"],
            "dhi": split["dhi"],
            "temp_air": data["temp_air"].to_numpy(),
            "wind_speed": CALM_M_S,
        }
    )
    chain = pvlib.modelchain.ModelChain.with_pvwatts(system, location)
    chain.run_model(weather)
    return pd.Series(chain.results.ac.to_numpy(), index=data["time"].to_numpy())


def test_a_summer_is_met_as_well_as_by_the_chain(plants: dict[str, Measured]) -> None:
    plant = plants["pv_serf_east"]
    rating = read_measured("pv_serf_east").attrs["dc_rating_w"]
    hours = plant.hours.assign(chain=chain_hours("pv_serf_east", rating)).dropna()
    ours = errors(hours[["measured", "modelled"]])
    theirs = errors(hours[["measured", "chain"]].rename(columns={"chain": "modelled"}))
    assert ours["rmse"] <= theirs["rmse"] + POINT
    assert abs(ours["bias"]) <= abs(theirs["bias"]) + 2 * POINT


def test_two_years_are_met_as_well_as_by_the_chain(plants: dict[str, Measured]) -> None:
    plant = plants["pv_system_50"]
    power = chain_hours("pv_system_50", 1000.0)
    measured = read_measured("pv_system_50")["ac_power"].to_series()
    both = pd.DataFrame({"measured": measured, "chain": power}).dropna()
    fitted = both[pd.DatetimeIndex(both.index).year == 2011]
    scale = fitted["measured"].sum() / fitted["chain"].sum()
    hours = plant.hours.assign(chain=power * scale).dropna()
    ours = errors(hours[["measured", "modelled"]])
    theirs = errors(hours[["measured", "chain"]].rename(columns={"chain": "modelled"}))
    assert ours["rmse"] <= theirs["rmse"] + POINT
    assert abs(ours["bias"]) <= abs(theirs["bias"]) + POINT
