"""A warehouse with two marts, for the tests that need no more."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest


@pytest.fixture
def small_warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_events as select range as event_id from range(1000)")
        connection.execute("create table marts.rpt_total as select 1000 as n")
        yield connection
