"""All marts against the truth in all worlds, as one Markdown table: `python -m tests.truth_worlds`."""

import sys
import tempfile
from pathlib import Path

import click

from tests.truth_worlds.comparison import compared
from tests.truth_worlds.figures import figures
from tests.truth_worlds.outcome import Outcome
from tests.truth_worlds.worlds import WORLDS


@click.command()
@click.option(
    "--homes", type=click.Path(path_type=Path), help="Keep the warehouses here, and reuse those there."
)
@click.option("--world", "names", multiple=True, help="Only this one; may be repeated.")
def main(homes: Path | None, names: tuple[str, ...]) -> None:
    """Hold all marts against the truth of all worlds."""
    click.echo("| world | figure | n | published (interval) | truth | inside |\n|---|---|---|---|---|---|")
    missed = 0
    with tempfile.TemporaryDirectory() as temporary:
        for world in (world for world in WORLDS if not names or world.name in names):
            with compared(world.warehouse(homes or Path(temporary)), world.config, world.now) as connection:
                for outcome in (found for figure in figures() for found in figure(connection)):
                    click.echo(_row(world.name, outcome))
                    missed += not outcome.is_inside
    sys.exit(1 if missed else 0)


def _row(world: str, outcome: Outcome) -> str:
    text = _days if ": days" in outcome.name else _text
    interval = (
        ""
        if outcome.lower is None or outcome.upper is None
        else f" ({text(outcome.lower)}–{text(outcome.upper)})"
    )
    inside = "yes" if outcome.is_inside else "**no**"
    cells = (world, outcome.name, f"{outcome.n:,}", text(outcome.published) + interval, text(outcome.truth))
    return f"| {' | '.join((*cells, inside))} |"


def _days(value: float) -> str:
    return f"{value:,.2f}"


def _text(value: float) -> str:
    return f"{value:.1%}" if 0 < abs(value) < 1 else f"{value:,.2f}".removesuffix(".00")


if __name__ == "__main__":
    main()
