"""The raw tables: created from the start, and recreated when their declaration changes."""

from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.raw import schema
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Column, Kind, Page, Stream
from dagster_project.sources.registry import SOURCES
from tests.landing.streams import (
    COLUMNS,
    encoded,
    land,
    now,
    page,
    record,
    stream,
    window,
)
from tests.raw.conftest import rows, source

DAYS = stream(Kind.WINDOW, span="range")


def test_every_declared_stream_has_its_empty_table(warehouse: duckdb.DuckDBPyConnection) -> None:
    create_raw_tables(warehouse, SOURCES)
    create_raw_tables(warehouse, SOURCES)
    for known in SOURCES:
        for declared in known.streams:
            shape = dict(
                rows(
                    warehouse,
                    "select column_name, data_type from duckdb_columns() where schema_name = 'raw' "
                    f"and table_name = '{known.name}__{declared.name}'",
                )
            )
            assert list(shape)[: len(declared.columns)] == [column.name for column in declared.columns]
            assert shape["_extracted_at"] == "TIMESTAMP WITH TIME ZONE"
    assert rows(warehouse, "select count(*) from raw.event_files") == [(0,)]


def test_a_changed_declaration_recreates_the_table(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    records = encoded([record(1, colour="red")])
    land(settings.landing, DAYS, [Page(records)], window())
    load(warehouse, settings.landing, "esp", DAYS, now)
    assert rows(warehouse, "select field, kind, seen_at from raw._schema_drift order by 1") == [
        ("colour", "added", datetime(2026, 11, 16, 4, tzinfo=UTC)),
        ("link", "missing", datetime(2026, 11, 16, 4, tzinfo=UTC)),
    ]
    wider: Stream = stream(Kind.WINDOW, columns=(*COLUMNS, Column("colour")))
    create_raw_tables(warehouse, [source(wider)])
    load(warehouse, settings.landing, "esp", wider, now)
    assert rows(warehouse, "select seq_id, colour from raw.esp__actions") == [(1, "red")]


def test_another_definition_of_an_address_loads_everything_again(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    land(settings.landing, DAYS, [page([1])], window())
    load(warehouse, settings.landing, "esp", DAYS, now)
    create_raw_tables(warehouse, [source(DAYS)])
    assert rows(warehouse, "select seq_id from raw.esp__actions") == [(1,)]
    monkeypatch.setattr("dagster_project.sources.core.addresses.PATTERN", "mari@shop.ee")
    create_raw_tables(warehouse, [source(DAYS)])
    assert rows(warehouse, "select seq_id from raw.esp__actions") == []


def test_a_changed_storage_type_recreates_the_table(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade that stores contact keys differently: the declaration itself is unchanged."""
    types = schema.stream_columns(DAYS)
    with monkeypatch.context() as before:
        before.setattr(schema, "stream_columns", lambda _: types | {"contact_key": "VARCHAR"})
        create_raw_tables(warehouse, [source(DAYS)])
    create_raw_tables(warehouse, [source(DAYS)])
    land(settings.landing, DAYS, [page([1])], window())
    load(warehouse, settings.landing, "esp", DAYS, now)
    assert rows(warehouse, "select octet_length(contact_key) from raw.esp__actions") == [(32,)]
    assert rows(warehouse, "select contact_key from pii.contacts") == rows(
        warehouse, "select lower(hex(contact_key)) from raw.esp__actions"
    )


def test_a_column_with_a_changed_path_is_reloaded(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Names and types are the same; only the place in the record is another."""
    first, moved = (
        stream(Kind.WINDOW, columns=(Column("seq_id", "BIGINT"), Column("time", path=(place,))))
        for place in ("time", "value")
    )
    create_raw_tables(warehouse, [source(first)])
    land(settings.landing, first, [page([1])], window())
    load(warehouse, settings.landing, "esp", first, now)
    for _ in range(2):
        create_raw_tables(warehouse, [source(moved)])
        load(warehouse, settings.landing, "esp", moved, now)
        assert rows(warehouse, "select time from raw.esp__actions") == [("https://shop.example.com/?id=1",)]


def test_a_table_made_anew_forgets_what_the_ledgers_know_of_it(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    columns = (Column("seq_id", "BIGINT"), Column("amount", "DOUBLE"))
    first = stream(Kind.WINDOW, columns=columns)
    create_raw_tables(warehouse, [source(first)])
    records = encoded([{"seq_id": 1, "amount": "NaN", "new": 1}, {"seq_id": "one"}])
    land(settings.landing, first, [Page(records)], window())
    load(warehouse, settings.landing, "esp", first, now)
    ledgers = [f"raw.{name}" for name in ("_loads", "_quarantine", "_corrections", "_schema_drift")]
    found = [rows(warehouse, f"select count(*) > 0 from {ledger}") for ledger in ledgers]
    assert found == [[(True,)]] * 4
    create_raw_tables(warehouse, [source(stream(Kind.WINDOW, columns=(*columns, Column("value"))))])
    assert [rows(warehouse, f"from {ledger}") for ledger in ledgers] == [[]] * 4


def test_a_warehouse_from_before_the_corrections_gets_their_ledger(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute("drop table raw._corrections")
    create_raw_tables(warehouse, [])
    assert rows(warehouse, "from raw._corrections") == []
