"""Publishing onto real files: what readers see before, during and after."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import publish

MARTS = ("fct_events", "rpt_total")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema pii")
        connection.execute("create table pii.contacts as select 'jane@example.com' as email")
        connection.execute("create type marts.stage as enum ('awareness', 'decision')")
        connection.execute(
            "create table marts.fct_events as select range as event_id, 'awareness'::marts.stage as stage,"
            " '/product/' || range as url, [range::varchar] as tags from range(1000)"
        )
        connection.execute("comment on table marts.fct_events is 'What''s done. One row per event.'")
        connection.execute("comment on column marts.fct_events.url is 'Page.'")
        connection.execute("create table marts.rpt_of_a_model_that_is_gone as select 1 as n")
        connection.execute("comment on table marts.rpt_of_a_model_that_is_gone is 'What once was.'")
        connection.execute("create view marts.rpt_total as select count(*) as n from marts.fct_events")
        yield connection


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a file from a process of its own, as a BI tool does."""
    script = (
        "import duckdb, sys\n"
        "print(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(path), query], capture_output=True, text=True, check=True
    )
    return list(ast.literal_eval(answer.stdout))


def test_marts_and_nothing_else_reach_the_published_file(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    publication = publish(warehouse, tmp_path / "published", MARTS)
    assert publication.rows == {"fct_events": 1000, "rpt_total": 1}
    tables = "select schema_name, table_name, comment from duckdb_tables() order by all"
    assert read(publication.path, tables) == [
        ("marts", "fct_events", "What's done. One row per event."),
        ("marts", "rpt_total", None),
    ]
    assert read(publication.path, "from marts.rpt_total") == [(1000,)]
    assert not publication.path.with_name("milepost.duckdb.wal").exists()
    parquet = sorted(file.name for file in publication.parquet.iterdir())
    assert parquet == ["fct_events.parquet", "rpt_total.parquet"]
    assert duckdb.sql(f"select count(*) from '{publication.parquet}/fct_events.parquet'").fetchall() == [
        (1000,)
    ]


def test_the_file_declares_the_storage_version_that_duckdb_1_4_reads(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    publication = publish(warehouse, tmp_path / "published", MARTS)
    with duckdb.connect() as reader:
        reader.execute(f"attach '{publication.path}' as published (read_only)")
        [(tags,)] = reader.execute(
            "select tags from duckdb_databases() where database_name = 'published'"
        ).fetchall()
    assert "v1.4" in str(tags)


def test_a_reader_keeps_its_snapshot_and_the_next_one_sees_the_new_state(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = publish(warehouse, tmp_path / "published", MARTS).path
    script = (
        "import duckdb, sys\nc = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for _ in sys.stdin: print(c.execute('from marts.rpt_total').fetchall(), flush=True)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    with reader:
        reader.stdin.write("now\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "[(1000,)]\n"
        warehouse.execute("delete from marts.fct_events where event_id >= 10")
        publish(warehouse, tmp_path / "published", MARTS)
        reader.stdin.write("again\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "[(1000,)]\n"
        reader.stdin.close()
    assert read(path, "from marts.rpt_total") == [(10,)]


@pytest.mark.parametrize("address", ["Jane.Doe@example.com", "/unsubscribe?email=jane%40example.com"])
def test_an_address_in_a_mart_publishes_nothing_and_keeps_the_last_state(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, address: str
) -> None:
    path = publish(warehouse, tmp_path / "published", MARTS).path
    before = path.read_bytes()
    warehouse.execute("update marts.fct_events set tags = [$1] where event_id = 7", [address])
    with pytest.raises(
        PublishingRefused, match=r"marts\.fct_events\.tags holds an e-mail address"
    ) as refusal:
        publish(warehouse, tmp_path / "published", MARTS)
    assert "jane" not in str(refusal.value).lower()
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir() if file.is_file()) == ["milepost.duckdb"]


def test_half_the_marts_replace_no_whole_ones(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = publish(warehouse, tmp_path / "published", MARTS).path
    warehouse.execute("drop view marts.rpt_total")
    with pytest.raises(PublishingRefused, match=r"1 of the 2 marts are not built \(rpt_total\)"):
        publish(warehouse, tmp_path / "published", MARTS)
    assert read(path, "from marts.rpt_total") == [(1000,)]


def test_an_empty_warehouse_publishes_nothing(tmp_path: Path) -> None:
    with (
        duckdb.connect(str(tmp_path / "warehouse.duckdb")) as empty,
        pytest.raises(PublishingRefused, match="build all of them first"),
    ):
        publish(empty, tmp_path / "published", MARTS)
    assert not (tmp_path / "published" / "milepost.duckdb").exists()


def test_one_earlier_generation_of_parquet_files_stays_for_readers_under_way(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for _ in range(3):
        publication = publish(warehouse, tmp_path / "published", MARTS)
    generations = [folder for folder in publication.path.parent.glob("parquet-*") if folder.is_dir()]
    assert len(generations) == 2
    assert publication.parquet.resolve() in generations
