"""Loading one file by a feed as it is written in YAML."""

from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from tests.landing.streams import now

Row = tuple[Any, ...]
# A feed of four columns, its event and the file that has it.
COLUMNS = "columns: {occurred_at: t, event_name: e, user_id: u, url: l}"
TEXT = "t,e,u,l\n2026-11-15 10:00,buy,õie,https://a.ee/?x=1#top\n"


class FeedLoader:
    """Loads one file by a feed of YAML lines."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
        self.warehouse, self.settings, self.folder = warehouse, settings, folder

    def load(self, keys: str, content: str | bytes, format_: str = "csv") -> None:
        data = content.encode() if isinstance(content, str) else content
        (self.folder / f"x.{format_}").write_bytes(data)
        lines = "\n".join(f"    {line}" for line in keys.strip().splitlines())
        text = f"feeds:\n  - name: shop\n    path: x.{format_}\n    format: {format_}\n{lines}\n"
        (self.folder / "feeds.yml").write_text(text, encoding="utf-8")
        (feed,) = read_feeds(self.folder / "feeds.yml")
        create_raw_tables(self.warehouse, [], [feed])
        copy_files(SOURCE_NAME, feed.name, list_files(feed), self.settings.landing, now)
        assert load_feed(self.warehouse, self.settings.landing, feed, now).is_complete

    def events(self, columns: str) -> list[Row]:
        return self.warehouse.execute(f"select {columns} from raw.event_files order by all").fetchall()

    def reasons(self) -> list[str]:
        return [
            reason
            for (reason,) in self.warehouse.execute(
                "select reason from raw._quarantine order by 1"
            ).fetchall()
        ]
