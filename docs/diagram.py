"""Draws the rooms of the package and what they import, for the page on the architecture.

``python docs/diagram.py`` rewrites the block in ``docs/architecture.md``; with ``--check`` it only
says (exit code 1) whether the block is out of date. The order of the rooms is the contract that
``lint-imports`` enforces, the arrows are the imports that the code really has.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "greenanalysis"
START, END = "<!-- rooms: made by docs/diagram.py -->\n", "<!-- end of rooms -->\n"


def rooms() -> list[str]:
    """Return the rooms from top to bottom, as the contract in pyproject.toml orders them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    return list(layers["layers"])


def imports_of(room: str, others: list[str], graph: grimp.ImportGraph) -> list[str]:
    """Return the rooms below that a room imports directly, type-only imports included."""
    here = f"{PACKAGE}.{room}"
    return [
        other
        for other in others
        if graph.find_modules_directly_imported_by(here)
        & {f"{PACKAGE}.{other}", *graph.find_descendants(f"{PACKAGE}.{other}")}
        or any(
            graph.find_modules_directly_imported_by(module)
            & {f"{PACKAGE}.{other}", *graph.find_descendants(f"{PACKAGE}.{other}")}
            for module in graph.find_descendants(here)
        )
    ]


def block() -> str:
    """Return the diagram as a fenced text block."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=False, cache_dir=None)
    order = rooms()
    width = max(map(len, order))
    lines = []
    for place, room in enumerate(order):
        text = (ROOT / PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
        purpose = text.split('"""')[1].strip().splitlines()[0]
        below = imports_of(room, order[place + 1 :], graph)
        lines.append(f"{room:<{width}}  {purpose}")
        lines.append(f"{'':<{width}}    -> {', '.join(below) if below else '(nothing)'}")
    return START + "```text\n" + "\n".join(lines) + "\n```\n" + END


def main() -> int:
    """Write the block, or check it."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    renewed = before + block() + rest.split(END)[1]
    if "--check" in sys.argv:
        return int(renewed != text)
    PAGE.write_text(renewed, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
