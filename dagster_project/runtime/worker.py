"""A second process beside this one, which imports ahead what this one will need and is slow to import.

Python runs on one core, and dbt with the libraries of statistics takes as long to import as a day's streams
take to pull. A function is called there and its answer sent back; where even its module is slow to import,
it is given by name (`package.module:function`) and never imported here. The other process is started at the
first call, has the environment and the folder of each call, and ends with this one, however that ends.

    python -m dagster_project.runtime.worker FD     what `Beside` starts
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

PROJECT = Path(__file__).parents[2]
# Broken off, it leaves its locks to Python's resource tracker, whose warning would stand after the last word.
TRACKED = "ignore:resource_tracker:UserWarning"
Tell = Callable[[Any], None]
# A function of a module, or its name: `package.module:function`.
Function = Callable[..., Any] | str


class EndedUnasked(RuntimeError):
    """The second process is gone. The message is one sentence for a person."""


@dataclass(frozen=True)
class _Call:
    """`told` functions take as their first argument a function to tell things with as they go."""

    name: str
    arguments: tuple[Any, ...]
    is_told: bool = False
    is_answered: bool = True
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: str = field(default_factory=os.getcwd)


class Beside:
    """The second process, seen from the first; one call at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ahead(self, function: Function, *arguments: Any) -> None:
        """Have it called and do not wait; it may fail in silence, as whoever needs it will call it again."""
        with self._lock:
            self._send(_Call(_name(function), arguments, is_answered=False))

    def call(self, function: Function, *arguments: Any) -> Any:
        """What it returns; raises what it raises, and EndedUnasked."""
        [answer] = self._answers(_Call(_name(function), arguments))
        return answer

    def told(self, function: Function, *arguments: Any) -> Iterator[Any]:
        """What it tells as it goes: it is called with `tell` before `arguments`.

        Who stops listening before the end ends the process, so that no work goes on behind anybody's back.
        Raises what it raises, and EndedUnasked.
        """
        return self._answers(_Call(_name(function), arguments, is_told=True))

    def _answers(self, call: _Call) -> Iterator[Any]:
        """What is told, or else the one answer."""
        is_over = False
        with self._lock:
            try:
                connection = self._send(call)
                while not is_over:
                    kind, answer = self._receive(connection)
                    is_over = kind != "told"
                    if kind == "raised":
                        raise answer
                    if is_over != call.is_told:
                        yield answer
            finally:
                # An answer that nobody waits for any more would be taken for that of the next call.
                if not is_over:
                    self.close()

    def close(self) -> None:
        """End it, in the middle of its work if need be; the next call starts another."""
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
            raise self._gone() from None
        return self._connection

    def _start(self) -> Connection:
        self.close()
        here, there = Pipe()
        # `-m` puts the folder it is started in first on the path: this project's, wherever this process is.
        self._process = subprocess.Popen(
            [sys.executable, "-W", TRACKED, "-m", "dagster_project.runtime.worker", str(there.fileno())],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            pass_fds=[there.fileno()],
        )
        there.close()
        return here

    def _receive(self, connection: Connection) -> tuple[str, Any]:
        try:
            kind, answer = connection.recv()
        except (EOFError, OSError):
            raise self._gone() from None
        return kind, answer

    def _gone(self) -> EndedUnasked:
        code = self._process.wait() if self._process else None
        self.close()
        return EndedUnasked(
            f"The process that runs dbt and the statistics ended with code {code}, perhaps for want of "
            "memory; what it had built stays, run the job again for the rest."
        )


def _name(function: Function) -> str:
    return function if isinstance(function, str) else f"{function.__module__}:{function.__qualname__}"


beside = Beside()


def serve(connection: Connection) -> None:
    """Answer calls until there is nobody to call."""
    # Ctrl-C reaches both processes; the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_busy, is_over = threading.Event(), threading.Event()
    threading.Thread(target=_end_with_the_first, args=[is_busy, is_over], daemon=True).start()
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
        answer = _do(call, connection)
        if call.is_answered:
            connection.send(answer)
        is_busy.clear()


def _do(call: _Call, connection: Connection) -> tuple[str, Any]:
    lock = threading.Lock()

    def tell(thing: Any) -> None:
        with lock:
            connection.send(("told", thing))

    try:
        function = pkgutil.resolve_name(call.name)
        return "answer", function(*([tell] if call.is_told else []), *call.arguments)
    except Exception as error:
        # An error of a library may not survive the way, its words do.
        is_plain = isinstance(error, ValueError | RuntimeError) and type(error).__module__ == "builtins"
        return "raised", error if is_plain else RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_the_first(is_busy: threading.Event, is_over: threading.Event) -> None:
    """Standard input ends when the first process does, be it killed: nothing may hold the warehouse then."""
    # Not by sys.stdin, whose lock a thread must not hold when the interpreter ends.
    while os.read(0, 1):
        pass
    is_over.set()
    if is_busy.is_set():
        os._exit(1)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
