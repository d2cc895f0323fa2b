"""Audiences against who truly is in them, and expected gains against realised ones, over many worlds:

`python -m tests.truth_worlds.actions` prints both as Markdown tables.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from tests.dbt.compiled_project import CompiledProject
from tests.truth_worlds.action_estimates import ActionEstimates, Row
from tests.truth_worlds.action_worlds import EFFECTS, ActionWorld, action_world
from tests.truth_worlds.pooled import by_world, share

TABLES = ("gains", "members")


@click.command()
@click.option("--worlds", "count", default=20, help="Worlds whose audiences are written to.")
@click.option("--persons", default=6_000, help="Persons in each world.")
@click.option("--members", "of_members", default=6, help="Worlds whose audiences are held against the truth.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep the rows of each world here, and reuse them."
)
def main(count: int, persons: int, of_members: int, keep: Path | None) -> None:
    """Print precision and recall by action, and what holdouts and bounds had promised."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        estimates = ActionEstimates(CompiledProject(home / "project"), home)
        worlds = [action_world(number, persons, estimates.rules) for number in range(count)]
        rows = _kept(keep or home / "rows", "gains", worlds, estimates.of)
        members = _kept(keep or home / "rows", "members", worlds[:of_members], estimates.members)
    click.echo(f"| {count} worlds of {persons:,} persons | found |\n|---|---|")
    for name, value in gains(rows):
        click.echo(f"| {name} | {value} |")
    click.echo(f"\n| {of_members} worlds of {persons:,} persons | found |\n|---|---|")
    for name, value in memberships(members):
        click.echo(f"| {name} | {value} |")


def _kept(
    folder: Path, table: str, worlds: Sequence[ActionWorld], make: Callable[[ActionWorld], list[Row]]
) -> list[Row]:
    """The rows of all worlds; each world's are written to a file at once."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for world in worlds:
        path = folder / f"{world.config.seed}_{world.config.persons}_{table}.json"
        if not path.exists():
            path.write_text(json.dumps(make(world)), encoding="utf-8")
        rows += json.loads(path.read_text(encoding="utf-8"))
    return rows


def is_inside(row: Row) -> bool:
    return bool(row["gain_lower"] <= row["realised"] <= row["gain_upper"])


def is_below(row: Row) -> bool:
    return bool(row["realised"] <= row["gain_upper"])


def gains(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Pairs of an action and a world in which someone was written to, and a gain had been expected."""
    written = [row for row in rows if row["gain"] is not None and row["written_to"]]
    measured = [row for row in written if row["gain_is"] == "measured"]
    at_most = [row for row in written if row["gain_is"] == "at most"]
    yield "measured by a holdout: realised gain in the interval", str(share(by_world(measured, is_inside)))
    yield "measured by a holdout: expected and realised conversions", _sums(measured)
    yield "at most: realised gain below the upper bound", str(share(by_world(at_most, is_below)))
    yield "at most: expected and realised conversions", _sums(at_most)
    for effect in EFFECTS:
        for name, of in (("measured", measured), ("at most", at_most)):
            own = [row for row in of if row["effect"] == effect]
            if own:
                yield f"{name}, effect {effect}: expected and realised", _sums(own)
    for effect in EFFECTS:
        read = [
            row for row in rows if row["wave"] == 2 and row["effect"] == effect and _is_read(row["verdict"])
        ]
        shipped = [row for row in read if row["verdict"].startswith("ship treated")]
        yield f"holdouts read, effect {effect}: treatment shipped", f"{len(shipped)} of {len(read)}"


def _is_read(verdict: str | None) -> bool:
    return verdict is not None and not verdict.startswith("no verdict")


def _sums(rows: Sequence[Row]) -> str:
    expected, realised = (sum(row[name] for row in rows) for name in ("gain", "realised"))
    return f"{expected:,.0f} and {realised:,.0f}, in {len(rows)} pairs"


def memberships(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(row["name"] for row in rows):
        hits, n = (sum(row[column] for row in rows if row["name"] == name) for column in ("hits", "n"))
        yield name, f"{hits / n:.1%}, {hits:,} of {n:,}"


if __name__ == "__main__":
    main()
