"""Seeded cases of the page with sliders, solved by the browser and by Python."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from greenanalysis.finance.plain import PlainPlant
from greenanalysis.site.publish.what_if import PAGE as PAGE
from greenanalysis.site.publish.what_if import SLIDERS, plain_results

SEED = 20261130
TOLERANCE = 1e-6
_SOLVE = "terms => terms.map(one => window.gaPlain.solve(one))"
_UPDATE = """times => {
  const slider = document.querySelector('input[data-term="price_usd_per_mwh"]');
  const took = [];
  for (let i = 0; i < times; i++) {
    slider.value = 20 + i;
    const began = performance.now();
    slider.dispatchEvent(new Event('input'));
    document.body.getBoundingClientRect();
    took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b)[Math.floor(times / 2)];
}"""


def seeded_plants(cases: int) -> list[PlainPlant]:
    """Return plants whose terms lie anywhere between the ends of the sliders."""
    draws = np.random.default_rng(SEED).random((cases, len(SLIDERS)))
    plants = []
    for row in draws:
        terms: dict[str, Any] = {
            one.term: float(one.low + draw * (one.high - one.low)) / one.scale
            for one, draw in zip(SLIDERS, row, strict=True)
        }
        terms["lifetime_years"] = round(terms["lifetime_years"])
        plants.append(PlainPlant(vom_usd_per_mwh=float(2 * row[0]), **terms))
    return plants


def disagreements(page: Any, *, cases: int) -> list[str]:
    """Return where the browser's results differ from Python's by more than :data:`TOLERANCE`."""
    plants = seeded_plants(cases)
    solved = page.evaluate(_SOLVE, [asdict(plant) for plant in plants])
    wrong = []
    for number, (plant, got) in enumerate(zip(plants, solved, strict=True)):
        for key, value in plain_results(plant).items():
            if not _same(got[key], value):
                wrong.append(f"case {number}, {key}: {got[key]} in the browser, {value} in Python")
    return wrong


def _same(got: Any, value: Any) -> bool:
    if isinstance(value, list):
        return len(got) == len(value) and all(map(_same, got, value))
    if value is None:
        return got is None or not math.isfinite(got)
    return got is not None and abs(got - value) <= TOLERANCE * max(1, abs(value))


def update_ms(page: Any, *, times: int = 15, slower: int = 1) -> float:
    """Return the median time from a move of a slider to the new layout, ms.

    Parameters
    ----------
    page : of Playwright, Chromium.
    times : moves.
    slower : by how much the processor is throttled.
    """
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    try:
        return float(page.evaluate(_UPDATE, times))
    finally:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
