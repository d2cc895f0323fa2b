"""Streams that are loaded, by their declaration."""

from collections.abc import Callable

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Stream
from tests.raw.streams.loaded import Loaded


@pytest.fixture
def loaded(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> Callable[[Stream], Loaded]:
    return lambda of: Loaded(warehouse, settings.landing, of)
