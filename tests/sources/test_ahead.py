"""Fetching pages ahead changes nothing but the time it takes."""

from collections.abc import Iterator
from threading import Event, Timer

import pytest

from dagster_project.sources.ahead import fetched_ahead


def test_order_and_number_stay() -> None:
    assert list(fetched_ahead(iter(range(100)))) == list(range(100))
    assert list(fetched_ahead(iter([]))) == []


def test_the_next_ones_are_fetched_while_the_last_is_held_but_no_more() -> None:
    fetched = [Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number, event in enumerate(fetched):
            event.set()
            yield number

    ahead = fetched_ahead(items(), depth=2)
    assert next(ahead) == 0
    assert fetched[2].wait(5)
    assert not fetched[3].is_set()
    assert next(ahead) == 1
    assert fetched[3].wait(5)
    ahead.close()  # type: ignore[attr-defined]
    assert not fetched[4].is_set()


def test_who_stops_early_waits_for_the_fetch_under_way_and_no_other() -> None:
    begun, may_end = Event(), Event()
    ended: list[int] = []

    def items() -> Iterator[int]:
        yield 0
        for number in range(1, 5):
            begun.set()
            assert may_end.wait(5)
            ended.append(number)
            yield number

    ahead = fetched_ahead(items(), depth=3)
    assert next(ahead) == 0
    assert begun.wait(5)
    Timer(0.2, may_end.set).start()
    ahead.close()  # type: ignore[attr-defined]
    assert ended == [1]


def test_an_error_comes_after_what_was_good() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    ahead = fetched_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="no more"):
        next(ahead)
