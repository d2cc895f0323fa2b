"""A load whose counts do not add up keeps nothing of it and says so."""

import duckdb
import msgspec
import pytest

from dagster_project.landing.manifest import write_entry
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind
from tests.landing.streams import day, land, now, page, stream, window
from tests.raw.conftest import rows, source

DAYS = stream(Kind.WINDOW)


def test_fewer_records_than_the_source_gave_are_an_error(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    [entry] = land(settings.landing, DAYS, [page([1, 2], partition=day(0))], window())
    write_entry(settings.landing, msgspec.structs.replace(entry, records=3))
    with pytest.raises(
        WarehouseError, match=r"Of 3 records fetched and 2 landed .* 2 were loaded and 0 quarantined"
    ):
        load(warehouse, settings.landing, "esp", DAYS, now)
    assert rows(warehouse, "select count(*) from raw.esp__actions") == [(0,)]
    assert rows(warehouse, "select count(*) from raw._loads") == [(0,)]


def test_fewer_records_than_the_file_should_hold_are_an_error(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    [entry] = land(settings.landing, DAYS, [page([1, 2], partition=day(0))], window())
    files = [msgspec.structs.replace(file, records=3) for file in entry.files]
    write_entry(settings.landing, msgspec.structs.replace(entry, records=3, files=files))
    with pytest.raises(
        WarehouseError, match=r"Of 3 records fetched and 3 landed .* 2 were loaded and 0 quarantined"
    ):
        load(warehouse, settings.landing, "esp", DAYS, now)
    assert rows(warehouse, "select count(*) from raw._loads") == [(0,)]
