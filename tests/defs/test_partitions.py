"""Which days a run pulls."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from dagster_project.defs.partitions import as_windows, daily_partitions, first_day, missing_windows
from dagster_project.sources.core.stream import Column, Kind, Page, Request, Stream, Window


def nothing(client: Any, request: Request) -> Iterator[Page]:
    """A stream without a record."""
    del client, request
    yield from ()


def window_stream(restatement_days: int) -> Stream:
    return Stream(
        "hits",
        "Hits.",
        Kind.WINDOW,
        (Column("id"),),
        ("id",),
        nothing,
        restatement_days=restatement_days,
    )


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_first_run_pulls_every_day_since_the_start_in_one_window() -> None:
    windows = missing_windows(window_stream(3), set(), day("2026-11-01"), day("2026-11-16"))
    assert windows == [Window(day("2026-11-01"), day("2026-11-16"))]


def november(*numbers: int) -> set[str]:
    return {f"2026-11-{number:02}" for number in numbers}


def span(first: int, last: int) -> Window:
    return Window(date(2026, 11, first), date(2026, 11, last))


def test_a_daily_run_pulls_the_days_that_may_be_restated() -> None:
    stream, start = window_stream(3), day("2026-11-01")
    landed = november(*range(1, 16))
    assert missing_windows(stream, landed, start, day("2026-11-16")) == [span(13, 16)]
    # And again in a second run of the same day.
    assert missing_windows(stream, landed | november(16), start, day("2026-11-16")) == [span(13, 16)]
    assert missing_windows(window_stream(0), landed, start, day("2026-11-16")) == [span(16, 16)]


def test_a_run_after_a_gap_pulls_again_what_was_not_final_in_the_last_one() -> None:
    """The run of the 8th read the 6th as it was two days later, and of its own day no more than the night."""
    landed = november(*range(1, 9))
    assert missing_windows(window_stream(3), landed, day("2026-11-01"), day("2026-11-20")) == [span(6, 20)]
    # A backfill of later days says nothing of earlier ones.
    landed |= november(*range(12, 20))
    assert missing_windows(window_stream(3), landed, day("2026-11-01"), day("2026-11-20")) == [
        span(6, 11),
        span(17, 20),
    ]


def test_days_that_do_not_add_up_are_pulled_again_with_the_others() -> None:
    landed = november(*range(1, 17))
    again = {day("2026-11-02"), day("2026-11-03"), day("2026-11-15"), day("2026-10-01")}
    windows = missing_windows(window_stream(3), landed, day("2026-11-01"), day("2026-11-16"), again)
    assert windows == [span(2, 3), span(13, 16)]


def test_a_start_in_the_future_pulls_nothing() -> None:
    assert missing_windows(window_stream(3), set(), day("2026-12-01"), day("2026-11-16")) == []


def test_windows_span_the_end_of_a_month() -> None:
    assert as_windows([day("2026-10-31"), day("2026-11-01")]) == [
        Window(day("2026-10-31"), day("2026-11-01"))
    ]


def test_the_first_day_is_ninety_days_before_the_pinned_clock() -> None:
    assert first_day({"MILEPOST_NOW": "2026-11-16T04:00:00Z"}) == day("2026-08-18")


def test_the_first_day_can_be_set_and_a_bad_one_is_explained() -> None:
    assert first_day({"MILEPOST_START_DATE": "2026-01-01"}) == day("2026-01-01")
    with pytest.raises(ValueError, match="MILEPOST_START_DATE is 'January'"):
        first_day({"MILEPOST_START_DATE": "January"})


def test_partitions_start_on_the_first_day_and_hold_today() -> None:
    keys = daily_partitions({"MILEPOST_START_DATE": "2026-08-18"}).get_partition_keys()
    assert keys[0] == "2026-08-18"
    assert keys[-1] == date.today().isoformat()


def test_under_a_pinned_clock_no_partition_is_later_than_its_today() -> None:
    pinned = {"MILEPOST_NOW": "2026-11-16T04:00:00Z"}
    keys = daily_partitions(pinned | {"MILEPOST_START_DATE": "2026-08-18"}).get_partition_keys()
    assert (keys[0], keys[-1]) == ("2026-08-18", "2026-11-16")
    assert daily_partitions(pinned | {"MILEPOST_START_DATE": "2026-12-01"}).get_partition_keys() == []
    assert daily_partitions({"MILEPOST_NOW": "noon"}).get_partition_keys()[-1] == date.today().isoformat()


def test_a_day_between_two_is_not_asked_for() -> None:
    assert as_windows([day("2026-11-01"), day("2026-11-03"), day("2026-11-04")]) == [
        Window(day("2026-11-01"), day("2026-11-01")),
        Window(day("2026-11-03"), day("2026-11-04")),
    ]
