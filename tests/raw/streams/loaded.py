"""A stream with its landing zone and its raw table, for the tests of what a load may not lose."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.refusals import LossRefused, confirm, standing_losses
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import LoadResult, load
from dagster_project.sources.core.stream import Kind, Page, Stream
from tests.landing.streams import NOW, land, now, window
from tests.raw.conftest import rows, source

TABLE = "select * from raw.esp__actions order by seq_id"


class Loaded:
    """A stream with its landing zone and its raw table."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, root: Path, of: Stream) -> None:
        self.warehouse, self.root, self.stream = warehouse, root, of
        create_raw_tables(warehouse, [source(of)])

    def pull(self, *pages: Page, days: int = 1) -> None:
        land(self.root, self.stream, pages, window(days) if self.stream.kind is Kind.WINDOW else None)

    def load(self) -> LoadResult:
        return load(self.warehouse, self.root, "esp", self.stream, now)

    def refused(self) -> str:
        """The sentence of a load that changes no row, each time it is tried."""
        before = rows(self.warehouse, TABLE)
        with pytest.raises(LossRefused) as first:
            self.load()
        with pytest.raises(LossRefused) as second:
            self.load()
        assert str(first.value) == str(second.value)
        assert rows(self.warehouse, TABLE) == before
        assert list(standing_losses(self.warehouse)) == ["esp/actions"]
        return str(first.value)

    def confirm(self) -> list[str]:
        return confirm(self.warehouse, "esp", "actions", NOW)
