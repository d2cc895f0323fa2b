"""Loading during the pull: the tables do not depend on the concurrent loads."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event
from time import monotonic, sleep
from typing import Any

import duckdb
import pytest

from dagster_project.landing import LandingError, pull, read_manifest
from dagster_project.raw.connection import connect
from dagster_project.raw.errors import WarehouseBusyError, WarehouseError
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams import concurrent_load
from dagster_project.raw.streams.concurrent_load import ConcurrentLoader
from dagster_project.raw.streams.load import LoadResult, load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page, Request
from tests.landing.streams import encoded, now, record, stream
from tests.raw.conftest import source

LOG = stream(Kind.CURSOR)


def opened(settings: Settings) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    @contextmanager
    def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(settings, wait_seconds=0) as connection:
            create_raw_tables(connection, [source(LOG)])
            yield connection

    return warehouse()


def pulled(settings: Settings, pages: Iterator[Page] | list[Page]) -> tuple[LoadResult, int]:
    """Pull and load; returns the result and the number of loads before the last."""
    with ConcurrentLoader(lambda: opened(settings), settings.landing, "esp", LOG, now) as loading:
        pull("esp", LOG, pages, settings.landing, now, Request(), loading.landed)
        return loading.finish(), len(loading._loads)


def pages(count: int, **changes: Any) -> list[Page]:
    return [Page(encoded([record(number, **changes)]), cursor=str(number)) for number in range(1, count + 1)]


def held(settings: Settings) -> list[int]:
    with opened(settings) as connection:
        found = connection.execute("select seq_id from raw.esp__actions order by seq_id").fetchall()
    return [number for (number,) in found]


def cores(connection: duckdb.DuckDBPyConnection) -> int:
    """How many threads DuckDB uses: its own and the calling one."""
    settings = "current_setting('threads'), current_setting('external_threads')"
    [(threads, external)] = connection.execute(f"select {settings}").fetchall()
    return int(threads - external) + 1


def wait_for_cancelled_load(loading: ConcurrentLoader) -> None:
    """Wait until `finish` has cancelled the queued load."""
    give_up = monotonic() + 30
    while not any(waiting.cancelled() for waiting in loading._loads):
        assert monotonic() < give_up, "the queued load was not cancelled"
        sleep(0.01)


def test_entries_are_loaded_during_the_pull_and_counted_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)
    result, early = pulled(settings, pages(120))
    assert early >= 1
    assert (result.fetched, result.loaded, result.is_complete) == (120, 120, True)
    assert result.partitions_changed == tuple(f"{number:010d}" for number in range(1, 11))
    assert held(settings) == list(range(1, 121))


def test_a_small_pull_is_one_load(settings: Settings) -> None:
    result, early = pulled(settings, pages(120))
    assert (result.loaded, early) == (120, 0)


def test_a_concurrent_load_uses_one_core_until_the_pull_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would slow the pull; afterwards it gets all cores, so that the last load starts early."""
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)
    seen: list[tuple[int, int]] = []
    is_loading = Event()

    def until_loading() -> Iterator[Page]:
        yield from pages(120)
        assert is_loading.wait(30)

    def slow(connection: duckdb.DuckDBPyConnection, *arguments: Any, **options: Any) -> LoadResult:
        before = cores(connection)
        is_loading.set()
        result = load(connection, *arguments, **options)
        wait_for_cancelled_load(loading)
        seen.append((before, cores(connection)))
        return result

    monkeypatch.setattr(concurrent_load, "load", slow)
    with ConcurrentLoader(lambda: opened(settings), settings.landing, "esp", LOG, now) as loading:
        pull("esp", LOG, until_loading(), settings.landing, now, Request(), loading.landed)
        assert loading.finish().loaded == 120
    [[all_cores]] = duckdb.connect().execute("select current_setting('threads')").fetchall()
    assert seen == [(1, all_cores), (all_cores, all_cores)]
    assert held(settings) == list(range(1, 121))


def test_the_last_load_uses_all_cores_after_a_late_concurrent_load(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)
    seen: list[int] = []

    @contextmanager
    def opened_late() -> Iterator[duckdb.DuckDBPyConnection]:
        wait_for_cancelled_load(loading)
        with opened(settings) as connection:
            yield connection

    def noted(connection: duckdb.DuckDBPyConnection, *arguments: Any, **options: Any) -> LoadResult:
        seen.append(cores(connection))
        return load(connection, *arguments, **options)

    monkeypatch.setattr(concurrent_load, "load", noted)
    with ConcurrentLoader(opened_late, settings.landing, "esp", LOG, now) as loading:
        pull("esp", LOG, pages(120), settings.landing, now, Request(), loading.landed)
        assert loading.finish().loaded == 120
    [[all_cores]] = duckdb.connect().execute("select current_setting('threads')").fetchall()
    assert seen == [1, all_cores]


def test_entries_of_other_runs_are_verified_by_checksum_and_own_ones_by_size(
    settings: Settings,
) -> None:
    def damaged(change: Callable[[bytes], bytes], first: int) -> None:
        """Pull 13 pages, damage the file before it is loaded, and restore it."""
        with ConcurrentLoader(lambda: opened(settings), settings.landing, "esp", LOG, now) as loading:
            new = [Page(encoded([record(number)]), cursor=str(number)) for number in range(first, first + 13)]
            request = Request(cursor=str(first - 1) if first > 1 else None)
            [entry] = pull("esp", LOG, new, settings.landing, now, request, loading.landed)
            path = settings.landing / entry.files[0].path
            whole = path.read_bytes()
            path.write_bytes(change(whole))
            try:
                loading.finish()
            finally:
                path.write_bytes(whole)

    with pytest.raises(LandingError, match="was truncated to"):
        damaged(lambda whole: whole[:-1], 1)
    [entry] = read_manifest(settings.landing, "esp", "actions")
    path = settings.landing / entry.files[0].path
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"!")
    with pytest.raises(LandingError, match="was altered"):
        damaged(lambda new: new, 14)
    path.write_bytes(whole)
    with ConcurrentLoader(lambda: opened(settings), settings.landing, "esp", LOG, now) as loading:
        assert loading.finish().loaded == 26
    assert held(settings) == list(range(1, 27))


def test_entries_landed_before_a_failure_can_be_loaded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)

    def breaking() -> Iterator[Page]:
        yield from pages(60)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        pulled(settings, breaking())
    assert set(held(settings)) <= set(range(1, 53))
    with ConcurrentLoader(lambda: opened(settings), settings.landing, "esp", LOG, now) as loading:
        assert loading.finish().loaded == 52
    assert held(settings) == list(range(1, 53))


def test_a_failed_pull_restores_all_cores_of_a_shared_connection(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)
    external = "select current_setting('external_threads')"
    meanwhile: list[int] = []

    def failing(shared: duckdb.DuckDBPyConnection) -> None:
        with ConcurrentLoader(lambda: nullcontext(shared), settings.landing, "esp", LOG, now) as loading:
            pull("esp", LOG, pages(60), settings.landing, now, Request(), loading.landed)
            assert all(load_.result().is_complete for load_ in loading._loads)
            meanwhile.extend(*shared.execute(external).fetchall())
            raise ConnectionResetError

    with opened(settings) as shared:
        [[all_cores]] = shared.execute("select current_setting('threads')").fetchall()
        with pytest.raises(ConnectionResetError):
            failing(shared)
        [[afterwards]] = shared.execute(external).fetchall()
    assert (meanwhile, afterwards) == ([all_cores], 1)


def test_a_failed_concurrent_load_is_raised_at_the_end_and_landing_completes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)

    def lossy(*_: object, **__: object) -> LoadResult:
        raise WarehouseError("records were lost")

    with monkeypatch.context() as broken:
        broken.setattr(concurrent_load, "load", lossy)
        with pytest.raises(WarehouseError, match="records were lost"):
            pulled(settings, pages(120))
    assert sum(entry.records for entry in read_manifest(settings.landing, "esp", "actions")) == 120


def test_a_busy_warehouse_does_not_stop_the_landing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrent_load, "MIN_RECORDS_PER_LOAD", 20)
    with opened(settings), pytest.raises(WarehouseBusyError):
        pulled(settings, pages(120))
    assert sum(entry.records for entry in read_manifest(settings.landing, "esp", "actions")) == 120
