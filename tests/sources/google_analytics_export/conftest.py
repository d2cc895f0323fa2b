"""An installation that reads an export."""

from pathlib import Path

import pytest

from tests.sources.google_analytics_export.exports import (
    Installation,
    event,
    lines,
    write,
    write_parquet,
)


@pytest.fixture
def export(tmp_path: Path) -> Installation:
    """An installation whose export has two days of one property."""
    folder = tmp_path / "export"
    write(folder, "analytics_123/events_20261114.json", lines(event(1, 14), event(2, 14)))
    write_parquet(folder, "analytics_123/events_20261115.parquet", event(1, 15))
    return Installation(tmp_path / "home", folder)
