"""Fetching one page ahead changes nothing but the time it takes."""

from collections.abc import Iterator
from threading import Event

import pytest

from dagster_project.sources.ahead import one_ahead


def test_order_and_number_stay() -> None:
    assert list(one_ahead(iter(range(100)))) == list(range(100))
    assert list(one_ahead(iter([]))) == []


def test_the_next_is_fetched_while_the_last_is_held() -> None:
    fetched = [Event(), Event(), Event()]

    def items() -> Iterator[int]:
        for number, event in enumerate(fetched):
            event.set()
            yield number

    ahead = one_ahead(items())
    assert next(ahead) == 0
    assert fetched[1].wait(5)
    assert not fetched[2].is_set()
    ahead.close()  # type: ignore[attr-defined]


def test_an_error_comes_after_what_was_good() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    ahead = one_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="no more"):
        next(ahead)
