"""Servers to ingest from, each a process of its own on loopback, and how plain requests reads them."""

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
PERSONS = 50_000  # with 90 days of history these have done 1.06 million things


@dataclass(frozen=True)
class Account:
    """What reads a server's action log."""

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
        """Every page with plain requests, as quickly as it gives them: 25 % quicker than by `.content`."""
        after, is_full = 0, True
        with requests.Session() as session:
            session.auth = (self.username, self.password)
            while is_full:
                asked = {"since_seq_id": after, "limit": PAGE}
                with session.get(
                    self.base_url + "history.php", params=asked, stream=True, timeout=60
                ) as response:
                    page = response.raw.read(decode_content=True)
                cursors = LAST_CURSOR.findall(page, max(0, len(page) - TAIL))
                is_full = bool(cursors)
                if is_full:
                    after = int(cursors[-1])
                    yield page


@contextmanager
def simulator(persons: int, latency: float, is_prerendered: bool) -> Iterator[Account]:
    """Milepost's simulator, all its history kept.

    It renders records from its tables when they are first asked for, 50,000 at a time, unless it has done so
    in advance. What was asked for once is kept, so that every reader to be compared needs a new one.
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
    """A Python module in a process of its own; gives the line it prints when it is ready."""
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline()
        finally:
            server.kill()
