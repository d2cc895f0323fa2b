"""How fast a feed's CSV file becomes events, against DuckDB's plain `read_csv` into a table, in one run.

python tests/benchmarks/event_files.py [rows]
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.warehouse.connection import connect
from dagster_project.warehouse.feeds import load_feed
from dagster_project.warehouse.schema import create_raw_tables

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
                strftime(timestamp '2026-09-01' + to_seconds(i * 0.7::double), '%Y-%m-%d %H:%M:%S') as ts,
                ['page_view', 'add_to_cart', 'view_item', 'purchase'][1 + (i % 4)] as event,
                'person' || (hash(i) % 200000) || '@mail.example.com' as email,
                'https://shop.example.com/product/' || (i % 5000) as page,
                'autumn-' || (i % 40) as campaign,
                case when i % 4 = 3 then (i % 9000) / 100.0 end as amount,
                ['mobile', 'desktop', 'tablet'][1 + (i % 3)] as device
            from range({rows}) as numbers(i)
        ) to '{path}' (header)
    """)


def timed(name: str, rows: int, work: Callable[[], None]) -> float:
    """Wall seconds of `work`, printed with its CPU seconds and rows a second."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    work()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:<42} {wall:7.2f} s wall {cpu:7.2f} s CPU {rows / wall:12,.0f} rows/s", flush=True)
    return wall


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

        baseline = timed("plain read_csv into a table", rows, plain)
        copied = timed("copy into landing, with checksum", rows, copy)
        loaded = timed("load into raw.event_files__shop", rows, load)
        print(f"load: {baseline / loaded:.2f} of the plain read's speed (bar {BAR})")
        print(f"copy and load: {baseline / (copied + loaded):.2f}")
        return 0 if baseline / loaded >= BAR else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
