"""The atlas of water, biomass and waste: gaps stay gaps on the map, in tables and in files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from greenanalysis.atlas.table import atlas_table
from greenanalysis.atlas.themes import MapLayer
from greenanalysis.core.errors import InputError
from greenanalysis.geo.regions import load_regions
from greenanalysis.site.pages import atlas as atlas_views

REGIONS = load_regions()
SHOWN = MapLayer("waste generated", "reported", "Waste", "Reds", 0)


def rows(**changed: Any) -> list[dict[str, object]]:
    """One quantity: 100, 101, ... by region, none for the last."""
    made = []
    for number, code in enumerate(REGIONS.index):
        known = number < len(REGIONS) - 1
        made.append(
            {
                "region": code,
                "theme": "waste",
                "quantity": "waste generated",
                "level": "reported",
                "value": 100.0 + number if known else np.nan,
                "unit": "kt/year",
                "year": 2023,
                "status": "reported" if known else "no data",
                "source": "a statistic",
                "note": "",
                **changed,
            }
        )
    return made


def test_a_region_without_data_is_a_gap_on_the_map_and_says_so():
    layer = atlas_views.theme_layer(atlas_table(rows(), regions=REGIONS.index), SHOWN, REGIONS)
    assert layer.gaps
    assert layer.name == "Waste, 2023 (reported)"
    assert layer.values[0] == 100.0
    assert "no data" in layer.popups[-1].html()
    assert "100 kt/year (reported, 2023)" in layer.popups[0].html()


def test_a_table_sums_what_is_known_and_names_what_is_not():
    table = atlas_views.theme_table(
        atlas_table(rows(), regions=REGIONS.index), REGIONS, caption="Waste"
    )
    known = sum(100 + number for number in range(len(REGIONS) - 1))
    assert f"{known:,}" in table
    assert table.count("no data") == 1


def test_a_miss_is_named():
    compared = pd.DataFrame(
        {
            "theme": "waste",
            "quantity": ["a", "b", "c"],
            "got": [10.0, 20.0, np.nan],
            "expected": [10.5, 40.0, 7.0],
            "unit": "PJ",
            "tolerance": 0.1,
            "hit": [True, False, False],
            "source": "s",
            "remark": "",
        }
    )
    table = atlas_views.comparison_table(compared)
    assert table.count("missed") == table.count("not modelled") == 1
    assert "1 of 2" in atlas_views.comparison_finding(compared)
    assert atlas_views.comparison_finding(compared).endswith("missed: b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theme": ""}, "theme"),
        ({"level": "guessed"}, "level"),
        ({"status": "maybe"}, "status"),
        ({"region": "KZ-99"}, "region"),
        ({"value": -1.0}, "value"),
        ({"value": np.nan, "status": "reported"}, "no data"),
        ({"source": " "}, "source"),
        ({"unit": ""}, "unit"),
    ],
)
def test_an_atlas_table_refuses_what_cannot_be(change, message):
    with pytest.raises(InputError, match=message):
        atlas_table([*rows()[1:], {**rows()[0], **change}], regions=REGIONS.index)


def test_a_region_may_not_be_missing_or_named_twice():
    code = rows()[0]["region"]
    with pytest.raises(InputError, match=f"got lacks {code} in .*each region once"):
        atlas_table(rows()[1:], regions=REGIONS.index)
    with pytest.raises(InputError, match=f"got twice: {code} in .*each region once"):
        atlas_table([*rows(), rows()[0]], regions=REGIONS.index)


def test_a_column_of_another_name_is_named():
    table = pd.DataFrame(rows()).rename(columns={"region": "code"})
    with pytest.raises(InputError, match="got lacks region; unknown column: code in atlas"):
        atlas_table(table.to_dict("records"), regions=REGIONS.index)
