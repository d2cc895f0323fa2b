"""What several tasks counted of one partition, put together in one ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.schema import create_raw_tables
from dagster_project.spark.ledgers import add_ledgers
from dagster_project.spark.load import Landed, settle_stream
from dagster_project.spark.tasks import Place
from tests.landing.streams import NOW
from tests.spark.loads import DAYS, ESP

TABLE = "esp__days"
KEY = "'esp' as source, 'days' as stream"
DAY = f"{KEY}, '2026-11-01' as partition"
SAME = "now() as extracted_at, now() as loaded_at, now() as changed_at, ['link'] as absent_columns"
EARLY, LATE = (f"timestamptz '2026-11-{day:02d} 04:00:00+00' as " for day in (2, 9))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        create_raw_tables(opened, (), None)
        yield opened


def added(
    connection: duckdb.DuckDBPyConnection, staging: Path, ledger: str, *tasks: str, of: str = TABLE
) -> None:
    """Each task left the rows of one query; they are added to what is there."""
    folder = staging / of / ledger
    folder.mkdir(parents=True)
    for number, query in enumerate(tasks):
        connection.execute(f"copy ({query}) to '{folder}/{number:06}.parquet' (format parquet)")
    add_ledgers(connection, Place(staging, staging, (), NOW), of)


def found(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def part(loaded: int, *filled: tuple[str, int]) -> str:
    items = ", ".join(f"{{'field': '{name}', 'path': '', 'records': {records}}}" for name, records in filled)
    counts = ", ".join(
        f"{loaded + number}::bigint as {name}"
        for number, name in enumerate(
            ("loaded", "fetched", "landed", "quarantined", "repeated", "distinct_records", "left_out")
        )
    )
    types = "struct(field varchar, path varchar, records bigint)[]"
    return (
        f"select {DAY}, 'e' as entry_sha256, 'c' as content_sha256, {counts}, {SAME},"
        f" [{items}]::{types} as filled"
    )


def test_counts_of_the_parts_of_a_partition_are_added_up(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Fields stand in the order of the columns, of which a part may lack some."""
    parts = (part(3, ("id", 3), ("amount", 1)), part(4, ("id", 4), ("link", 2)), part(0))
    added(connection, tmp_path, "raw._loads", *parts)
    assert found(
        connection,
        "select loaded, fetched, landed, quarantined, repeated, distinct_records, left_out, absent_columns"
        " from raw._loads",
    ) == [(7, 10, 13, 16, 19, 22, 25, ["link"])]
    [(filled,)] = found(connection, "select filled from raw._loads")
    assert {each["field"]: each["records"] for each in filled} == {"id": 7, "amount": 1, "link": 2}
    assert filled[0]["field"] == "id"


def test_corrections_of_a_partition_are_added_up(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    corrected = [
        f"select {DAY}, '{reason}' as reason, {records}::bigint as records, {at}corrected_at"
        for reason, records, at in (("masked", 2, LATE), ("masked", 3, EARLY), ("cut", 1, LATE))
    ]
    added(connection, tmp_path, "raw._corrections", *corrected)
    assert found(
        connection, "select reason, records, day(corrected_at) from raw._corrections order by all"
    ) == [
        ("cut", 1, 9),
        ("masked", 5, 2),
    ]


def test_a_field_drifts_once(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """As the first task saw it, and unless it had drifted before."""
    connection.execute(f"insert into raw._schema_drift by name select {KEY}, 'old' as field, 'added' as kind")
    drifted = [
        f"select {KEY}, '{field}' as field, 'added' as kind, {at}seen_at"
        for field, at in (("new", LATE), ("new", EARLY), ("old", EARLY))
    ]
    added(connection, tmp_path, "raw._schema_drift", *drifted)
    assert found(connection, "select field, day(seen_at) from raw._schema_drift order by all") == [
        ("new", 9),
        ("old", None),
    ]


def test_an_address_is_known_since_it_was_first_seen(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def seen(key: str, at: str) -> str:
        return f"select '{key}' as contact_key, '{key}@mail.ee' as email, {at}first_seen_at"

    added(connection, tmp_path / "first", "pii.contacts", seen("ann", LATE), seen("bob", EARLY))
    both = [seen("ann", EARLY), seen("bob", LATE), seen("cid", LATE), seen("cid", EARLY)]
    added(connection, tmp_path / "second", "pii.contacts", *both)
    early = datetime(2026, 11, 2, 4, tzinfo=UTC)
    assert found(connection, "from pii.contacts order by all") == [
        (name, f"{name}@mail.ee", early) for name in ("ann", "bob", "cid")
    ]


def test_every_invalid_record_is_kept(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    invalid = [f"select {DAY}, '{name}' as file from range(2)" for name in ("b", "a")]
    added(connection, tmp_path, "raw._quarantine", *invalid)
    assert found(connection, "select file from raw._quarantine") == [("b",), ("b",), ("a",), ("a",)]


def test_records_that_are_neither_loaded_nor_quarantined_stop_the_load(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """As only a fault of the loader can leave them."""
    create_raw_tables(connection, [ESP])
    folder = tmp_path / TABLE / "raw._loads"
    folder.mkdir(parents=True)
    connection.execute(f"copy ({part(3)}) to '{folder}/000000.parquet' (format parquet)")
    landed = Landed(ESP, DAYS, {"esp": []}, [])
    with pytest.raises(WarehouseError, match="3 were loaded and 6 quarantined; pull the stream again"):
        settle_stream(connection, Place(tmp_path, tmp_path, (), NOW), landed, tmp_path)
