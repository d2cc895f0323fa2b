"""Simulated accounts: the simulator in a process of its own, as the vendors are."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
ENVIRONMENT_FILE = "environment"


class SimulatorFailed(Exception):
    """The simulator did not start. One sentence."""


@contextmanager
def simulated_accounts(
    folder: Path, persons: int, days: int, seed: int, options: tuple[str, ...] = ()
) -> Iterator[Callable[[], dict[str, str]]]:
    """Serve the vendors' APIs on loopback; yields a function that waits for them and
    returns the environment that points at them.

    Simulating takes a core for some seconds, in which the caller can use another. Keys and log go to
    `folder`. It raises SimulatorFailed when nothing answers within a minute.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = _free_port()
    command = [
        *(sys.executable, "-m", "dagster_project.simulator", "serve"),
        *("--port", str(port), "--persons", str(persons), "--days", str(days), "--seed", str(seed)),
        *("--credentials-dir", str(folder), *options),
    ]
    log = folder / "simulator.log"
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:

            def ready() -> dict[str, str]:
                _wait(process, f"http://127.0.0.1:{port}/_simulator/state", log)
                return read_environment(folder / ENVIRONMENT_FILE)

            yield ready
        finally:
            process.terminate()
            process.wait(timeout=10)


def read_environment(path: Path) -> dict[str, str]:
    """Lines of KEY=VALUE."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise SimulatorFailed(f"The simulator did not start; its output is in {log}.")
