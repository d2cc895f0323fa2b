"""Servers to ingest from, each a process on loopback, and reading them with plain requests."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.benchmarks.history_server import PAGE

LAST_CURSOR = re.compile(rb'"seq_id":(\d+)')
TAIL = 4_000  # bytes at the end of a page that hold its last record
PERSONS = 50_000  # with 90 days of history they have 1.06 million actions


@dataclass(frozen=True)
class Account:
    """Access to a server's action log."""

    base_url: str
    username: str
    password: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SMAILY_BASE_URL": self.base_url,
            "SMAILY_USERNAME": self.username,
            "SMAILY_PASSWORD": self.password,
            "SMAILY_REQUESTS_PER_SECOND": "100000",
        }

    def pages(self) -> Iterator[bytes]:
        """Every page with plain requests, in the fastest way: 25 % faster than `.content`."""
        after, is_full = 0, True
        with requests.Session() as session:
            session.auth = (self.username, self.password)
            while is_full:
                query = {"since_seq_id": after, "limit": PAGE}
                with session.get(
                    self.base_url + "history.php", params=query, stream=True, timeout=60
                ) as response:
                    page = response.raw.read(decode_content=True)
                cursors = LAST_CURSOR.findall(page, max(0, len(page) - TAIL))
                is_full = bool(cursors)
                if is_full:
                    after = int(cursors[-1])
                    yield page


@contextmanager
def simulator(persons: int, latency: float, is_prerendered: bool) -> Iterator[Account]:
    """Milepost's simulator with unlimited retention.

    It renders records from its tables on the first request, 50,000 at a time, unless it has prerendered them,
    and caches them: therefore every measured reader needs a new simulator.
    """
    command = [
        *("dagster_project.simulator", "serve", "--port", "0", "--persons", str(persons), "--days", "90"),
        *("--retention-days", "0", "--requests-per-second", "0"),
        *(("--prerender",) if is_prerendered else ()),
        *(("--fault", f"slow,path=history.php,seconds={latency}") if latency else ()),
    ]
    with _running(command) as line:
        given = json.loads(line)["environment"]
        yield Account(given["SMAILY_BASE_URL"], given["SMAILY_USERNAME"], given["SMAILY_PASSWORD"])


@contextmanager
def stand_in(records: int, latency: float, encoding: str) -> Iterator[Account]:
    """Pages rendered and compressed before the first request, 551 bytes a record."""
    command = ["tests.benchmarks.history_server", str(records), str(latency), encoding]
    with _running(command) as line:
        yield Account(f"http://127.0.0.1:{int(line)}/api/", "benchmark", "benchmark")


@contextmanager
def _running(command: list[str]) -> Iterator[str]:
    """Run a Python module in a new process; yields the line it prints when it is ready."""
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline()
        finally:
            server.kill()
