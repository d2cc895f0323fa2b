"""Loading what has landed while the source is still being asked for the rest."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from dagster_project.landing import Entry
from dagster_project.raw.streams.load import LoadResult, load
from dagster_project.sources.core.stream import Stream

# Landed records that are worth a load of their own: one commit of a full log.
ENOUGH = 130_000


class LoadingAlongside:
    """Loads of one stream, one at a time, in a thread of their own; a context manager around the pull.

    Every load brings the table in line with what is committed by then, so one more or less changes nothing:
    what fails alongside is left to `finish`, which tries again and says what is wrong. Until the pull ends
    they have one core. `opened` gives the warehouse; a small pull asks for it only at the end.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
        root: Path,
        source_name: str,
        stream: Stream,
        now: Callable[[], datetime],
    ) -> None:
        self._opened = opened
        self._root, self._source, self._stream, self._now = root, source_name, stream, now
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading")
        self._resources = ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._loads: list[Future[LoadResult]] = []
        self._waiting = 0
        self._just_landed: set[str] = set()
        self._has_failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True)
        try:
            self._give_all_cores()
        finally:
            self._resources.__exit__(kind, error, trace)

    def landed(self, entry: Entry) -> None:
        """Take note of a committed entry; a load begins when enough came together and the last ended."""
        self._waiting += entry.records
        self._just_landed.add(entry.sha256)
        is_next_waiting = bool(self._loads) and not (self._loads[-1].running() or self._loads[-1].done())
        if self._waiting < ENOUGH or is_next_waiting or self._has_failed:
            return
        self._has_failed = any(load_.exception() for load_ in self._loads if load_.done())
        if not self._has_failed:
            self._loads.append(self._threads.submit(self._load_alongside))
            self._waiting = 0

    def finish(self) -> LoadResult:
        """Load what is left, on all cores; the outcome is that of all loads together."""
        self._give_all_cores()
        begun = [load_ for load_ in self._loads if not load_.cancel()]
        earlier = [load_.result() for load_ in begun if not load_.exception()]
        self._give_all_cores()  # once more, for a load may have begun only then
        last = self._load(self._open())
        results = [*earlier, last]
        return replace(
            last,
            partitions_loaded=_together(result.partitions_loaded for result in results),
            partitions_removed=_together(result.partitions_removed for result in results),
            partitions_changed=_together(result.partitions_changed for result in results),
        )

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._resources.enter_context(self._opened())
        return self._connection

    def _load_alongside(self) -> LoadResult:
        connection = self._open()
        _take_one_core(connection)
        return self._load(connection)

    def _load(self, connection: duckdb.DuckDBPyConnection) -> LoadResult:
        return load(
            connection, self._root, self._source, self._stream, self._now, just_landed=self._just_landed
        )

    def _give_all_cores(self) -> None:
        """To the load under way, to the last one, and to whoever has the connection after that."""
        if self._connection is not None:
            with self._connection.cursor() as settings:  # the connection itself may be at work
                settings.execute("reset external_threads; select 1")  # the next statement starts them


def _take_one_core(connection: duckdb.DuckDBPyConnection) -> None:
    """Have DuckDB plan for all cores but work with the thread that asks: the others are the pull's.

    Loads that contend for them take 14 % more CPU and no less time. Of a load that was planned for one core
    no other could take a share when the pull ends.
    """
    [(threads,)] = connection.execute("select current_setting('threads')").fetchall()
    connection.execute(f"set external_threads = {threads}")


def _together(partitions: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({partition for some in partitions for partition in some}))
