"""How fast an action log becomes a raw table, against tuned dlt and against download-and-discard, in one run.

    python -m tests.benchmarks.ingestion [--persons 50000] [--latency 0.05] [--without-dlt]
    python -m tests.benchmarks.ingestion --stand-in gzip|identity [--records 1000000] …

The server is the simulator with 90 days of 50,000 persons, 1.06 million actions, or a stand-in that serves
pages of 551-byte records as they lie. Everybody reads the same pages of 10,000 records with requests:
Milepost with its Smaily connector and its loader, as its assets do; dlt decoded by msgspec, by its Parquet
loader without nesting.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import duckdb
import msgspec

from dagster_project.landing import pull_stream
from dagster_project.settings import Settings
from dagster_project.sources.smaily import SOURCE
from dagster_project.sources.stream import Request
from dagster_project.warehouse.alongside import LoadingAlongside
from dagster_project.warehouse.connection import connect
from dagster_project.warehouse.schema import create_raw_tables
from tests.benchmarks.history_server import PAGE
from tests.benchmarks.measuring import measure, verdict
from tests.benchmarks.servers import PERSONS, Account, simulator, stand_in

ACTIONS = SOURCE.stream("actions")
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


def discard(account: Account) -> None:
    for _ in account.pages():
        pass


def milepost(account: Account, home: Path, records: int) -> None:
    """From the source into the raw table, landed on the way and loaded alongside, as an asset does it."""
    settings = Settings(home, NOW)

    @contextmanager
    def opened() -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(settings) as connection:
            create_raw_tables(connection, [SOURCE])
            yield connection

    configuration = SOURCE.configure(account.environment)
    with (
        SOURCE.connect(configuration, settings.now, sleep) as client,
        LoadingAlongside(opened, settings.landing, SOURCE.name, ACTIONS, settings.now) as loading,
    ):
        now = settings.now
        pull_stream(SOURCE.name, ACTIONS, client, settings.landing, now, Request(), loading.landed)
        result = loading.finish()
    assert (result.fetched, result.loaded, result.quarantined) == (records, records, 0)


def dlt_tuned(account: Account, home: Path, records: int) -> None:
    """dlt at its best for this: pages decoded by msgspec, Parquet files, no nested tables, both cores."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "NORMALIZE__WORKERS": "2",
        "DATA_WRITER__BUFFER_MAX_ITEMS": "50000",
        "DLT_DATA_DIR": str(home),
    }
    import dlt

    @dlt.resource(name="actions", max_table_nesting=0, write_disposition="append")
    def actions() -> Iterator[list[dict[str, Any]]]:
        for page in account.pages():
            yield msgspec.json.decode(page)

    pipeline = dlt.pipeline(
        "benchmark",
        destination=dlt.destinations.duckdb(str(home / "dlt.duckdb")),
        dataset_name="raw",
        pipelines_dir=str(home / "pipelines"),
    )
    pipeline.run(actions(), loader_file_format="parquet")
    with pipeline.sql_client() as client:
        assert client.execute_sql("select count(*) from actions") == [(records,)]


def compare(account: Account, home: Path, latency: float, with_dlt: bool) -> bool:
    """Measure everybody once and print the ratios; whether all bars are held."""
    pages = [(len(page), page.count(b'"seq_id":')) for page in account.pages()]
    size, records = sum(length for length, _ in pages), sum(count for _, count in pages)
    print(
        f"{records:,} records of {size / records:.0f} bytes in pages of {PAGE:,}, {latency:g} s a page more"
    )
    baseline = measure("download and discard", records, lambda: discard(account))
    own = measure("Milepost, into the raw table", records, lambda: milepost(account, home / "own", records))
    bar = 0.9 if latency else 0.5
    held = verdict("Milepost's speed against download-and-discard", baseline.wall / own.wall, bar)
    if with_dlt:
        (home / "dlt").mkdir()
        tuned = measure("dlt, tuned", records, lambda: dlt_tuned(account, home / "dlt", records))
        held &= verdict("Milepost's speed against tuned dlt", tuned.wall / own.wall, 10)
        held &= verdict("Milepost's CPU against tuned dlt's", own.cpu / tuned.cpu, 1 / 7, at_least=False)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=PERSONS, help="of the simulator")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds each page takes at the server")
    parser.add_argument(
        "--stand-in", choices=["gzip", "identity"], help="serve pages as they lie, so encoded"
    )
    parser.add_argument("--records", type=int, default=1_000_000, help="of the stand-in")
    parser.add_argument("--without-dlt", action="store_true")
    options = parser.parse_args()
    server = (
        stand_in(options.records, options.latency, options.stand_in)
        if options.stand_in
        else simulator(options.persons, options.latency)
    )
    with tempfile.TemporaryDirectory() as folder, server as account:
        held = compare(account, Path(folder), options.latency, not options.without_dlt)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
