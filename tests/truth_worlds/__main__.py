"""All marts against the truth in all worlds, as one Markdown table: `python -m tests.truth_worlds`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.truth_worlds.comparison import compared
from tests.truth_worlds.figures import figures
from tests.truth_worlds.outcome import Outcome
from tests.truth_worlds.worlds import WORLDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, help="keep the warehouses here, and reuse those that are there")
    parser.add_argument("--world", action="append", help="only this one; may be repeated")
    options = parser.parse_args()
    print("| world | figure | n | published (interval) | truth | inside |")
    print("|---|---|---|---|---|---|", flush=True)
    missed = 0
    with tempfile.TemporaryDirectory() as temporary:
        for world in WORLDS:
            if options.world and world.name not in options.world:
                continue
            warehouse = world.warehouse(options.homes or Path(temporary))
            with compared(warehouse, world.config, world.now) as connection:
                for outcome in (found for figure in figures() for found in figure(connection)):
                    print(_row(world.name, outcome), flush=True)
                    missed += not (outcome.is_inside or outcome.is_described)
    return 1 if missed else 0


def _row(world: str, outcome: Outcome) -> str:
    interval = (
        ""
        if outcome.lower is None or outcome.upper is None
        else f" ({_text(outcome.lower)}–{_text(outcome.upper)})"
    )
    inside = "–" if outcome.is_described else "yes" if outcome.is_inside else "**no**"
    cells = (world, outcome.name, f"{outcome.n:,}", _text(outcome.published) + interval, _text(outcome.truth))
    return f"| {' | '.join((*cells, inside))} |"


def _text(value: float) -> str:
    return f"{value:.1%}" if 0 < abs(value) < 1 else f"{value:,.2f}".removesuffix(".00")


if __name__ == "__main__":
    sys.exit(main())
