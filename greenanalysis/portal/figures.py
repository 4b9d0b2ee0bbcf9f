"""What the dashboard and the public interface say: plants, measures of enterprises, campaigns.

The same functions serve the page, JSON and CSV, so that a figure has one home. Examples and real
rows never meet: each figure is of one or of the other.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from greenanalysis.portal import cycle
from greenanalysis.portal.clock import today
from greenanalysis.portal.content import QUANTITIES
from greenanalysis.portal.models import Campaign, Obligation, Report, Target
from greenanalysis.registry import views
from greenanalysis.registry.models import Change, Enterprise, Measure, Observation

_FIRST_YEAR = 2005
_SHOWN = 300
_MOST_POINTS = 4000
"""Plants that a map can draw at once, the largest first; the table and the files hold all."""
_ON_DEMAND = ("coal", "gas", "oil", "nuclear")
"""Technologies that are shown only to who asks for them."""
PLANT_COLUMNS = (
    *("id", "name", "owner", "technology", "capacity_mw", "region", "latitude", "longitude"),
    *("status", "year", "source", "note"),
)
_MEASURE_COLUMNS = (
    *("id", "enterprise", "bin", "title", "kind", "technology", "region", "status", "started"),
    *("taxonomy", "recognised_by", "best_technique", *QUANTITIES),
)
GROUPS = ("region", "kind", "technology", "taxonomy")

T = TypeVar("T")


@dataclass(frozen=True)
class PlantFilter:
    """Which plants: by region, technology, status, text; commissioned by ``year``."""

    region: str = ""
    technology: str = ""
    status: str = ""
    text: str = ""
    year: int | None = None
    undated: bool = True
    fossil: bool = False
    synthetic: bool = False


@dataclass(frozen=True)
class MeasureFilter:
    """Which measures, and of which year their results."""

    region: str = ""
    kind: str = ""
    technology: str = ""
    year: int | None = None
    synthetic: bool = False


class Snapshots:
    """Tables of the registry as of its last change, read once and shared by all filters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Any, Any]] = {}

    def get(self, session: Session, name: str, read: Callable[[Session], T]) -> T:
        """Return a table, read anew when the registry has changed since."""
        # the engine is another one where the database was replaced
        version = session.get_bind(), int(session.scalar(select(func.max(Change.id))) or 0)
        with self._lock:
            known = self._kept.get(name)
            if known is None or known[0] != version:
                known = version, read(session)
                self._kept[name] = known
            return known[1]


def plants(session: Session, kept: Snapshots, wanted: PlantFilter) -> pd.DataFrame:
    """Return the plants that a filter leaves, columns :data:`PLANT_COLUMNS`, by number."""
    name = f"plants {wanted.synthetic}"
    table = kept.get(session, name, lambda s: _plants(s, synthetic=wanted.synthetic))
    if not wanted.fossil:
        table = table[~table["technology"].isin(_ON_DEMAND)]
    for column in ("region", "technology", "status"):
        value = getattr(wanted, column)
        if value:
            table = table[table[column] == value]
    if wanted.text:
        names = (table["name"] + "\n" + table["owner"].fillna("")).str.casefold()
        table = table[names.str.contains(wanted.text.casefold(), regex=False)]
    unknown = table["year"].isna()
    if wanted.year is not None:
        table = table[unknown | (table["year"] <= wanted.year)]
        unknown = table["year"].isna()
    return table if wanted.undated else table[~unknown]


def _plants(session: Session, *, synthetic: bool) -> pd.DataFrame:
    table = views.facilities(session, synthetic=synthetic).reset_index()
    if synthetic:
        table = table[table["synthetic"]]
    return table[list(PLANT_COLUMNS)]


def plant_summary(session: Session, kept: Snapshots, wanted: PlantFilter) -> dict[str, Any]:
    """Return the plants of a filter as a map, a chart by year and the first rows of a table."""
    table = plants(session, kept, wanted)
    whole = kept.get(
        session,
        f"plants {wanted.synthetic}",
        lambda s: _plants(s, synthetic=wanted.synthetic),
    )
    placed = table.dropna(subset=["latitude", "longitude"])
    largest = placed.nlargest(_MOST_POINTS, "capacity_mw", keep="first")
    names = ["id", "name", "owner", "technology", "capacity_mw", "status", "year"]
    return {
        "count": len(table),
        "capacity_mw": _round(table["capacity_mw"].sum()),
        "technologies": sorted(whole["technology"].unique()),
        "statuses": sorted(whole["status"].unique()),
        "points": records(largest[[*names, "latitude", "longitude"]]),
        "rows": records(table.head(_SHOWN)),
        "by_year": plants_by_year(session, kept, wanted),
    }


def plants_by_year(session: Session, kept: Snapshots, wanted: PlantFilter) -> dict[str, Any]:
    """Return MW at the end of each year by technology, and of plants without a known year."""
    values = {f.name: getattr(wanted, f.name) for f in fields(wanted)}
    table = plants(session, kept, PlantFilter(**{**values, "year": None}))
    known = table[table["year"].notna()]
    years = list(range(_FIRST_YEAR, today().year + 1))
    series = {}
    for name, group in known.groupby("technology"):
        series[str(name)] = [
            _round(group["capacity_mw"][group["year"] <= year].sum()) for year in years
        ]
    undated = table.loc[table["year"].isna(), "capacity_mw"].sum()
    return {"years": years, "series": series, "undated": _round(undated)}


def measures(session: Session, kept: Snapshots, wanted: MeasureFilter) -> pd.DataFrame:
    """Return the measures that a filter leaves; of a year, those with results in it."""
    table = kept.get(
        session,
        f"measures {wanted.synthetic}",
        lambda s: _measures(s, synthetic=wanted.synthetic),
    )
    for column in ("region", "kind", "technology"):
        value = getattr(wanted, column)
        if value:
            table = table[table[column] == value]
    if wanted.year is not None:
        amounts = results(session, kept, synthetic=wanted.synthetic)
        table = table[table["id"].isin(amounts.loc[amounts["year"] == wanted.year, "measure_id"])]
    return table


def _measures(session: Session, *, synthetic: bool) -> pd.DataFrame:
    query = (
        select(
            *(Measure.id, Enterprise.name.label("enterprise"), Enterprise.bin, Measure.title),
            *(Measure.kind, Measure.technology, Measure.region, Measure.status, Measure.started),
            *(Measure.taxonomy, Measure.recognition.label("recognised_by")),
            *(Measure.best_technique, Measure.enterprise_id),
        )
        .join(Enterprise, Measure.enterprise_id == Enterprise.id)
        .where(Measure.deleted_at.is_(None), Measure.synthetic.is_(synthetic))
        .order_by(Measure.id)
    )
    return _frame(session, query)


def results(session: Session, kept: Snapshots, *, synthetic: bool) -> pd.DataFrame:
    """Return measure_id, year, quantity, value: sums of the year, of capacity the largest."""
    return kept.get(session, f"results {synthetic}", lambda s: _results(s, synthetic=synthetic))


def _results(session: Session, *, synthetic: bool) -> pd.DataFrame:
    year = func.extract("year", Observation.period_end).label("year")
    parts = []
    for stock, total in ((True, func.max), (False, func.sum)):
        query = (
            select(Observation.measure_id, year, Observation.quantity, total(Observation.value))
            .where(
                Observation.deleted_at.is_(None),
                Observation.measure_id.is_not(None),
                Observation.synthetic.is_(synthetic),
                (Observation.quantity == "capacity") == stock,
            )
            .group_by(Observation.measure_id, year, Observation.quantity)
        )
        parts.append(session.execute(query).all())
    names = ["measure_id", "year", "quantity", "value"]
    table = pd.DataFrame([tuple(r) for part in parts for r in part], columns=names)
    return table.astype({"value": float, "year": int})


def measure_table(session: Session, kept: Snapshots, wanted: MeasureFilter) -> pd.DataFrame:
    """Return the measures of a filter with their results side by side, base units."""
    table = measures(session, kept, wanted)
    amounts = _amounts_of(session, kept, wanted, table)
    wide = amounts.pivot_table(
        index="measure_id", columns="quantity", values="value", aggfunc="sum"
    )
    joined = table.join(wide, on="id")
    return joined.reindex(columns=list(_MEASURE_COLUMNS))


def _amounts_of(
    session: Session, kept: Snapshots, wanted: MeasureFilter, table: pd.DataFrame
) -> pd.DataFrame:
    """Return the results of measures; without a year, capacity is the last year's."""
    amounts = results(session, kept, synthetic=wanted.synthetic)
    amounts = amounts[amounts["measure_id"].isin(table["id"])]
    if wanted.year is not None:
        return amounts[amounts["year"] == wanted.year]
    stock = amounts[amounts["quantity"] == "capacity"].sort_values("year")
    flows = amounts[amounts["quantity"] != "capacity"]
    return pd.concat([flows, stock.drop_duplicates("measure_id", keep="last")])


def _by_group(
    session: Session, kept: Snapshots, wanted: MeasureFilter, group: str
) -> list[dict[str, Any]]:
    """Return enterprises, measures and each quantity by region, kind, technology or category."""
    table = measures(session, kept, wanted)
    amounts = _amounts_of(session, kept, wanted, table)
    column = table[group].fillna("")
    counts = table.groupby(column).agg(
        enterprises=("enterprise_id", "nunique"), measures=("id", "size")
    )
    of_measure = dict(zip(table["id"], column, strict=True))
    sums = amounts.groupby([amounts["measure_id"].map(of_measure), "quantity"])["value"].sum()
    wide = sums.unstack() if len(sums) else pd.DataFrame(index=counts.index)
    joined = counts.join(wide).reindex(columns=["enterprises", "measures", *QUANTITIES])
    joined.index.name = group
    return records(joined.reset_index())


def _by_year(session: Session, kept: Snapshots, wanted: MeasureFilter) -> list[dict[str, Any]]:
    """Return enterprises with results and the sum of each quantity by year."""
    values = {f.name: getattr(wanted, f.name) for f in fields(wanted)}
    table = measures(session, kept, MeasureFilter(**{**values, "year": None}))
    amounts = results(session, kept, synthetic=wanted.synthetic)
    amounts = amounts[amounts["measure_id"].isin(table["id"])]
    owner = dict(zip(table["id"], table["enterprise_id"], strict=True))
    enterprises = amounts["measure_id"].map(owner).groupby(amounts["year"]).nunique()
    wide = amounts.pivot_table(index="year", columns="quantity", values="value", aggfunc="sum")
    joined = wide.reindex(columns=list(QUANTITIES))
    joined.insert(0, "enterprises", enterprises)
    return records(joined.reset_index())


def measure_summary(session: Session, kept: Snapshots, wanted: MeasureFilter) -> dict[str, Any]:
    """Return what the dashboard shows of the measures of enterprises."""
    table = measures(session, kept, wanted)
    amounts = _amounts_of(session, kept, wanted, table)
    sums = amounts.groupby("quantity")["value"].sum()
    return {
        "synthetic": wanted.synthetic,
        "has_synthetic": _has_synthetic(session),
        "enterprises": int(table["enterprise_id"].nunique()),
        "measures": len(table),
        "totals": {name: _round(sums[name]) for name in QUANTITIES if name in sums},
        "by_year": _by_year(session, kept, wanted),
        "by": {group: _by_group(session, kept, wanted, group) for group in GROUPS},
        "rows": records(measure_table(session, kept, wanted).head(_SHOWN)),
        "targets": _targets(session, synthetic=wanted.synthetic),
        "campaigns": _campaigns(session, synthetic=wanted.synthetic),
    }


def _has_synthetic(session: Session) -> bool:
    query = select(Measure.id).where(Measure.synthetic.is_(True), Measure.deleted_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def _targets(session: Session, *, synthetic: bool) -> list[dict[str, Any]]:
    """Return what is to be reached, by quantity and year, with the source that says so."""
    query = select(Target).where(Target.deleted_at.is_(None), Target.synthetic.is_(synthetic))
    return [
        {
            "quantity": t.quantity,
            "year": t.year,
            "value": t.value,
            "unit": t.unit,
            "source": t.source,
        }
        for t in session.scalars(query.order_by(Target.quantity, Target.year))
    ]


def _campaigns(session: Session, *, synthetic: bool) -> list[dict[str, Any]]:
    """Return for each campaign how many must report, have reported, are published."""
    query = select(Campaign).where(Campaign.deleted_at.is_(None), Campaign.synthetic.is_(synthetic))
    rows = []
    for campaign in session.scalars(query.order_by(Campaign.period_start)):
        progress = cycle.progress(session, campaign)
        reported = sum(progress.get(state, 0) for state in cycle.DONE[:-1])
        regions = _silent_by_region(session, campaign)
        rows.append(
            {
                "campaign": campaign.code,
                "closes": campaign.closes.isoformat(),
                "obliged": progress["obliged"],
                "reported": reported,
                "published": progress.get("published", 0),
                "silent": sum(regions.values()),
                "silent_by_region": regions,
            }
        )
    return rows


def _silent_by_region(session: Session, campaign: Campaign) -> dict[str, int]:
    """Return how many enterprises of each region must report and have not."""
    reported = select(Report.enterprise_id).where(
        Report.campaign_id == campaign.id,
        Report.state.in_(cycle.DONE),
        Report.deleted_at.is_(None),
    )
    query = (
        select(Enterprise.region, func.count())
        .join(Obligation, Obligation.enterprise_id == Enterprise.id)
        .where(
            Obligation.campaign_id == campaign.id,
            Obligation.deleted_at.is_(None),
            Enterprise.deleted_at.is_(None),
            Enterprise.id.not_in(reported),
        )
        .group_by(Enterprise.region)
    )
    return {region or "": int(count) for region, count in session.execute(query)}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON holds them: unknown as None, days as text, whole years as integers."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(k): _plain(str(k), v) for k, v in row.items()} for row in rows]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if name in ("year", "enterprises", "measures") and value is not None:
        return int(value)
    return _round(value) if isinstance(value, float) else value


def _round(value: Any) -> float:
    """Return a sum without the digits that only adding made."""
    return float(f"{float(value):.9g}")


def _frame(session: Session, query: Any) -> pd.DataFrame:
    rows = session.execute(query).all()
    return pd.DataFrame(rows, columns=[column.key for column in query.selected_columns])


def page_of(table: pd.DataFrame, after: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return the rows after a number and the number to go on after, None at the end."""
    rest = table[table["id"] > after]
    rows = records(rest.head(limit))
    return rows, int(rows[-1]["id"]) if len(rest) > limit else None


def csv_rows(
    session: Session, kept: Snapshots, wanted: MeasureFilter, name: str
) -> tuple[list[Mapping[str, Any]], Sequence[str]]:
    """Return rows and headings of a table of measures: ``by-year``, ``by-GROUP`` or ``list``."""
    if name == "list":
        rows = records(measure_table(session, kept, wanted))
        return list(rows), _MEASURE_COLUMNS
    if name == "by-year":
        return list(_by_year(session, kept, wanted)), ("year", "enterprises", *QUANTITIES)
    group = name.removeprefix("by-")
    headings = (group, "enterprises", "measures", *QUANTITIES)
    return list(_by_group(session, kept, wanted, group)), headings
