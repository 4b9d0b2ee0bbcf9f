"""The page on which sliders solve cost and cash flow again, without a network, and compare regions.

The browser solves the same equations as :func:`~greenanalysis.finance.plain.solve_plain`; the page
brings the results of its base cases along and solves them again when it opens.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenanalysis.assessment.assess import cost_terms
from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.files import write_text
from greenanalysis.finance.plain import PlainPlant, solve_plain
from greenanalysis.site.publish.html import POLICY, styles, template
from greenanalysis.site.publish.landing_map import number_of
from greenanalysis.site.publish.search import search_json

if TYPE_CHECKING:
    from greenanalysis.site.published import Site

PAGE = "what-if.html"


@dataclass(frozen=True)
class Slider:
    """A term that the reader changes; the ends are factors on its base value, or plain values."""

    term: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    decimals: int
    scale: float = 1.0
    """Factor from the term to what is shown, 100 for per cent."""


SLIDERS = (
    Slider("price_usd_per_mwh", "Price of electricity", "USD/MWh", 0, 150, 0.5, 1),
    Slider("capex_usd_per_kw", "Investment", "USD/kW", 200, 3000, 5, 0),
    Slider("wacc", "Cost of capital, real", "% a year", 0.5, 20, 0.1, 1, 100),
    Slider("capacity_factor", "Capacity factor", "%", 5, 65, 0.1, 1, 100),
    Slider("fom_usd_per_kw_year", "Fixed operation", "USD/kW a year", 0, 100, 0.5, 1),
    Slider("lifetime_years", "Lifetime", "years", 5, 50, 1, 0),
    Slider("degradation_per_year", "Loss of yield", "% a year", 0, 3, 0.05, 2, 100),
)
"""How far terms can be moved: what a reader may want to try, not a forecast."""


def base_plants(
    records: Mapping[str, Mapping[str, Mapping[str, Any]]], assumptions: Assumptions
) -> dict[str, dict[str, PlainPlant]]:
    """Return the base case of each region and technology, by region and technology.

    Parameters
    ----------
    records : results of the region pages, by code of the region and key.
    assumptions : tables of costs.

    Notes
    -----
    The price is the levelised cost, so that a base case earns the cost of capital exactly.
    """
    plants: dict[str, dict[str, PlainPlant]] = {}
    for code, known in records.items():
        for technology in POTENTIAL:
            factor = number_of(known.get(f"cf_{technology}", {}).get("value"))
            if math.isfinite(factor):
                terms = cost_terms(technology, assumptions)
                years = int(terms.pop("lifetime_years"))
                plant = PlainPlant(
                    capacity_factor=factor,
                    lifetime_years=years,
                    degradation_per_year=0.0,
                    price_usd_per_mwh=0.0,
                    **terms,
                )
                price = solve_plain(plant).lcoe_usd_per_mwh
                fair = PlainPlant(**{**asdict(plant), "price_usd_per_mwh": price})
                plants.setdefault(code, {})[technology] = fair
    return plants


def render_what_if(
    regions: Sequence[tuple[str, str, Mapping[str, Mapping[str, Any]]]], assumptions: Assumptions
) -> str:
    """Return the page.

    Parameters
    ----------
    regions : code, title and records of each region page.
    assumptions : tables of costs.
    """
    plants = base_plants({code: records for code, _, records in regions}, assumptions)
    data = {
        code: {
            "title": title,
            "page": f"region-{code.lower()}.html",
            "facts": {
                key: number_of(records[key]["value"])
                for key in _FACTS
                if key in records and math.isfinite(number_of(records[key]["value"]))
            },
            "plants": {
                technology: {"terms": asdict(plant), "results": plain_results(plant)}
                for technology, plant in plants[code].items()
            },
        }
        for code, title, records in regions
        if code in plants
    }
    text: str = template("what-if.html.j2").render(
        regions=[(code, region["title"]) for code, region in data.items()],
        technologies=list(POTENTIAL),
        sliders=SLIDERS,
        data=search_json(data),
        policy=POLICY,
        css=styles("site.css", "blocks.css", "index.css", "what-if.css"),
    )
    return text


_FACTS = tuple(f"{kind}_{name}" for name in POTENTIAL for kind in ("rank", "cost", "cf")) + tuple(
    f"{name}_potential" for name in POTENTIAL
)
"""Results of region pages that the comparison shows."""


def plain_results(plant: PlainPlant) -> dict[str, Any]:
    """Return the results of a plant as JSON holds them: None where there is none."""
    solved = asdict(solve_plain(plant))
    solved["flow_usd_per_kw"] = solved["flow_usd_per_kw"].tolist()
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in solved.items()
    }


def what_if_step(site: Site) -> Iterable[Path]:
    """Write the page where region pages have recorded their capacity factors."""
    regions = [
        (str(page.parameters["region"]), page.title, entry.get("records", {}))
        for page in site.pages
        if page.name.startswith("region-") and "region" in page.parameters
        for entry in [site.state["pages"].get(page.name, {})]
    ]
    if any("cf_solar" in records or "cf_wind" in records for _, _, records in regions):
        write_text(site.out / PAGE, render_what_if(regions, load_assumptions()))
        yield site.out / PAGE
