"""A worker process, which imports what this process needs and what is slow to import.

Python runs on one core, and dbt with the libraries of statistics takes as long to import as a day's streams
take to pull: 6 s CPU (dbt-core 1.11 2.0 s, statsmodels 1.3 s, dagster-dbt's import of dbt 2.7 s) that pass
on the second core meanwhile. A function is called there and its result sent back; where even its module is
slow to import, it is given by name (`package.module:function`) and never imported here. The worker is started
at the first call, has the environment and the folder of each call, and ends with this process, however that
ends. Depends on POSIX (`pass_fds`) and on no version of a library.

    python -m dagster_project.runtime.worker FD     what `WorkerProcess` starts
"""

import atexit
import os
import pkgutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from dagster_project.runtime.garbage import collect_less_often

PROJECT = Path(__file__).parents[2]
# Stopped in the middle, it leaves its locks to Python's resource tracker, whose warning would be printed.
WARNINGS = "ignore:resource_tracker:UserWarning"
Emit = Callable[[Any], None]
# A function of a module, or its name: `package.module:function`.
Function = Callable[..., Any] | str


class WorkerDied(RuntimeError):
    """The worker process is gone. The message is one sentence for a person."""


@dataclass(frozen=True)
class _Call:
    """A `streams` function takes as its first argument a function that sends a result at once."""

    name: str
    arguments: tuple[Any, ...]
    streams: bool = False
    is_answered: bool = True
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: str = field(default_factory=os.getcwd)


class WorkerProcess:
    """The worker, seen from the process that calls it; one call at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def prewarm(self, function: Function, *arguments: Any) -> None:
        """Call without waiting for a result. Errors are ignored: a later call that needs it repeats it."""
        with self._lock:
            self._send(_Call(_name(function), arguments, is_answered=False))

    def call(self, function: Function, *arguments: Any) -> Any:
        """What it returns; raises what it raises, and WorkerDied."""
        [result] = self._results(_Call(_name(function), arguments))
        return result

    def stream(self, function: Function, *arguments: Any) -> Iterator[Any]:
        """What it emits, as it runs: it is called with `emit` before `arguments`.

        Closing the iterator before its end stops the worker, so that no work goes on unseen.
        Raises what it raises, and WorkerDied.
        """
        return self._results(_Call(_name(function), arguments, streams=True))

    def _results(self, call: _Call) -> Iterator[Any]:
        """What is emitted, or else the one result."""
        is_over = False
        with self._lock:
            try:
                connection = self._send(call)
                while not is_over:
                    kind, result = self._receive(connection)
                    is_over = kind != "emitted"
                    if kind == "raised":
                        raise result
                    if is_over != call.streams:
                        yield result
            finally:
                # A result that is no longer awaited would be taken for that of the next call.
                if not is_over:
                    self.close()

    def close(self) -> None:
        """Stop it, even in the middle of its work; the next call starts another."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()

    def _send(self, call: _Call) -> Connection:
        if self._process is None or self._process.poll() is not None or self._connection is None:
            self._connection = self._start()
        try:
            self._connection.send(call)
        except OSError:
            raise self._died() from None
        return self._connection

    def _start(self) -> Connection:
        self.close()
        here, there = Pipe()
        # `-m` puts the folder it is started in first on the path: this project's, wherever this process is.
        self._process = subprocess.Popen(
            [sys.executable, "-W", WARNINGS, "-m", "dagster_project.runtime.worker", str(there.fileno())],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            pass_fds=[there.fileno()],
        )
        there.close()
        return here

    def _receive(self, connection: Connection) -> tuple[str, Any]:
        try:
            kind, result = connection.recv()
        except (EOFError, OSError):
            raise self._died() from None
        return kind, result

    def _died(self) -> WorkerDied:
        code = self._process.wait() if self._process else None
        self.close()
        return WorkerDied(
            f"The worker process, which runs dbt and the statistics, ended with code {code}, perhaps out of "
            "memory; what it had built is kept, run the job again for the rest."
        )


def _name(function: Function) -> str:
    return function if isinstance(function, str) else f"{function.__module__}:{function.__qualname__}"


worker = WorkerProcess()


def serve(connection: Connection) -> None:
    """Answer calls until the caller is gone."""
    # Ctrl-C reaches both processes; the caller decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_busy, is_over = threading.Event(), threading.Event()
    threading.Thread(target=_end_with_the_caller, args=[is_busy, is_over], daemon=True).start()
    while True:
        try:
            call: _Call = connection.recv()
        except EOFError:
            return
        is_busy.set()
        if is_over.is_set():
            return
        os.environ.clear()
        os.environ.update(call.environment)
        os.chdir(call.folder)
        result = _do(call, connection)
        if call.is_answered:
            connection.send(result)
        is_busy.clear()


def _do(call: _Call, connection: Connection) -> tuple[str, Any]:
    lock = threading.Lock()

    def emit(result: Any) -> None:
        with lock:
            connection.send(("emitted", result))

    try:
        function = pkgutil.resolve_name(call.name)
        return "returned", function(*([emit] if call.streams else []), *call.arguments)
    except Exception as error:
        # An error of a library may not survive pickling, its words do.
        is_plain = isinstance(error, ValueError | RuntimeError) and type(error).__module__ == "builtins"
        return "raised", error if is_plain else RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_the_caller(is_busy: threading.Event, is_over: threading.Event) -> None:
    """Standard input ends when the caller does, even if killed: the warehouse must not stay open then."""
    # Not by sys.stdin, whose lock a thread must not hold when the interpreter ends.
    while os.read(0, 1):
        pass
    is_over.set()
    if is_busy.is_set():
        os._exit(1)


if __name__ == "__main__":
    collect_less_often()
    serve(Connection(int(sys.argv[1])))
