"""Run all benchmarks and print their tables: ``python -m benchmarks``."""

from __future__ import annotations

from benchmarks import resource


def main() -> None:
    for line in resource.report():
        print(line, flush=True)


if __name__ == "__main__":
    main()
