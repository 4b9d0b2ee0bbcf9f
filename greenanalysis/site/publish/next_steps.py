"""Where a reader of a page goes next: pages of the same region, neighbours, the country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from greenanalysis.site.page import Page

_KINDS = {
    "region": "Resource of the region",
    "programme": "What to build first",
    "joint": "Partners and lenders",
    "brief": "Project brief",
    "export": "Export",
    "atlas": "The whole country",
    "monitoring": "What exists today",
    "validation": "How far to trust it",
}
_MOST_NEIGHBOURS = 5
_TOUCH_DEGREES = 0.02
"""Borders of simplified outlines count as common up to this distance, about 2 km."""


@dataclass(frozen=True)
class Step:
    """A link to another page: what kind of page it is, its address and its title."""

    kind: str
    address: str
    title: str


def next_steps(page: Page, pages: Sequence[Page]) -> tuple[Step, ...]:
    """Return the pages that a reader of one page goes to next.

    Parameters
    ----------
    page : that is read.
    pages : of the site.

    Returns
    -------
    tuple : of a page about a region, or about a site in one: the region's other pages, then its
        neighbours; then the pages about the whole country.
    """
    steps = [
        Step(kind, f"{one.name}.html", one.title)
        for kind, one in _related(page, pages)
        if one.name != page.name
    ]
    if _kind(page) == "region":
        address = f"what-if.html?region={region_of(page)}"
        steps.insert(0, Step("What if", address, "Change price, cost and rate"))
    return tuple(steps)


def _related(page: Page, pages: Sequence[Page]) -> Iterator[tuple[str, Page]]:
    own, place = _kind(page), region_of(page)
    if place:
        here = [one for one in pages if region_of(one) == place]
        for kind in ("region", "brief", "programme"):
            yield from ((_KINDS[kind], one) for one in here if _kind(one) == kind)
    if own == "region":
        near = _neighbours().get(place, ())[:_MOST_NEIGHBOURS]
        yield from (
            ("Neighbour", one) for one in pages if _kind(one) == "region" and region_of(one) in near
        )
    if own == "export":
        yield from (("Export", one) for one in pages if _kind(one) == "export")
    if own == "programme":
        yield from ((_KINDS["joint"], one) for one in pages if _kind(one) == "joint")
    wanted = ["atlas"] + ([] if own == "export" else ["export"]) + ["monitoring", "validation"]
    for kind in wanted:
        first = next((one for one in pages if _kind(one) == kind), None)
        if first is not None:
            yield _KINDS[kind], first


def _kind(page: Page) -> str:
    return page.name.partition("-")[0]


def region_of(page: Page) -> str:
    """Return the code of the region that a page is about, empty where it is about none.

    A page with ``latitude`` and ``longitude`` is about the region that they lie in.
    """
    if "region" in page.parameters:
        return str(page.parameters["region"])
    if {"latitude", "longitude"} <= set(page.parameters):
        place = (float(page.parameters["latitude"]), float(page.parameters["longitude"]))
        return _region_at(*place)
    return ""


@cache
def _region_at(latitude: float, longitude: float) -> str:
    import shapely

    from greenanalysis.geo.regions import load_regions

    regions = load_regions()
    inside = regions.index[regions.contains(shapely.Point(longitude, latitude))]
    return str(inside[0]) if len(inside) else ""


@cache
def _neighbours() -> dict[str, tuple[str, ...]]:
    """Return the regions that touch each region."""
    from greenanalysis.geo.regions import load_regions

    shapes = load_regions().geometry
    return {
        str(code): tuple(
            str(other)
            for other in shapes.index[shapes.intersects(shape.buffer(_TOUCH_DEGREES))]
            if other != code
        )
        for code, shape in shapes.items()
    }
