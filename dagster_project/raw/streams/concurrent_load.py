"""Loading landed entries while the pull of the same stream goes on."""

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

# One commit of a full action log; fewer are left for a later load.
MIN_RECORDS_PER_LOAD = 130_000


class ConcurrentLoader:
    """Loads one stream in a background thread, one load at a time; a context manager around the pull.

    Every load synchronizes the table with the entries committed by then, so that the number of loads does not
    matter: a load that fails is left to `finish`, which tries again and raises. Until the pull ends, loads
    use one core. `opened` opens the warehouse; a small pull opens it only at the end.
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
            self._use_all_cores()
        finally:
            self._resources.__exit__(kind, error, trace)

    def landed(self, entry: Entry) -> None:
        """Count a committed entry; starts a load once enough records have landed and the last load began."""
        self._waiting += entry.records
        self._just_landed.add(entry.sha256)
        is_next_waiting = bool(self._loads) and not (self._loads[-1].running() or self._loads[-1].done())
        if self._waiting < MIN_RECORDS_PER_LOAD or is_next_waiting or self._has_failed:
            return
        self._has_failed = any(load_.exception() for load_ in self._loads if load_.done())
        if not self._has_failed:
            self._loads.append(self._threads.submit(self._load_on_one_core))
            self._waiting = 0

    def finish(self) -> LoadResult:
        """Load the remaining entries on all cores; returns the combined result of all loads."""
        self._use_all_cores()
        started = [load_ for load_ in self._loads if not load_.cancel()]
        earlier = [load_.result() for load_ in started if not load_.exception()]
        self._use_all_cores()  # again, because a load may have started after the first call
        last = self._load(self._open())
        results = [*earlier, last]
        return replace(
            last,
            partitions_loaded=_union(result.partitions_loaded for result in results),
            partitions_removed=_union(result.partitions_removed for result in results),
            partitions_changed=_union(result.partitions_changed for result in results),
        )

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._resources.enter_context(self._opened())
        return self._connection

    def _load_on_one_core(self) -> LoadResult:
        connection = self._open()
        _use_one_core(connection)
        return self._load(connection)

    def _load(self, connection: duckdb.DuckDBPyConnection) -> LoadResult:
        return load(
            connection, self._root, self._source, self._stream, self._now, just_landed=self._just_landed
        )

    def _use_all_cores(self) -> None:
        """For the load in progress, for the last one, and for later users of the connection."""
        if self._connection is not None:
            with self._connection.cursor() as settings:  # the connection itself may be in use
                settings.execute("reset external_threads; select 1")  # the next statement starts the threads


def _use_one_core(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB 2.0.0 plan for all cores but run on the calling thread only: the pull needs the others.

    Loads that compete with the pull for cores take 14 % more CPU and no less time. `external_threads` and not
    `threads`, because other cores cannot join a query that was planned for one when the pull ends.
    """
    [(threads,)] = connection.execute("select current_setting('threads')").fetchall()
    connection.execute(f"set external_threads = {threads}")


def _union(partitions: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({partition for some in partitions for partition in some}))
