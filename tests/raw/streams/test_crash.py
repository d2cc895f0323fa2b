"""A load that is killed between two statements or within one, and run again, gives the same tables.

A process is killed with SIGKILL just before its n-th statement, for growing n until it completes; each time
the load is then run again.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.raw.connection import connect
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from tests.crash_points import CrashableJob, crash_at_every_step
from tests.landing.streams import NOW, day, encoded, land, now, page, record, stream, window
from tests.raw.conftest import source

DAYS = stream(Kind.WINDOW, span="range")

# A load that prints a line when it begins.
CHILD = """
import pathlib, sys
from tests.raw.streams.test_crash import loaded
print("ready", flush=True)
loaded(pathlib.Path(sys.argv[1]))
"""


def prepare(home: Path) -> None:
    """A loaded state and a newer one in landing: a day with an invalid record, a changed and a new one."""
    settings = Settings(home, NOW)
    (home / "in").mkdir(parents=True)
    (home / "in/a.csv").write_text("ts,user\n2026-11-01,1\n2026-11-01,1\n")
    land(settings.landing, DAYS, [page(range(100), partition=day(0))], window(2))
    copy_files(SOURCE_NAME, "shop", list_files(feed(home)), settings.landing, now)
    loaded(home)
    restated = [b"null", *encoded(record(number) for number in range(7, 37))]
    pages = [Page(restated, partition=day(0)), page(range(200, 210), partition=day(2))]
    land(settings.landing, DAYS, pages, window(3))
    (home / "in/b.csv").write_text("ts,user\n2026-11-01,1\n2026-11-02,2\nnever,3\n")
    copy_files(SOURCE_NAME, "shop", list_files(feed(home)), settings.landing, now)


def feed(home: Path) -> Feed:
    columns = {"occurred_at": "ts", "user_id": "user"}
    return Feed("shop", f"{home}/in/*.csv", "csv", "UTC", columns, {"event_name": "visit"})


def loaded(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Load everything and return the rows of the tables."""
    settings = Settings(home, NOW)
    with connect(settings) as connection:
        create_raw_tables(connection, [source(DAYS)], [feed(home)])
        load(connection, settings.landing, "esp", DAYS, now)
        load_feed(connection, settings.landing, feed(home), now)
        tables = ("raw.esp__actions", "raw.event_files", "raw._loads", "raw._quarantine", "pii.contacts")
        columns = {
            "raw.event_files": "feed, occurred_at, user_id",
            "raw._loads": "stream, fetched, landed, loaded, quarantined, repeated",
            "raw._quarantine": "reason, record",
        }
        return {
            table: connection.execute(
                f"select {columns.get(table, '*')} from {table} order by all"
            ).fetchall()
            for table in tables
        }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    home = tmp_path_factory.mktemp("undisturbed")
    prepare(home)
    return loaded(home)


def watch_statements(step: Callable[[], None], _: Path) -> None:
    execute = duckdb.DuckDBPyConnection.execute

    def stepping(connection: duckdb.DuckDBPyConnection, *arguments: Any) -> Any:
        step()
        return execute(connection, *arguments)

    duckdb.DuckDBPyConnection.execute = stepping  # type: ignore[method-assign]


# Every seventh statement: a transaction has more, so each is interrupted somewhere.
LOAD = CrashableJob(prepare, loaded, watch_statements, every=7)


def test_a_load_after_a_crash_between_statements(
    undisturbed: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    homes = crash_at_every_step(__name__, "LOAD", tmp_path)
    assert len(homes) > 10
    for home in homes:
        assert loaded(home) == undisturbed


def test_a_load_after_crashes_at_any_moment(
    undisturbed: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    """One home, in which loads are killed several times after a random time."""
    prepare(tmp_path / "home")
    chance = random.Random(7)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "home")], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.3))
            child.kill()
    assert loaded(tmp_path / "home") == undisturbed
