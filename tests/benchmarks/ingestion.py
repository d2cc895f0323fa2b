"""The speed of loading an action log into a raw table, against tuned dlt and download-and-discard.

    python -m tests.benchmarks.ingestion [--persons 50000] [--latency 0.05] [--without-dlt] [--prerender]
                                         [--rounds 3]
    python -m tests.benchmarks.ingestion --stand-in gzip|identity [--records 1000000] …

All read the same pages of 10,000 records with requests: Milepost with its Smaily connector and loader, as its
assets do; dlt with pages decoded by msgspec, with its Parquet loader and without nesting. The two fast ones
run three times, then dlt once, and all of that three times: single runs of the same work differ by 40 %, and
the speed of a shared machine varies from minute to minute. Medians count. The servers:

- the simulator with 90 days of 50,000 persons, 1.06 million actions of 186 bytes, which renders its responses
  on request, like a vendor. Every run gets a new simulator that has rendered nothing yet. The bars apply to
  this server.
- the same with `--prerender`, and the stand-ins with pages of 551-byte records, compressed or not: servers
  that only write to a socket. The bars against dlt apply there too. Download-and-discard from them is the
  speed of copying memory (up to 2 million records/s), which nothing that parses and stores can reach; that
  ratio is reported without a bar, unless 50 ms of latency per page make them wait like a vendor.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import sleep
from typing import Any

import duckdb
import msgspec

from dagster_project.landing import pull_stream
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.concurrent_load import ConcurrentLoader
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Request
from dagster_project.sources.smaily import SOURCE
from tests.benchmarks.history_server import PAGE
from tests.benchmarks.measuring import Measure, measure, middle, verdict
from tests.benchmarks.servers import PERSONS, Account, simulator, stand_in

ACTIONS = SOURCE.stream("actions")
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
SETS = 3


def discard(account: Account) -> None:
    for _ in account.pages():
        pass


def milepost(account: Account, home: Path, records: int) -> None:
    """From the source through landing into the raw table, with concurrent loads, as an asset does."""
    settings = Settings(home, NOW)

    @contextmanager
    def opened() -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(settings) as connection:
            create_raw_tables(connection, [SOURCE])
            yield connection

    configuration = SOURCE.configure(account.environment)
    with (
        SOURCE.connect(configuration, settings.now, sleep) as client,
        ConcurrentLoader(opened, settings.landing, SOURCE.name, ACTIONS, settings.now) as loading,
    ):
        now = settings.now
        pull_stream(SOURCE.name, ACTIONS, client, settings.landing, now, Request(), loading.landed)
        result = loading.finish()
    assert (result.fetched, result.loaded, result.quarantined) == (records, records, 0)


def measure_dlt(account: Account, home: Path, records: int) -> Measure:
    """dlt tuned for this: pages decoded by msgspec, Parquet files, no nested tables, both cores.

    To be called in a separate process: its imports, which are not measured, slow others down by 3 %.
    """
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

    def run() -> None:
        pipeline = dlt.pipeline(
            "benchmark",
            destination=dlt.destinations.duckdb(str(home / "dlt.duckdb")),
            dataset_name="raw",
            pipelines_dir=str(home / "pipelines"),
        )
        pipeline.run(actions(), loader_file_format="parquet")
        with pipeline.sql_client() as client:
            assert client.execute_sql("select count(*) from actions") == [(records,)]

    home.mkdir()
    return measure("dlt, tuned", records, run)


@dataclass(frozen=True)
class Setting:
    """A kind of server, and Milepost's bar there against download-and-discard, if any."""

    server: Callable[[], AbstractContextManager[Account]]
    latency: float
    limit: float | None


def count_records(setting: Setting) -> int:
    """The number of records; prints it with their size."""
    with setting.server() as account:
        pages = [(len(page), page.count(b'"seq_id":')) for page in account.pages()]
    size, records = sum(length for length, _ in pages), sum(count for _, count in pages)
    print(
        f"{records:,} records of {size / records:.0f} bytes in pages of {PAGE:,}, "
        f"{setting.latency:g} s of latency per page"
    )
    return records


@contextmanager
def begun(setting: Setting) -> Iterator[tuple[Account, Path]]:
    """A new server and an empty folder; earlier writes are synced to disk first."""
    with setting.server() as account, tempfile.TemporaryDirectory() as folder:
        os.sync()
        yield account, Path(folder) / "home"


def compare(setting: Setting, rounds: int, with_dlt: bool) -> bool:
    """Measure all and print the ratios; returns whether all bars are met."""
    records = count_records(setting)
    baselines, owns, tuned = [], [], []
    for turn in range(SETS * rounds):
        with begun(setting) as (account, _):
            baselines.append(measure("download and discard", records, partial(discard, account)))
        with begun(setting) as (account, home):
            load = partial(milepost, account, home, records)
            owns.append(measure("Milepost, into the raw table", records, load))
        if with_dlt and turn % rounds == rounds - 1:
            with begun(setting) as (account, home), ProcessPoolExecutor(1, get_context("spawn")) as alone:
                tuned.append(alone.submit(measure_dlt, account, home, records).result())
    baseline, own = middle(baselines), middle(owns)
    held = verdict("Milepost's speed against download-and-discard", baseline.wall / own.wall, setting.limit)
    if with_dlt:
        dlt = middle(tuned)
        held &= verdict("Milepost's speed against tuned dlt", dlt.wall / own.wall, 10)
        held &= verdict("Milepost's CPU against tuned dlt's", own.cpu / dlt.cpu, 1 / 7, at_least=False)
    return held


def _setting(options: argparse.Namespace) -> Setting:
    is_ready = bool(options.stand_in or options.prerender)
    server = (
        partial(stand_in, options.records, options.latency, options.stand_in)
        if options.stand_in
        else partial(simulator, options.persons, options.latency, options.prerender)
    )
    limit = 0.9 if options.latency else None if is_ready else 0.5
    return Setting(server, options.latency, limit)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=PERSONS, help="of the simulator")
    parser.add_argument(
        "--prerender", action="store_true", help="a simulator that has rendered every response"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds each page takes at the server")
    parser.add_argument(
        "--stand-in", choices=["gzip", "identity"], help="serve prepared pages in this encoding"
    )
    parser.add_argument("--records", type=int, default=1_000_000, help="of the stand-in")
    parser.add_argument("--rounds", type=int, default=3, help="of all but dlt, three times; odd")
    parser.add_argument("--without-dlt", action="store_true")
    options = parser.parse_args()
    return 0 if compare(_setting(options), options.rounds, not options.without_dlt) else 1


if __name__ == "__main__":
    raise SystemExit(main())
