"""Fetching pages ahead, and several at once, changes nothing but the time it takes."""

from collections.abc import Iterator
from threading import Barrier, Event, Timer
from time import sleep

import pytest

from dagster_project.sources.core.prefetch import asked_at_once, fetched_ahead


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


def test_answers_come_in_the_order_of_the_questions_which_are_asked_at_once() -> None:
    together = Barrier(3, timeout=5)

    def ask(question: int) -> int:
        if question:
            together.wait()  # breaks unless three are asked at once
            sleep(0.01 * (question % 3))
        return question * 10

    assert list(asked_at_once(ask, range(10), 3)) == list(range(0, 100, 10))
    assert list(asked_at_once(ask, range(1), 3)) == [0]
    assert list(asked_at_once(ask, [], 3)) == []


def test_no_more_are_asked_at_once_than_there_are_connections() -> None:
    asked: list[int] = []
    may_answer = Event()

    def ask(question: int) -> int:
        asked.append(question)
        if question:
            assert may_answer.wait(5)
        return question

    answers = asked_at_once(ask, range(9), 2)
    assert next(answers) == 0
    Timer(0.2, may_answer.set).start()
    assert next(answers) == 1
    answers.close()  # type: ignore[attr-defined]
    assert set(asked) <= {0, 1, 2, 3}


def test_what_is_refused_at_first_is_not_asked_again() -> None:
    asked: list[int] = []

    def refuse(question: int) -> int:
        asked.append(question)
        raise ValueError("not in your plan")

    with pytest.raises(ValueError, match="not in your plan"):
        list(asked_at_once(refuse, range(9), 4))
    assert asked == [0]


def test_what_fails_later_comes_after_the_answers_before_it() -> None:
    def ask(question: int) -> int:
        if question == 5:
            raise ValueError("the fifth")
        return question

    answers = asked_at_once(ask, range(9), 4)
    assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="the fifth"):
        next(answers)
