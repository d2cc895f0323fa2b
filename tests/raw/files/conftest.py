"""A feed of one's own."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from tests.raw.files.drop import Drop


@pytest.fixture
def drop(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> Drop:
    (tmp_path / "in").mkdir()
    return Drop(warehouse, settings, tmp_path / "in")
