"""The speed of loading a feed's CSV file as events, relative to DuckDB's plain `read_csv` into a table.

python tests/benchmarks/event_files.py [rows]
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.connection import connect
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from tests.benchmarks.measuring import measure, verdict

ROWS = 10_000_000
BAR = 0.3  # of the plain read's speed
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)

COLUMNS = {
    "event_id": "id",
    "occurred_at": "ts",
    "event_name": "event",
    "email": "email",
    "url": "page",
    "campaign": "campaign",
    "revenue": "amount",
}


def write_csv(path: Path, rows: int) -> None:
    """A shop's export: 200,000 persons, local times, one column in eight not mapped."""
    duckdb.execute(f"""
        copy (
            select
                'evt-' || i as id,
                strftime(timestamp '2026-08-01' + to_seconds(i * 0.7::double), '%Y-%m-%d %H:%M:%S') as ts,
                ['page_view', 'add_to_cart', 'view_item', 'purchase'][1 + (i % 4)] as event,
                'person' || (hash(i) % 200000) || '@mail.example.com' as email,
                'https://shop.example.com/product/' || (i % 5000) as page,
                'autumn-' || (i % 40) as campaign,
                case when i % 4 = 3 then (i % 9000) / 100.0 end as amount,
                ['mobile', 'desktop', 'tablet'][1 + (i % 3)] as device
            from range({rows}) as numbers(i)
        ) to '{path}' (header)
    """)


def main(rows: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "in").mkdir()
        path = home / "in" / "events.csv"
        write_csv(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / rows:.0f} bytes each")
        feed = Feed("shop", str(home / "in/*.csv"), "csv", "Europe/Tallinn", COLUMNS, {"currency": "EUR"})
        settings = Settings(home / "data", NOW)

        def plain() -> None:
            with duckdb.connect(str(home / "plain.duckdb")) as connection:
                connection.execute(f"create table events as select * from read_csv('{path}')")

        def copy() -> None:
            copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, settings.now)

        def load() -> None:
            with connect(settings) as connection:
                create_raw_tables(connection, [], [feed])
                assert load_feed(connection, settings.landing, feed).loaded == rows

        baseline = measure("plain read_csv into a table", rows, plain)
        copied = measure("copy into landing, with checksum", rows, copy)
        loaded = measure("load into raw.event_files__shop", rows, load)
        print(f"copy and load: {baseline.wall / (copied.wall + loaded.wall):.2f} of the plain read's speed")
        return 0 if verdict("load against the plain read", baseline.wall / loaded.wall, BAR) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
