"""How fast an action log becomes a raw table, against tuned dlt and against download-and-discard, in one run.

    python -m tests.benchmarks.ingestion [--records 1000000] [--latency 0.05] [--identity] [--without-dlt]

A server process of its own serves pre-rendered pages of 10,000 records, 551 bytes each. Milepost reads them
with its Smaily connector; dlt gets the same pages, decoded, and uses its Parquet loader without nesting.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import msgspec
import requests

from dagster_project.landing import pull_stream
from dagster_project.settings import Settings
from dagster_project.sources.smaily import SOURCE
from dagster_project.sources.stream import Request
from dagster_project.warehouse.connection import connect
from dagster_project.warehouse.load import load
from dagster_project.warehouse.schema import create_raw_tables
from tests.benchmarks.history_server import PAGE
from tests.benchmarks.measuring import Measure, measure, verdict

ACTIONS = SOURCE.stream("actions")
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


@contextmanager
def served(records: int, latency: float, encoding: str) -> Iterator[str]:
    """The base URL of a running server."""
    command = [sys.executable, "-m", "tests.benchmarks.history_server", str(records), str(latency), encoding]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/api/"
        finally:
            server.kill()


def pages(base_url: str, records: int) -> Iterator[bytes]:
    """Every page with plain requests, as quickly as it gives them."""
    with requests.Session() as session:
        for after in range(0, records, PAGE):
            asked = {"since_seq_id": after, "limit": PAGE}
            with session.get(base_url + "history.php", params=asked, stream=True, timeout=60) as response:
                yield response.raw.read(decode_content=True)


def discard(base_url: str, records: int) -> None:
    assert sum(len(page) for page in pages(base_url, records)) > 500 * records


def milepost(base_url: str, records: int, home: Path) -> tuple[Measure, Measure]:
    """The whole path, in its two halves: source to landing, landing to raw table."""
    settings = Settings(home, NOW)
    environment = {
        "SMAILY_BASE_URL": base_url,
        "SMAILY_USERNAME": "benchmark",
        "SMAILY_PASSWORD": "benchmark",
        "SMAILY_REQUESTS_PER_SECOND": "100000",
    }

    def land() -> None:
        with SOURCE.connect(SOURCE.configure(environment), settings.now, sleep) as client:
            pull_stream(SOURCE.name, ACTIONS, client, settings.landing, settings.now, Request())

    def into_table() -> None:
        with connect(settings) as connection:
            create_raw_tables(connection, [SOURCE])
            result = load(connection, settings.landing, SOURCE.name, ACTIONS, settings.now)
            assert (result.fetched, result.loaded, result.quarantined) == (records, records, 0)

    return (
        measure("Milepost: source to landing", records, land),
        measure("Milepost: landing to raw table", records, into_table),
    )


def dlt_tuned(base_url: str, records: int, home: Path) -> None:
    """dlt at its best for this: orjson-decoded pages, Parquet files, no nested tables, both cores."""
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
        for page in pages(base_url, records):
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds each page takes at the server")
    parser.add_argument("--identity", action="store_true", help="pages that are not compressed")
    parser.add_argument("--without-dlt", action="store_true")
    options = parser.parse_args()
    records: int = options.records
    encoding = "identity" if options.identity else "gzip"
    print(f"{records:,} records in {encoding} pages of {PAGE:,}, {options.latency:g} s latency a page")
    with tempfile.TemporaryDirectory() as folder, served(records, options.latency, encoding) as base_url:
        home = Path(folder)
        baseline = measure("download and discard", records, lambda: discard(base_url, records))
        landed, loaded = milepost(base_url, records, home / "milepost")
        wall, cpu = landed.wall + loaded.wall, landed.cpu + loaded.cpu
        print(f"{'Milepost: together':<44} {wall:7.2f} s wall {cpu:7.2f} s CPU {records / wall:12,.0f} /s")
        held = verdict(
            "Milepost against download-and-discard", baseline.wall / wall, 0.9 if options.latency else 0.5
        )
        if not options.without_dlt:
            (home / "dlt").mkdir()
            tuned = measure("dlt, tuned", records, lambda: dlt_tuned(base_url, records, home / "dlt"))
            held &= verdict("Milepost against tuned dlt, records a second", tuned.wall / wall, 10)
            held &= verdict("Milepost's CPU against tuned dlt's", cpu / tuned.cpu, 1 / 7, at_least=False)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
