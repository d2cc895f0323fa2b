"""What steps and experiments change, over many worlds, against their truth:

`python -m tests.truth_worlds.steps` prints it as a Markdown table.
"""

import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import click
import pyarrow.parquet as pq

from tests.dbt.harness import PROJECT
from tests.truth_worlds.pooled import Row, experiments, findings, steps
from tests.truth_worlds.step_worlds import TABLES, Estimates, StepWorld, worlds

SUFFIXES: Final = (".sql", ".yml", ".csv", ".py")


@click.command()
@click.option("--worlds", "count", default=8, help="Worlds without an unmeasured confounder; one has it.")
@click.option("--persons", default=20_000, help="Persons in each world.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep the rows of each world here, and reuse them."
)
def main(count: int, persons: int, keep: Path | None) -> None:
    """Print coverage, false discoveries and power as a Markdown table."""
    with tempfile.TemporaryDirectory() as temporary:
        found = recovered(worlds(count, persons), keep or Path(temporary) / "rows", Path(temporary))
    click.echo(f"| {count} worlds of {persons:,} persons | recovered |\n|---|---|")
    for name, value in (
        *steps(found["steps"]),
        *experiments(found["experiments"]),
        *findings(found["findings"]),
    ):
        click.echo(f"| {name} | {value} |")


def recovered(chosen: list[StepWorld], rows: Path, home: Path) -> dict[str, list[Row]]:
    """The rows of all worlds by table; each world's are written to files at once."""
    rows.mkdir(parents=True, exist_ok=True)
    missing = [world for world in chosen if not all((rows / _file(world, name)).exists() for name in TABLES)]
    estimates = Estimates.at(home / "project") if missing else None
    for world in missing:
        assert estimates
        for name, table in estimates.of(world).items():
            pq.write_table(table, rows / _file(world, name))
    return {
        name: [row for world in chosen for row in pq.read_table(rows / _file(world, name)).to_pylist()]
        for name in TABLES
    }


def _file(world: StepWorld, name: str) -> str:
    # The last world is the confounded one: which seed that is depends on how many there are.
    kind = "confounded" if world.is_confounded else "plain"
    return f"{world.config.seed}_{world.config.persons}_{kind}_{name}_{_code()}.parquet"


@cache
def _code() -> str:
    """What the rows follow from: with another model, seed, statistic or simulator they are others."""
    folders = [PROJECT / name for name in ("models", "macros", "seeds")]
    folders += [PROJECT.parent / "dagster_project" / name for name in ("statistics", "simulator")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


if __name__ == "__main__":
    main()
