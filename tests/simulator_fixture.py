"""A running simulator for tests: over a real socket, in a new process or in a thread.

    with run_simulator(persons=200, days=30) as simulator:
        simulator.environment          # environment variables of an installation that reads it
        simulator.inject_fault("rate_limit", path="/smaily", count=2)

    with serve_in_thread(Simulation(world), folder) as simulator:
        ...                            # a given world, in this process

`small_simulator` is a fixture for modules that import it.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.types import ASGIApp

from dagster_project.simulator import credentials, server
from dagster_project.simulator.simulation import Simulation


@dataclass
class RunningSimulator:
    """A simulator that is serving. `environment` has the variables of an installation that reads it."""

    base_url: str
    environment: dict[str, str]

    @property
    def smaily_url(self) -> str:
        return self.environment["SMAILY_BASE_URL"]

    @property
    def smaily_auth(self) -> tuple[str, str]:
        return self.environment["SMAILY_USERNAME"], self.environment["SMAILY_PASSWORD"]

    @property
    def ga4_url(self) -> str:
        return self.environment["GA4_BASE_URL"]

    @property
    def bitly_url(self) -> str:
        return self.environment["BITLY_BASE_URL"]

    @property
    def bitly_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.environment['BITLY_ACCESS_TOKEN']}"}

    def inject_fault(self, kind: str, **values: Any) -> None:
        """Inject a fault; `values` are `path`, `count` (0: always), `skip`, `status`, `seconds`, `name`."""
        self._control("POST", "faults", {"kind": kind, **values})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._control("DELETE", "faults", None)

    def set_clock(self, now: datetime | str) -> None:
        self._control("POST", "clock", {"now": now if isinstance(now, str) else now.isoformat()})

    def set_options(self, **values: Any) -> None:
        """Change options of the accounts, such as `bitly_plan="growth"` (see simulator/options.py)."""
        self._control("POST", "options", values)

    def state(self) -> dict[str, Any]:
        """`now`, `requests` (count by path), `records_served`, active `faults`, `options`."""
        return dict(self._control("GET", "state", None))

    def _control(self, method: str, name: str, body: Any) -> Any:
        response = requests.request(method, f"{self.base_url}/_simulator/{name}", json=body, timeout=30)
        if response.status_code != 200:
            raise ValueError(response.text)
        return response.json()


@contextmanager
def run_simulator(
    *flags: str, persons: int = 200, days: int = 30, seed: int = 7, folder: Path | None = None
) -> Iterator[RunningSimulator]:
    """The simulator in a new process on a free port; `flags` are further flags of `serve`.

    Smaily's limit of requests per second is off unless `flags` set it.
    """
    with tempfile.TemporaryDirectory() as temporary:
        command = [
            *(sys.executable, "-m", "dagster_project.simulator", "serve", "--port", "0"),
            *("--persons", str(persons), "--days", str(days), "--seed", str(seed)),
            *("--credentials-dir", str(folder or temporary)),
            *(() if "--requests-per-second" in flags else ("--requests-per-second", "0")),
            *flags,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"The simulator ended with code {process.wait()} before it was ready.")
                ready = json.loads(line)
                yield RunningSimulator(ready["base_url"], ready["environment"])
            finally:
                process.terminate()


@contextmanager
def serve_in_thread(
    simulation: Simulation, folder: Path, wrapper: Callable[[ASGIApp], ASGIApp] | None = None
) -> Iterator[RunningSimulator]:
    """A simulation (such as one of a hand-made world) served from a thread of this process.

    `wrapper` puts something between its answers and the wire.
    """
    listening = server.open_socket(0)
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    credentials.write(simulation, base_url, folder)
    serving = server.make_server(simulation)
    if wrapper:
        serving.config.loaded_app = wrapper(serving.config.loaded_app)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.01)
    try:
        yield RunningSimulator(base_url, credentials.environment(simulation, base_url, folder))
    finally:
        serving.should_exit = True
        thread.join(timeout=10)
        listening.close()


@pytest.fixture(scope="module")
def small_simulator() -> Iterator[RunningSimulator]:
    """200 persons over 30 days, for one test module; tests that change it restore it."""
    with run_simulator() as simulator:
        yield simulator
