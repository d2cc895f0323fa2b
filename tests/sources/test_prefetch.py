"""Prefetching pages and mapping concurrently change only the time it takes."""

from collections.abc import Iterator
from threading import Barrier, Event, Timer
from time import sleep

import pytest

from dagster_project.sources.core.prefetch import map_concurrently, prefetch


def test_prefetch_keeps_order_and_number_of_items() -> None:
    assert list(prefetch(iter(range(100)))) == list(range(100))
    assert list(prefetch(iter([]))) == []


def test_prefetch_runs_ahead_by_its_depth_and_no_further() -> None:
    fetched = [Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number, event in enumerate(fetched):
            event.set()
            yield number

    ahead = prefetch(items(), depth=2)
    assert next(ahead) == 0
    assert fetched[2].wait(5)
    assert not fetched[3].is_set()
    assert next(ahead) == 1
    assert fetched[3].wait(5)
    ahead.close()  # type: ignore[attr-defined]
    assert not fetched[4].is_set()


def test_stopping_early_waits_only_for_the_fetch_in_progress() -> None:
    begun, may_end = Event(), Event()
    ended: list[int] = []

    def items() -> Iterator[int]:
        yield 0
        for number in range(1, 5):
            begun.set()
            assert may_end.wait(5)
            ended.append(number)
            yield number

    ahead = prefetch(items(), depth=3)
    assert next(ahead) == 0
    assert begun.wait(5)
    Timer(0.2, may_end.set).start()
    ahead.close()  # type: ignore[attr-defined]
    assert ended == [1]


def test_prefetch_raises_an_error_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    ahead = prefetch(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="no more"):
        next(ahead)


def test_concurrent_results_come_in_the_order_of_the_keys() -> None:
    together = Barrier(3, timeout=5)

    def fetch(key: int) -> int:
        if key:
            together.wait()  # breaks unless three calls run at once
            sleep(0.01 * (key % 3))
        return key * 10

    assert list(map_concurrently(fetch, range(10), 3)) == list(range(0, 100, 10))
    assert list(map_concurrently(fetch, range(1), 3)) == [0]
    assert list(map_concurrently(fetch, [], 3)) == []


def test_no_more_calls_run_at_once_than_the_concurrency() -> None:
    called: list[int] = []
    may_return = Event()

    def fetch(key: int) -> int:
        called.append(key)
        if key:
            assert may_return.wait(5)
        return key

    results = map_concurrently(fetch, range(9), 2)
    assert next(results) == 0
    Timer(0.2, may_return.set).start()
    assert next(results) == 1
    results.close()  # type: ignore[attr-defined]
    assert set(called) <= {0, 1, 2, 3}


def test_a_refused_first_call_prevents_all_others() -> None:
    called: list[int] = []

    def refuse(key: int) -> int:
        called.append(key)
        raise ValueError("not in your plan")

    with pytest.raises(ValueError, match="not in your plan"):
        list(map_concurrently(refuse, range(9), 4))
    assert called == [0]


def test_a_later_error_is_raised_after_the_results_before_it() -> None:
    def fetch(key: int) -> int:
        if key == 5:
            raise ValueError("the fifth")
        return key

    results = map_concurrently(fetch, range(9), 4)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="the fifth"):
        next(results)
