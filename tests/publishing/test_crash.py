"""A publication killed at any point: readers have the old state or the new one, and the next run sweeps."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.publishing.publish import publish
from tests.crash_points import CrashableJob, crash_at_every_step

MARTS = ("fct_events", "rpt_total")
ROWS = "select count(*) from marts.fct_events"
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "shutil.rmtree")


def prepare(home: Path) -> None:
    """A state that was published, and a newer one in the warehouse."""
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute("create table marts.fct_events as select range as event_id from range(1000)")
        warehouse.execute("create table marts.rpt_total as select 1000 as n")
        publish(warehouse, home / "published", MARTS)
        warehouse.execute("insert into marts.fct_events from range(1000, 1500)")


def publish_again(home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        publish(warehouse, home / "published", MARTS)


def watch(step: Callable[[], None], home: Path) -> None:
    """Steps are DuckDB's statements and what changes the published folder."""

    def see(event: str, arguments: tuple[Any, ...]) -> None:
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if (event in CHANGES or writes) and str(arguments[0]).startswith(str(home / "published")):
            step()

    execute = duckdb.DuckDBPyConnection.execute

    def stepping(connection: duckdb.DuckDBPyConnection, *arguments: Any) -> Any:
        step()
        return execute(connection, *arguments)

    sys.addaudithook(see)
    duckdb.DuckDBPyConnection.execute = stepping  # type: ignore[method-assign]


PUBLICATION = CrashableJob(prepare, publish_again, watch)


def state(home: Path) -> tuple[int, int]:
    """Rows of the published file and of its Parquet folder."""
    with duckdb.connect(str(home / "published" / "milepost.duckdb"), read_only=True) as reader:
        [(rows,)] = reader.execute(ROWS).fetchall()
    parquet = home / "published" / "parquet" / "fct_events.parquet"
    [(exported,)] = duckdb.execute(f"select count(*) from '{parquet}'").fetchall()
    return rows, exported


def test_readers_have_the_old_state_or_the_new_and_the_next_run_sweeps(tmp_path: Path) -> None:
    homes = crash_at_every_step(__name__, "PUBLICATION", tmp_path)
    assert len(homes) > 20
    states = [state(home) for home in homes]
    assert states == sorted(states)
    assert {rows for rows, _ in states} == {1000, 1500}
    assert set(states) <= {(1000, 1000), (1500, 1000), (1500, 1500)}
    for home in homes:
        publish_again(home)
        assert state(home) == (1500, 1500)
        names = sorted(path.name.partition("-")[0] for path in (home / "published").iterdir())
        assert set(names) == {"milepost.duckdb", "parquet"}
        assert names.count("parquet") <= 3  # the link, its folder, and the one that readers may be in
