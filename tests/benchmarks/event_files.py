"""The speed of loading a feed's CSV file as events, relative to DuckDB's plain `read_csv` into a table.

Once as ISO 8601 and plain numbers, once in a dialect: days first, decimal commas, rows to keep, names to
translate and a column that is excluded.

python tests/benchmarks/event_files.py [rows]
"""

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.connection import connect
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.sources.event_files.file_format import Condition, FileFormat
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


DIALECT = FileFormat(
    time_formats=("day_first",),
    decimal=",",
    where=(Condition("event", ("test", ""), is_negated=True),),
    event_names={"pageview": "page_view", "addtocart": "add_to_cart", "order": "purchase"},
)


def write_csv(path: Path, rows: int, is_dialect: bool) -> None:
    """A shop's export: 200,000 persons, local times, one column in eight not mapped."""
    time_format = "%d.%m.%Y %H:%M:%S" if is_dialect else "%Y-%m-%d %H:%M:%S"
    names = ["Page View", "Add to Cart", "view_item", "Order"]
    names = names if is_dialect else ["page_view", "add_to_cart", "view_item", "purchase"]
    amount = "(i % 9000) / 100.0"
    amount = f"replace(({amount})::varchar, '.', ',')" if is_dialect else amount
    duckdb.execute(f"""
        copy (
            select
                'evt-' || i as id,
                strftime(timestamp '2026-08-01' + to_seconds(i * 0.7::double), '{time_format}') as ts,
                {names}[1 + (i % 4)] as event,
                'person' || (hash(i) % 200000) || '@mail.example.com' as email,
                'https://shop.example.com/product/' || (i % 5000) as page,
                'autumn-' || (i % 40) as campaign,
                case when i % 4 = 3 then {amount} end as amount,
                ['mobile', 'desktop', 'tablet'][1 + (i % 3)] as device
            from range({rows}) as numbers(i)
        ) to '{path}' (header)
    """)


def main(rows: int) -> int:
    met = [measured(rows, is_dialect) for is_dialect in (False, True)]
    return 0 if all(met) else 1


def measured(rows: int, is_dialect: bool) -> bool:
    what = "in a dialect" if is_dialect else "as it is"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "in").mkdir()
        path = home / "in" / "events.csv"
        write_csv(path, rows, is_dialect)
        print(f"{rows:,} rows {what}, {path.stat().st_size / rows:.0f} bytes each")
        feed = Feed("shop", str(home / "in/*.csv"), "csv", "Europe/Tallinn", COLUMNS, {"currency": "EUR"})
        if is_dialect:
            feed = replace(feed, file_format=DIALECT, exclude=("device",))
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
        return verdict(f"load {what} against the plain read", baseline.wall / loaded.wall, BAR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
