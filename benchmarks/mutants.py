"""Plant small faults in the physics and finance cores and see whether the tests notice.

    python -m benchmarks.mutants mutants.jsonl --sample 90 --seed 1

A mutant is a module with one operator, comparison, sign or number changed. It is never written to
disk: a forked process takes the changed source in the place of the module and runs the tests that
are named for it, and nothing else. What a run found is appended to the file, so the same command
after a kill goes on with what is left; ``--again`` runs the survivors once more, after a test was
added. ``test_planted_faults`` holds the tests that were written because a fault had survived.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {
    "resource.solar_position": ["test_solar_position"],
    "resource.losses": ["test_uncertainty"],
    "resource.wake": ["test_engine_models"],
    "resource.engine.pv_kernels": ["test_pv", "test_engine_models"],
    "resource.engine.module_kernels": ["test_engine_models"],
    "resource.engine.decomposition": ["test_engine_models"],
    "resource.engine.wind_kernels": ["test_wind", "test_engine_models"],
    "resource.hydro": ["test_hydro"],
    "resource.hydro_turbines": ["test_hydro"],
    "resource.biomass": ["test_biomass"],
    "resource.waste": ["test_waste"],
    "resource.landfill": ["test_waste"],
    "resource.biogas": ["test_biogas"],
    "resource.desalination": ["test_clean_water", "test_heat_water"],
    "resource.irrigation": ["test_clean_water"],
    "resource.pumping": ["test_clean_water"],
    "resource.heat": ["test_heat"],
    "uncertainty": ["test_uncertainty"],
    "finance.cost": ["test_finance"],
    "finance.metrics": ["test_finance_metrics"],
    "finance.debt": ["test_finance_metrics", "test_finance_project"],
    "finance.tax": ["test_finance_metrics", "test_finance_project"],
    "finance.cashflow": ["test_finance_project"],
    "finance.contract": ["test_finance_metrics", "test_finance_project"],
    "finance.operation": ["test_finance_project"],
}
"""Module of the package -> the test files that are to notice a fault in it."""
ALWAYS = ("test_planted_faults",)
PRELOADED = ("numpy", "pandas", "xarray", "scipy.optimize", "pvlib", "hypothesis", "pytest")
SECONDS = 240
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One planted fault: where it is, what it changes, and the source with it."""

    module: str
    line: int
    change: str
    source: str

    @property
    def key(self) -> str:
        """Return a name that changes with the module."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Return every fault that the rules can plant in a module."""
    found = []
    tree = ast.parse(source)
    for number, _ in enumerate(_places(tree)):
        changed = copy.deepcopy(tree)
        node = list(_places(changed))[number]
        before, line = ast.unparse(node), node.lineno
        for change in _apply(node):
            after = ast.unparse(node)
            found.append(Mutant(module, line, f"{before} -> {after}", ast.unparse(changed)))
            change()
    return found


def _places(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield expressions that compute; not docstrings, types, or what an error says."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Raise | ast.JoinedStr):
                continue
            number = isinstance(child, ast.Constant) and isinstance(child.value, bool | int | float)
            if number or isinstance(child, ast.BinOp | ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield child  # type: ignore[misc]
            yield from _places(child)


def _apply(node: ast.expr) -> Iterator:
    """Change a node in each way there is; call what is yielded to put it back."""
    if isinstance(node, ast.Constant):
        old = node.value
        if isinstance(old, bool):
            node.value = not old
        else:
            node.value = old + 1 if isinstance(old, int) or old == 0 else old * 1.1
        yield lambda: setattr(node, "value", old)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
        yield lambda: setattr(node, "op", ast.USub())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        kept = node.operand
        node.operand = ast.UnaryOp(op=ast.Not(), operand=kept)
        yield lambda: setattr(node, "operand", kept)
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        was = node.op
        node.op = SWAPS[type(was)]()  # type: ignore[assignment]
        yield lambda: setattr(node, "op", was)
    elif isinstance(node, ast.Compare):
        ops = list(node.ops)
        node.ops = [SWAPS[type(op)]() for op in ops]  # type: ignore[misc]
        yield lambda: setattr(node, "ops", ops)


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the changed module before the real one."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.mutant = f"greenanalysis.{mutant.module}", mutant

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname != self.name:
            return None
        origin = str(_path(self.mutant.module))
        return importlib.util.spec_from_loader(fullname, self, origin=origin)

    def get_source(self, fullname: str) -> str:
        return self.mutant.source


def _path(module: str) -> Path:
    return ROOT / "greenanalysis" / f"{module.replace('.', '/')}.py"


def run_tests(mutant: Mutant | None, tests: Sequence[str], *, seconds: float) -> str:
    """Return killed, survived or timeout (counted as killed), from a process of its own."""
    child = os.fork()
    if child == 0:
        _child(mutant, tests)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _child(mutant: Mutant | None, tests: Sequence[str]) -> None:
    """Run the tests and leave at once; never returns."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        sys.dont_write_bytecode = True
        os.environ["NUMBA_DISABLE_JIT"] = "1"
        if mutant is not None:
            sys.meta_path.insert(0, _Planted(mutant))
        import pytest

        files = [str(ROOT / "tests" / f"{name}.py") for name in [*ALWAYS, *tests]]
        files = [name for name in files if Path(name).exists()]
        chosen = ["-m", "not reference and not browser", "-k", "not mutant_tool"]
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *chosen, *files]))
    finally:
        os._exit(code)


def choose(sample: int, seed: int, modules: Sequence[str]) -> list[Mutant]:
    """Return a sample with about the same number from each module, at least one."""
    picked: list[Mutant] = []
    for number, module in enumerate(modules):
        every = mutants_of(module, _path(module).read_text(encoding="utf-8"))
        random.Random(f"{seed}-{module}").shuffle(every)
        share = sample // len(modules) + (number < sample % len(modules))
        picked += every[: max(1, share)]
    return picked


def report(results: Sequence[dict]) -> Iterator[str]:
    """Yield the survival rate of each module and every survivor."""
    for module in [*dict.fromkeys(row["module"] for row in results), ""]:
        rows = [row for row in results if module in ("", row["module"])]
        alive = sum(row["result"] == "survived" for row in rows)
        rate = 100 * alive / len(rows)
        yield f"{module or 'all':28}{len(rows):5} planted {alive:4} survived {rate:6.1f} %"
    for row in results:
        if row["result"] == "survived":
            yield f"  {row['module']}:{row['line']}  {row['change']}"


def main() -> None:
    """Run the sample, or what is left of it, and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="results, one JSON object a line")
    parser.add_argument("--sample", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", action="append", choices=sorted(TARGETS))
    parser.add_argument("--again", action="store_true", help="run the survivors once more")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one mutant")
    asked = parser.parse_args()
    known = {}
    if asked.out.exists():
        lines = asked.out.read_text().splitlines()
        known = {row["key"]: row for row in map(json.loads, lines)}
    for name in PRELOADED:
        importlib.import_module(name)
    modules = asked.module or list(TARGETS)
    sound: dict[str, str] = {}
    results = []
    for mutant in choose(asked.sample, asked.seed, modules):
        row = known.get(mutant.key)
        if row is None or (asked.again and row["result"] == "survived"):
            tests = TARGETS[mutant.module]
            if mutant.module not in sound:
                sound[mutant.module] = run_tests(None, tests, seconds=asked.seconds)
            if sound[mutant.module] != "survived":
                raise SystemExit(f"the tests of {mutant.module} fail without any fault")
            result = run_tests(mutant, tests, seconds=asked.seconds)
            row = {"key": mutant.key, "module": mutant.module, "line": mutant.line}
            row |= {"change": mutant.change, "result": result}
            with asked.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
        results.append(row)
    for line in report(results):
        print(line, flush=True)


if __name__ == "__main__":
    main()
