"""A new warehouse with the raw tables of a test source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Source, Stream
from tests.landing.streams import NOW


def source(*streams: Stream) -> Source:
    """The test source `esp` with these streams."""
    return Source("esp", "ESP", streams, {}, lambda _: None, lambda *_: None, lambda _: None)


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(sql).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", NOW)


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings) as connection:
        create_raw_tables(connection, [])
        yield connection


def found_in_raw(connection: duckdb.DuckDBPyConnection, words: list[str]) -> list[tuple[Any, ...]]:
    """Raw tables with a row that has one of the words."""
    tables = rows(connection, "select table_name from duckdb_tables() where schema_name = 'raw'")
    texts = [
        f"select '{name}' as name, lower(concat_ws(' ', *columns(*))) as text from raw.\"{name}\""
        for (name,) in tables
    ]
    return connection.execute(
        f"select distinct name, word from ({' union all '.join(texts)}), (select unnest($1) as word) "
        "where contains(text, word)",
        [words],
    ).fetchall()
