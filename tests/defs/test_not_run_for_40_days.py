"""Every source after 40 days without a run: what is recovered, and the sentence about what is lost."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.defs.partitions import missing_windows
from dagster_project.landing import landed_partitions, pull_stream, read_manifest
from dagster_project.landing.last_read import lost_since, note_read
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.sql import quoted
from dagster_project.raw.streams.load import load
from dagster_project.runtime.progress import NOTE
from dagster_project.simulator.clock import start_of_service
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.stream import Kind, Request, Source, Stream
from dagster_project.sources.registry import SOURCES, source
from tests.installation import Installation, materialization
from tests.simulator_fixture import RunningSimulator, serve_in_thread

END = date(2026, 11, 15)
START = END - timedelta(days=59)
NOW = start_of_service(END)
EARLIER = NOW - timedelta(days=40)
LOST = (
    "smaily/actions was last read on 2026-10-07 04:00 UTC, and Smaily keeps its records for 30 days: those "
    "from then until 2026-10-17 04:00 UTC are lost. All later ones were read; run daily."
)
SENTENCES = {("smaily", "actions"): LOST}
# The simulator's older tables of the export lack columns that keys are made of.
KEYS = {"google_analytics_export": ("occurred_at", "event_name", "client_id", "page_location")}


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    made = Simulation(make_world(WorldConfig(persons=150, days=60, seed=7, end_date=END)))
    made.options.change({"requests_per_second": 0, "ga4_export": "bigquery"})
    return made


@pytest.fixture(scope="module")
def simulator(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


class Reader:
    """One landing zone and warehouse of a source, read at any time of the simulated vendor."""

    def __init__(self, read: Source, simulation: Simulation, environment: dict[str, str], home: Path) -> None:
        self.source, self._simulation = read, simulation
        self._configuration = read.configure(environment)
        self.root, self.warehouse = home / "landing", home / "warehouse.duckdb"
        home.mkdir()

    def run(self, at: datetime, retention_days: int = 30) -> dict[str, str]:
        """What a run reads; returns the sentences about what is lost, by stream."""
        self._simulation.clock.set(at)
        self._simulation.options.change({"retention_days": retention_days})
        lost = {}
        with (
            self.source.connect(self._configuration, lambda: at, lambda _: None) as client,
            duckdb.connect(str(self.warehouse)) as connection,
        ):
            connection.execute("set timezone = 'UTC'")
            create_raw_tables(connection, [self.source])
            for stream in self.source.streams:
                sentence = lost_since(self.root, self.source.name, stream, self.source.title, at)
                if sentence:
                    lost[stream.name] = sentence
                for request in self._requests(client, stream, at.date()):
                    pull_stream(self.source.name, stream, client, self.root, lambda: at, request)
                note_read(self.root, self.source.name, stream, at)
                assert load(connection, self.root, self.source.name, stream, lambda: at).is_complete
        return lost

    def _requests(self, client: Any, stream: Stream, today: date) -> list[Request]:
        if stream.kind is not Kind.WINDOW:
            return [Request()]
        landed = {e.name: e.metadata for e in read_manifest(self.root, self.source.name, stream.name)}
        due = stream.due(client, landed, START, today) if stream.due else None
        if due is not None:
            return [Request(window=w) for day in sorted(due) for w in missing_windows(stream, (), day, day)]
        names = landed_partitions(self.root, self.source.name, stream.name)
        return [Request(window=window) for window in missing_windows(stream, names, START, today)]

    def keys(self, stream: Stream, condition: str = "true") -> set[tuple[Any, ...]]:
        keys = ", ".join(map(quoted, KEYS.get(self.source.name, stream.natural_key)))
        with duckdb.connect(str(self.warehouse)) as connection:
            return set(
                connection.execute(
                    f"select {keys} from raw.{self.source.name}__{stream.name} where {condition}"
                ).fetchall()
            )


@pytest.mark.parametrize("read", SOURCES, ids=lambda read: read.name)
def test_what_the_vendor_still_has_is_recovered_and_the_rest_is_named(
    read: Source, simulation: Simulation, simulator: RunningSimulator, tmp_path: Path
) -> None:
    away = Reader(read, simulation, simulator.environment, tmp_path / "away")
    assert away.run(EARLIER, retention_days=0) == {}
    lost = away.run(NOW)
    assert lost == {name: text for (of, name), text in SENTENCES.items() if of == read.name}
    assert away.run(NOW) == {}, "what is lost is said once"
    fresh = Reader(read, simulation, simulator.environment, tmp_path / "fresh")
    fresh.run(NOW, retention_days=0)
    read_any = False
    for stream in read.streams:
        # Bitly has days of links that were made later, without a click.
        expected = fresh.keys(stream, "clicks > 0" if stream.name == "link_clicks" else "true")
        if stream.name in lost:
            gap = "time between timestamp '2026-10-07 07:00' and timestamp '2026-10-17 07:00'"  # in Tallinn
            assert fresh.keys(stream, gap)
            assert not away.keys(stream, gap)
            expected -= fresh.keys(stream, gap)
        assert expected <= away.keys(stream)
        read_any = read_any or bool(expected)
    assert read_any


def test_the_run_says_what_is_lost(
    simulation: Simulation, simulator: RunningSimulator, tmp_path: Path
) -> None:
    wanted = source("smaily").variables
    environment = {name: value for name, value in simulator.environment.items() if name in wanted}
    installation = Installation(tmp_path / "home", environment)
    notes = []
    for at in (EARLIER, NOW, NOW):
        simulation.clock.set(at)
        simulation.options.change({"retention_days": 30})
        result = installation.run("smaily/actions", changes={"MILEPOST_NOW": at.isoformat()})
        assert result.success
        notes.append(materialization(result, "smaily/actions").get(NOTE))
    assert notes == [None, LOST, None]
