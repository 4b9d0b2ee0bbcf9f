"""Scenarios that differ in prices, each alone and on one model, in turn: ``-m benchmarks.sweep``.

CPU seconds of a row of ``greenanalysis sweep``: network, model, HiGHS, summary. The objectives of
both ways must be equal.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from statistics import median

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.supergrid.export import export_inputs
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import summarise
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.reprice import Repricer
from greenanalysis.supergrid.solve.sweep import SMALL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5)
    rows = parser.parse_args().rows
    tables = {"facts": load_facts(), "assumptions": load_assumptions()}
    inputs = {**export_inputs("base")[2], **tables}
    together, seconds = Repricer(), {"alone": [], "on one model": []}
    for row in range(rows + 1):
        change = {"wacc": 0.05 + 0.005 * row, "markets.price_factor": 1 + 0.05 * row}
        scenario = load_scenario("base", {**SMALL, **change})
        objectives = []
        for name, repricer in (("alone", Repricer()), ("on one model", together)):
            began = time.process_time()
            network = build_network(scenario, **inputs)
            network, solution = repricer.solve(network, **asdict(scenario.solver), threads=1)
            summarise(network, scenario)
            seconds[name].append(time.process_time() - began)
            objectives.append(solution.objective_usd)
        assert objectives[0] == objectives[1], objectives
        print({name: round(values[-1], 2) for name, values in seconds.items()}, flush=True)
    for name, values in seconds.items():  # the first row imports libraries and builds both models
        print(f"{name}: {median(values[1:]):.2f} CPU s a row")


if __name__ == "__main__":
    main()
