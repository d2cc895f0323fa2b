"""What a refresh on Apache Spark costs per event: time, processor time, shuffled bytes, memory, by stage.

python -m tests.benchmarks.spark --events 2000000 --home /somewhere/large
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.defs.manifest import dbt_project, prepared
from dagster_project.landing.copies import copy_files
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.spark.build import build_models, parse_project
from dagster_project.spark.load import load_landing_zone
from dagster_project.spark.session import SparkConfiguration, start_session
from dagster_project.spark.small_tables import take_in_and_build
from dagster_project.spark.small_warehouse import SparkSettings
from tests.benchmarks.scale_world import DAYS, make_world

SAMPLED_SECONDS = 0.5
COLUMNS = (
    "occurred_at", "event_name", "contact_key", "client_id", "url", "campaign", "source", "medium", "revenue",
    "currency", "order_id",
)  # fmt: skip
# The columns of a shop's and a newsletter tool's export in one file a day.
EXPORTED = """
    select events.occurred_at, events.event_name, persons.contact_key, persons.client_id, events.url,
        events.campaign_key as campaign, events.traffic_source as source, events.traffic_medium as medium,
        events.revenue, case when events.revenue is not null then 'EUR' end as currency, events.order_id
    from world.events as events left join world.persons as persons using (person)
    where events.occurred_at::date = date '2026-05-01' + {day}
    order by events.occurred_at
"""


@dataclass
class Stage:
    """What one stage of a refresh took; resident bytes and processor seconds are of all its processes."""

    name: str
    seconds: float = 0
    cpu: float = 0
    peak: int = 0


@dataclass
class Sampler:
    """Resident memory of this process and all it started, sampled while a stage runs; printed at its end."""

    events: int

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        stage, is_over = Stage(name), threading.Event()

        def sample() -> None:
            while not is_over.wait(SAMPLED_SECONDS):
                stage.peak = max(stage.peak, _resident())

        watcher = threading.Thread(target=sample, daemon=True)
        watcher.start()
        began, used = time.monotonic(), _processor_seconds()
        try:
            yield
        finally:
            stage.seconds, stage.cpu = time.monotonic() - began, _processor_seconds() - used
            is_over.set()
            watcher.join()
            print(
                f"{name:<14} {stage.seconds:8.1f} s, {stage.cpu:8.1f} s of processor, "
                f"{stage.cpu / self.events * 1e6:8.2f} µs an event, {stage.peak / 1e9:5.2f} GB resident",
                flush=True,
            )


def _family() -> list[list[str]]:
    """Of this process and all that descend from it: the fields of /proc/<pid>/stat from the state on."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stats[int(path.parent.name)] = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    family = {os.getpid()}
    while found := {pid for pid, stat in stats.items() if int(stat[1]) in family} - family:
        family |= found
    return [stats[pid] for pid in family if pid in stats]


def _resident() -> int:
    return sum(int(stat[21]) for stat in _family()) * os.sysconf("SC_PAGE_SIZE")


def _processor_seconds() -> float:
    """With those of the children that have ended."""
    return sum(sum(map(int, stat[11:15])) for stat in _family()) / os.sysconf("SC_CLK_TCK")


def write_files(folder: Path, events: int) -> Feed:
    """A day's events in a file each."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "generated.duckdb")) as connection:
        make_world(connection, events)
        for day in range(DAYS + 2):
            target = folder / f"day-{day:03d}.csv.gz"
            connection.execute(f"copy ({EXPORTED.format(day=day)}) to '{target}' (format csv, header)")
    (folder / "generated.duckdb").unlink()
    return Feed("shop", f"{folder}/*.csv.gz", "csv", "UTC", {name: name for name in COLUMNS})


def tasks(log: Path) -> dict[str, int]:
    """Sums over the tasks of Spark, of its event log."""
    sums = {"shuffled": 0, "spilled": 0, "cpu": 0, "tasks": 0}
    for path in log.rglob("*"):
        if not path.is_file() or path.name.startswith("."):
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"SparkListenerTaskEnd"' not in line:
                continue
            metrics = json.loads(line).get("Task Metrics") or {}
            sums["tasks"] += 1
            sums["cpu"] += metrics.get("Executor CPU Time", 0)
            sums["spilled"] += metrics.get("Disk Bytes Spilled", 0)
            sums["shuffled"] += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return sums


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--home", type=Path, help="a folder to keep the world in")
    parser.add_argument("--load-only", action="store_true", help="leave out the models")
    parser.add_argument("--driver-memory", default="3g")
    parser.add_argument("--shuffle-partitions", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run(options.home or Path(scratch), options)


def run(home: Path, options: argparse.Namespace) -> None:
    events = options.events
    os.environ |= {"MILEPOST_HOME": str(home / "data"), "MILEPOST_NOW": "2026-11-16T04:00:00Z"}
    settings, sampler = SparkSettings.from_environment(os.environ), Sampler(events)
    prepared(dbt_project())
    feed = write_files(home / "files", events)
    copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, settings.now)
    (home / "log").mkdir()
    log = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": str(home / "log")}
    compressed = {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}
    configuration = SparkConfiguration(
        str(settings.spark_home), "local[2]", options.driver_memory,
        shuffle_partitions=options.shuffle_partitions,
        settings=log | compressed | {"spark.ui.showConsoleProgress": "false"},
    )  # fmt: skip
    with sampler.measured("session"):
        session = start_session(configuration)
    with sampler.measured("load"):
        load_landing_zone(session, settings, {}, feeds=[feed])
    if not options.load_only:
        with sampler.measured("models"):
            build_models(session, parse_project(), with_tests=False)
        with sampler.measured("small tables"):
            take_in_and_build(settings)
    session.stop()
    sums = tasks(home / "log")
    print(
        f"{sums['tasks']:,} tasks, {sums['cpu'] / 1e9:,.0f} s of processor in the JVM, "
        f"{sums['shuffled'] / events:,.0f} bytes an event shuffled, {sums['spilled'] / 1e9:.2f} GB spilled"
    )
    for name in ("raw", "staging", "intermediate", "marts"):
        print(f"{name:<14} {size(settings.spark_home / name) / events:8.1f} bytes an event")
    print(f"landing zone   {size(settings.landing) / events:8.1f} bytes an event")


if __name__ == "__main__":
    main()
