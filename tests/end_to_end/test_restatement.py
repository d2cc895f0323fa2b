"""Nothing new, late and restated rows, a warehouse rebuilt from landing: the marts are the same."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.definitions import definitions
from dagster_project.defs.resources import settings
from dagster_project.landing import current_entries
from dagster_project.raw.connection import connect
from dagster_project.raw.reload import reload
from dagster_project.raw.secret import FILE_NAME
from dagster_project.sources.registry import SOURCES
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation, failures

# More than the days in which GA4 restates a day: those that were not final then are older than that by now.
EARLIER = timedelta(days=5)
# When a record was read is not part of its content.
OF_LOADING = {"loaded_at"}
# Of a link made after the first pull only a fresh installation has the days before it existed, all zero.
COMPARED = {"fct_link_clicks_daily": "rows.clicks > 0"}
# They record when and in which order records arrived, which differs between installations.
OF_ARRIVAL = {"restatement_ledger", "fct_person_changes", "rpt_data_quality", "check_outcomes"}


@pytest.fixture(scope="module")
def grown(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """First pulled five days ago, then now; in between GA4 showed late rows and restated others."""
    simulator = refreshed.simulator
    # With another secret every person would have another id.
    secret = (refreshed.installation.home / FILE_NAME).read_text(encoding="ascii").strip()
    environment = dict(simulator.environment) | {"MILEPOST_SECRET": secret}
    installation = Installation(tmp_path_factory.mktemp("grown"), environment)
    now = datetime.fromisoformat(simulator.environment["MILEPOST_NOW"])
    simulator.set_clock(now - EARLIER)
    try:
        first = installation.run(changes={"MILEPOST_NOW": (now - EARLIER).isoformat()})
    finally:
        simulator.set_clock(now)
    assert failures(first) == {}
    assert first.success
    second = installation.run()
    assert failures(second) == {}
    assert second.success
    return installation


@contextmanager
def both(ours: Path, theirs: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two DuckDB files side by side, as `ours` and `theirs`."""
    with duckdb.connect() as connection:
        for name, path in (("ours", ours), ("theirs", theirs)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        yield connection


def tables(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, list[str]]:
    """Columns by table, which must be the same on both sides."""
    found = [
        connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where database_name = ? and schema_name = ? group by all order by all",
            [name, schema],
        ).fetchall()
        for name in ("ours", "theirs")
    ]
    assert found[0] == found[1]
    return dict(found[0])


def differences(ours: Path, theirs: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of a mart that only one of two publications has, by mart; persons go by their stable id."""
    found = {}
    with both(ours, theirs) as connection:
        for table, columns in tables(connection, "marts").items():
            if table in OF_ARRIVAL:
                continue
            described = connection.execute(f"describe ours.marts.{table}").fetchall()
            doubles = {str(name) for name, kind, *_ in described if kind == "DOUBLE"}
            values = ", ".join(
                "persons.person_id as person"
                if column == "person_key"
                else f'round(rows."{column}", 9) as "{column}"'  # the last bit of a sum follows its order
                if column in doubles
                else f'rows."{column}"'
                for column in columns
                if column not in OF_LOADING
            )
            sides = [
                f"select {values} from {name}.marts.{table} as rows "
                + (
                    f"left join {name}.marts.dim_persons as persons using (person_key)"
                    * ("person_key" in columns)
                )
                + f" where {COMPARED.get(table, 'true')}"
                for name in ("ours", "theirs")
            ]
            rows = connection.execute(
                f"select 'ours', * from ({sides[0]} except all {sides[1]}) union all "
                f"select 'theirs', * from ({sides[1]} except all {sides[0]})"
            ).fetchall()
            if rows:
                found[table] = rows[:4]
    return found


def landed(installation: Installation) -> dict[str, list[tuple[str, str]]]:
    """Partition and content of all current entries, by stream; a snapshot's number does not matter."""
    return {
        f"{source.name}/{stream.name}": [
            (entry.partition if entry.kind != "snapshot" else "", entry.content_sha256)
            for entry in current_entries(installation.home / "landing", source.name, stream.name)
        ]
        for source in SOURCES
        for stream in source.streams
    }


def test_late_and_restated_rows_give_the_marts_of_a_fresh_installation(
    refreshed: Refreshed, grown: Installation
) -> None:
    now = datetime.fromisoformat(refreshed.simulator.environment["MILEPOST_NOW"])
    [(restated,)] = grown.read_warehouse(
        "select count(*) from raw._loads where source = 'google_analytics' and stream = 'events'"
        f" and changed_at = '{now.isoformat()}'::timestamptz"
        f" and partition < '{(now - EARLIER).date().isoformat()}'"
    )
    assert restated > 0, "no day of before was restated, so this tests nothing"
    assert (
        landed(grown)["google_analytics/events"] == landed(refreshed.installation)["google_analytics/events"]
    )
    assert differences(grown.published, refreshed.installation.published) == {}


def file_identities(installation: Installation) -> dict[str, tuple[int, int]]:
    """Changes when a file of the warehouse, the landing zone's manifest or the publication is replaced."""
    home = installation.home
    files = [home / "warehouse.duckdb", *(home / "landing").rglob("*.json"), *home.glob("published/**/*.*")]
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    """The schemas of what was materialised."""
    return {event.asset_key.path[0] for event in result.get_asset_materialization_events() if event.asset_key}


def test_a_run_with_nothing_new_writes_nothing(grown: Installation) -> None:
    before = file_identities(grown)
    result = grown.run()
    assert failures(result) == {}
    assert result.success
    assert file_identities(grown) == before
    assert made(result) == {source.name for source in SOURCES if source.configure(grown.environment)}
    said = [entry.user_message for entry in grown.instance.all_logs(result.run_id)]
    assert any(message.startswith("Nothing new since ") for message in said)


def test_what_was_built_and_not_published_is_built_and_published_again(
    grown: Installation, tmp_path: Path
) -> None:
    before = tmp_path / "before.duckdb"
    before.write_bytes(grown.published.read_bytes())
    with grown.entered(), connect(settings()) as connection:
        connection.execute("update raw._builds set published_at = null")
    inode = grown.published.stat().st_ino
    result = grown.run()
    assert failures(result) == {}
    assert {"marts", "published"} <= made(result)
    assert grown.published.stat().st_ino != inode
    assert differences(grown.published, before) == {}
    assert grown.read_warehouse("select count(published_at) from raw._builds") == [(1,)]


def test_everything_is_rebuilt_from_landing_without_a_call(grown: Installation, tmp_path: Path) -> None:
    warehouse, published = tmp_path / "warehouse.duckdb", tmp_path / "published.duckdb"
    (grown.home / "warehouse.duckdb").rename(warehouse)
    published.write_bytes(grown.published.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    unplugged = dict.fromkeys(("SMAILY_BASE_URL", "GA4_BASE_URL", "BITLY_BASE_URL"), closed)
    with grown.entered(unplugged):
        with connect(settings()) as connection:
            reload(connection, settings().landing, SOURCES)
        graph = definitions().resolve_asset_graph()
        pulled = {dg.AssetKey([source.name, stream.name]) for source in SOURCES for stream in source.streams}
        made = [key.to_user_string() for key in graph.materializable_asset_keys - pulled]
    result = grown.run(*made, changes=unplugged)
    assert failures(result) == {}
    assert result.success
    assert differences(grown.published, published) == {}
    with both(grown.home / "warehouse.duckdb", warehouse) as connection:
        raw = [table for table in tables(connection, "raw") if not table.startswith("_")]
        assert len(raw) > 20
        for table in raw:
            [(different,)] = connection.execute(
                f"select count(*) from (from ours.raw.{table} except all from theirs.raw.{table})"
            ).fetchall()
            [(more,)] = connection.execute(
                f"select (select count(*) from ours.raw.{table}) - (select count(*) from theirs.raw.{table})"
            ).fetchall()
            assert (different, more) == (0, 0), table
