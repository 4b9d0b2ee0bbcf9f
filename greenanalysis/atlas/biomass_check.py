"""The country's biomass against the published potential: hits and misses, with the reason."""

from __future__ import annotations

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.biomass import GRAIN, manure_energy_pj
from greenanalysis.atlas.biomass_facts import COUNTRY, harvest, herd, read_crops, read_livestock
from greenanalysis.atlas.feedstock import manure, residues

REFERENCE = (
    "https://www.mdpi.com/1996-1073/15/17/6482 (A. Askarova et al., Energies 15 (2022) 6482)"
)
REFERENCE_PJ = 466.74
REFERENCE_ANIMAL_SHARE = 0.6102
REFERENCE_CROP_SHARE = 0.3834
TOLERANCE = 0.25


def national_comparison(
    assumptions: Assumptions,
    *,
    livestock: pd.DataFrame | None = None,
    crops: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compare the theoretical level of the whole country with the published potential.

    Returns
    -------
    DataFrame : columns quantity, got, expected, unit, tolerance (relative), hit, source, remark.
        The country is summed from its own totals, not from the regions.
    """
    heads = herd(read_livestock() if livestock is None else livestock, COUNTRY)
    fields = harvest(read_crops() if crops is None else crops, COUNTRY)
    solids = manure(heads, assumptions, level="theoretical").volatile_solids_t
    dry = solids / assumptions.get("manure", "volatile_share", unit="1")
    animal = dry * assumptions.get("manure", "heating_value", unit="MJ/kg") / 1e6
    crop = residues(fields, assumptions, level="theoretical")[1] / 1e6
    technical = residues(fields, assumptions, level="technical")[1] / 1e6
    burnt = (
        "manure counted as dry fuel to burn, as the reference on co-firing does; as biogas it is "
    )
    burnt += f"{manure_energy_pj(heads, assumptions, level='theoretical'):.0f} PJ"
    grain = sum(fields.get(name, 0.0) for name in GRAIN) / 1e6
    straw = (
        f"all straw above ground of the record harvest of 2025 ({grain:.1f} million t of grain) "
        "and of oilseeds and cotton, ratios of the IPCC; the reference counts 37.26 million t of "
        "crop, animal and municipal residue together, about as much as this straw alone; what "
        f"soil, fodder and bedding leave is {technical:.0f} PJ"
    )
    expected_animal = REFERENCE_PJ * REFERENCE_ANIMAL_SHARE
    expected_crop = REFERENCE_PJ * REFERENCE_CROP_SHARE
    lines = [
        ("animal residue", animal, expected_animal, "PJ/year", burnt),
        ("crop residue", crop, expected_crop, "PJ/year", straw),
        ("residual biomass", animal + crop, REFERENCE_PJ, "PJ/year", "without municipal waste"),
        ("animal share", animal / (animal + crop), REFERENCE_ANIMAL_SHARE, "1", "as above"),
        ("crop share", crop / (animal + crop), REFERENCE_CROP_SHARE, "1", "as above"),
    ]
    return pd.DataFrame([_line(*line) for line in lines])


def _line(
    quantity: str, got: float, expected: float, unit: str, remark: str
) -> dict[str, str | float | bool]:
    return {
        "quantity": quantity,
        "got": got,
        "expected": expected,
        "unit": unit,
        "tolerance": TOLERANCE,
        "hit": bool(abs(got / expected - 1) <= TOLERANCE),
        "source": REFERENCE,
        "remark": remark,
    }
