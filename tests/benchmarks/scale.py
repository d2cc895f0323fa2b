"""What a rebuild and an increment of the journey models cost, against one scan-and-sort of the same events.

python -m tests.benchmarks.scale --events 20000000
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import Measure, measure, peak_memory, reset_peak_memory, verdict
from tests.benchmarks.scale_dbt import Project, Seconds
from tests.benchmarks.scale_tables import arrive, change_persons, describe_persons, key_persons
from tests.benchmarks.scale_world import make_world

ORDER = "person_key, occurred_at, event_rank, event_id"
STORE = ("int_event_sessions", "fct_events")
REBUILD = ("--select", "fct_events+", "fct_email_sends+", "--exclude", "fct_events", "int_built_partitions")
INCREMENT = (
    "--select", "int_person_identifiers", *STORE, "fct_events+", "fct_email_sends+",
    "--exclude", "int_built_partitions",
)  # fmt: skip
BYTES_PER_EVENT = 100
# What Python, dbt and its manifest take, whatever the number of events.
PROGRAM_BYTES = 600_000_000

@dataclass(frozen=True)
class Figures:
    """One world's measures."""

    events: int
    sort: Measure
    keys: Measure
    store: Measure
    rebuild: Measure
    increment: Measure
    rebuild_peak: int

def run_world(home: Path, events: int, profile: bool) -> Figures:
    """Make a world of `events` events and measure everything once."""
    project = Project(home, memory=max(1_000_000_000, BYTES_PER_EVENT * events - PROGRAM_BYTES))
    project.create()
    with project.connect() as connection:
        persons = make_world(connection, events)
        arrive(connection)
        connection.execute("drop table world.events")
    print(f"\n{events:,} events of {persons:,} persons", flush=True)

    def timed(name: str, work: Callable[[], list[Seconds]]) -> Measure:
        seconds: list[Seconds] = []
        measured = measure(name, events, lambda: seconds.extend(work()))
        if profile:
            for model in sorted(seconds, key=lambda each: -each.seconds)[:25]:
                print(f"    {model.model:<40} {model.seconds:7.2f} s")
        return measured

    with project.connect() as connection:
        keys = measure("integer keys from text", events, lambda: key_persons(connection))
        describe_persons(connection)
        connection.execute("checkpoint")
    store = timed("sessions and the sorted store", lambda: project.run("run", "--full-refresh", "--select", *STORE))
    with project.connect() as connection:

        connection.execute(f"create table world.unsorted as select {columns} from marts.fct_events order by hash(event_id)")
        connection.execute("checkpoint")
        sort = measure(
            "one scan-and-sort of the same events",
            events,
            lambda: connection.execute(f"create table world.sorted as select * from world.unsorted order by {ORDER}"),
        )
        connection.execute("drop table world.sorted; drop table world.unsorted")
    reset_peak_memory()
    rebuild = timed("facts and reports, rebuilt", lambda: project.run("run", "--full-refresh", *REBUILD))
    peak = peak_memory()
    with project.connect() as connection:
        change_persons(connection, every=100)
        connection.execute("checkpoint")
    increment = timed("facts and reports, one person in 100", lambda: project.run("run", *INCREMENT))
    return Figures(events, sort, keys, store, rebuild, increment, peak)

def judge(figures: Figures) -> bool:
    whole = figures.store.wall + figures.rebuild.wall
    print(f"peak memory of the rebuild {figures.rebuild_peak / 1e6:,.0f} MB resident")
    return all(
        [
            verdict("rebuild / sort", figures.rebuild.wall / figures.sort.wall, 3.5, at_least=False),
            verdict("keys, store and rebuild / sort", (figures.keys.wall + whole) / figures.sort.wall, 5, at_least=False),
            verdict("increment / (store and rebuild)", figures.increment.wall / whole, 0.12, at_least=False),
            verdict("bytes per event", figures.rebuild_peak / figures.events, BYTES_PER_EVENT, at_least=False),
        ]
    )

def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--profile", action="store_true", help="tell the slowest models")
    parser.add_argument("--home", type=Path, help="a folder to keep the world in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run_world(options.home or Path(folder), options.events, options.profile)
    return 0 if judge(figures) else 1

if __name__ == "__main__":
    sys.exit(main())
