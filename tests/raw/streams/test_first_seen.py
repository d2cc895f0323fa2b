"""What is kept of the first time: when an address and a change of fields were first seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb
import pytest

from dagster_project.landing import pull
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page
from tests.landing.streams import FIRST_DAY, NOW, day, encoded, record, stream, window
from tests.raw.conftest import rows, source

DAYS = stream(Kind.WINDOW)


def land_day(settings: Settings, offset: int, instant: datetime, *numbers: int, **changes: object) -> None:
    """One day, pulled at `instant`."""
    of_day = Page(encoded(record(number, **changes) for number in numbers), partition=day(offset))
    request = window(1, FIRST_DAY + timedelta(days=offset))
    pull("esp", DAYS, [of_day], settings.landing, lambda: instant, request)


@pytest.mark.parametrize("order", [(0, 2), (2, 0)])
def test_of_days_loaded_together_the_earliest_pull_counts(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, order: Sequence[int]
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    for offset, later in enumerate(order):
        land_day(settings, offset, NOW + timedelta(days=later), 1)
    load(warehouse, settings.landing, "esp", DAYS)
    assert rows(warehouse, "select first_seen_at from pii.contacts") == [(NOW,)]


@pytest.mark.parametrize("later", [timedelta(days=2), timedelta(days=-2)])
def test_another_run_keeps_the_earliest_sight(settings: Settings, later: timedelta) -> None:
    for offset, instant in enumerate((NOW, NOW + later)):
        with connect(settings) as connection:
            create_raw_tables(connection, [source(DAYS)])
            land_day(settings, offset, instant, 1)
            load(connection, settings.landing, "esp", DAYS)
            found = rows(connection, "select first_seen_at from pii.contacts")
    assert found == [(min(NOW, NOW + later),)]


def test_a_field_that_came_is_noted_once_with_its_first_time(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    for offset, later in enumerate((1, 0)):
        land_day(settings, offset, NOW + timedelta(days=later), 1, surprise=1, _link="x")
    load(warehouse, settings.landing, "esp", DAYS)
    land_day(settings, 2, NOW + timedelta(days=3), 1, surprise=1, _link="x")
    load(warehouse, settings.landing, "esp", DAYS)
    assert rows(warehouse, "select field, kind, seen_at from raw._schema_drift") == [
        ("surprise", "added", NOW)
    ]
