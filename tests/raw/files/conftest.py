"""A feed of event files in a new folder."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from tests.raw.files.feed_folder import FeedFolder
from tests.raw.files.feed_loader import FeedLoader


@pytest.fixture
def feed_folder(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> FeedFolder:
    (tmp_path / "in").mkdir()
    return FeedFolder(warehouse, settings, tmp_path / "in")


@pytest.fixture
def loader(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> FeedLoader:
    return FeedLoader(warehouse, settings, tmp_path)
