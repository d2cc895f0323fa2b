"""The cost of a rebuild and of an increment of the journey models, against one scan-and-sort of the events.

python -m tests.benchmarks.scale --events 20000000 --per-event-against 2000000 --profile
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.runtime.build_scope import BuildScope
from tests.benchmarks.measuring import Measure, measure, verdict
from tests.benchmarks.scale_dbt import Command, Project
from tests.benchmarks.scale_tables import arrive, change_persons, describe_persons, key_persons
from tests.benchmarks.scale_world import make_world

ORDER = "person_key, occurred_at, event_rank, event_id"
STORE = ("int_event_sessions", "fct_events")
REBUILD = (
    "--select", "fct_events+", "fct_email_sends+",
    "--exclude", "fct_events", "int_built_partitions", "tag:analysis",
)  # fmt: skip
ANALYSIS = ("--select", "tag:analysis")
# Every incremental model: those that lead to the events have nothing to do here.
INCREMENT = (
    "--select", "config.materialized:incremental", "int_event_sessions", "fct_events+", "fct_email_sends+",
    "--exclude", "int_built_partitions", "tag:analysis",
)  # fmt: skip
BYTES_PER_EVENT = 100
# Memory of Python, dbt and its manifest, independent of the number of events; the rest is the database's.
PROGRAM_BYTES = 600_000_000
# DuckDB's limit applies to its buffers only: at 20 million events, 93 and 100.5 % of the allowed memory were
# resident with 0.94, 94 % with 0.88.
DATABASE_SHARE = 0.88
LEAST_DATABASE_BYTES = 1_000_000_000
EVENTS_WITHOUT_WORK = 1_000


@dataclass(frozen=True)
class Figures:
    """The measures of one world; `peak` in resident bytes during the rebuild."""

    events: int
    sort: Measure
    keys: Measure
    store: Measure
    rebuild: Measure
    analysis: Measure
    increment: Measure
    peak: int


def run_world(home: Path, events: int, profile: bool = False) -> Figures:
    """Generate a world of `events` events and measure everything once."""
    limit = int(DATABASE_SHARE * BYTES_PER_EVENT * events) - PROGRAM_BYTES
    project = Project(home, max(LEAST_DATABASE_BYTES, limit))
    project.create()
    with project.connect() as connection:
        persons = make_world(connection, events)
        arrive(connection)
        connection.execute("drop table world.events")
    print(f"\n{events:,} events of {persons:,} persons", flush=True)

    def timed(name: str, *arguments: str, scope: BuildScope = BuildScope.FULL) -> Command:
        command = project.run_alone(name, events, "run", *arguments, scope=scope)
        if profile:
            for model in sorted(command.models, key=lambda each: -each.seconds)[:25]:
                print(f"    {model.model:<40} {model.seconds:7.2f} s")
        return command

    keys = _on(project, "integer keys from text", events, key_persons)
    _do(project, describe_persons)
    store = timed("sessions and the sorted store", "--select", *STORE).measure
    sort = _sort(project, events)
    rebuild = timed("facts and reports, rebuilt", *REBUILD)
    analysis = timed("which steps matter", *ANALYSIS).measure
    _do(project, lambda connection: change_persons(connection, every=100))
    increment = timed("facts and reports, one person in 100", *INCREMENT, scope=BuildScope.INCREMENTAL)
    return Figures(events, sort, keys, store, rebuild.measure, analysis, increment.measure, rebuild.peak)


def _do(project: Project, work: Callable[..., object]) -> None:
    with project.connect() as connection:
        work(connection)
        connection.execute("checkpoint")


def _on(project: Project, name: str, events: int, work: Callable[..., object]) -> Measure:
    """Measure `work` with its checkpoint, like a run of dbt."""
    return measure(name, events, lambda: _do(project, work))


def _sort(project: Project, events: int) -> Measure:
    shuffle = "create table world.unsorted as select * from marts.fct_events order by hash(event_id)"
    _do(project, lambda connection: connection.execute(shuffle))
    sort = f"create table world.sorted as select * from world.unsorted order by {ORDER}"
    measured = _on(
        project, "one scan-and-sort of the same events", events, lambda connection: connection.execute(sort)
    )
    _do(project, lambda connection: connection.execute("drop table world.sorted; drop table world.unsorted"))
    return measured


def meets_bars(figures: Figures) -> bool:
    """Compare the measures with the bars."""
    sort, whole = figures.sort.wall, figures.store.wall + figures.rebuild.wall
    verdicts = [
        verdict("rebuild / sort", figures.rebuild.wall / sort, 3.5, at_least=False),
        verdict("keys, store and rebuild / sort", (figures.keys.wall + whole) / sort, 5, at_least=False),
        verdict("one person in 100 / all", figures.increment.wall / whole, 0.12, at_least=False),
        verdict("which steps matter / all", figures.analysis.wall / whole, 1, at_least=False),
        verdict("resident bytes per event", figures.peak / figures.events, BYTES_PER_EVENT, at_least=False),
    ]
    return all(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--per-event-against", type=int, metavar="EVENTS", help="measure a smaller world too")
    parser.add_argument("--profile", action="store_true", help="print the slowest models")
    parser.add_argument("--home", type=Path, help="a folder to keep the world in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = options.home or Path(folder)
        idle = run_world(base / "idle", EVENTS_WITHOUT_WORK)
        figures = run_world(base / "events", options.events, options.profile)
        print(
            f"dbt's own share: {idle.rebuild.wall:.1f} s of the rebuild, "
            f"{idle.increment.wall:.1f} s of the increment"
        )
        held = meets_bars(figures)
        if options.per_event_against:
            small = run_world(base / "fewer", options.per_event_against)
            ratio = (figures.rebuild.wall / figures.events) / (small.rebuild.wall / small.events)
            held &= verdict("seconds per event / those of the fewer", ratio, 1.25, at_least=False)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
