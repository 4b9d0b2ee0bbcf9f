"""Compare every number of two builds of the site: results in build.json, tables, headings, tiles.

``python -m benchmarks.same_numbers OLD NEW`` prints what differs, page by page, and exits with 1
if anything does. Use it before and after a change that must not change a result.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from greenanalysis.site.publish.numbers import moved, stated_numbers


def numbers(site: Path) -> dict[str, dict[str, str]]:
    """Return the numbers of each page of a built site by label."""
    pages = json.loads((site / "build.json").read_text(encoding="utf-8"))["pages"]
    return {
        name: stated_numbers(
            (site / f"{name}.html").read_text(encoding="utf-8"), page.get("records", {})
        )
        for name, page in pages.items()
        if (site / f"{name}.html").exists()
    }


def main(old: str, new: str) -> int:
    """Print the differences between two sites; return 1 if there are any."""
    before, now = numbers(Path(old)), numbers(Path(new))
    changes = 0
    for name in sorted(before.keys() | now.keys()):
        if name not in before or name not in now:
            print(f"{name}: only in {new if name in now else old}")
            changes += 1
            continue
        rows = moved(before[name], now[name])
        changes += len(rows)
        for row in rows:
            print(f"{name}: {row.told()}")
    total = sum(map(len, before.values()))
    print(f"{total:,} numbers of {len(before)} pages compared, {changes} differ")
    return int(changes > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
