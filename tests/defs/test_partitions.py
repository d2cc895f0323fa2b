"""Which days a run owes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from dagster_project.defs.partitions import as_windows, daily_partitions, due_windows, first_day
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


def test_a_first_run_owes_every_day_since_the_start_in_one_window() -> None:
    windows = due_windows(window_stream(3), set(), day("2026-11-01"), day("2026-11-16"))
    assert windows == [Window(day("2026-11-01"), day("2026-11-16"))]


def test_a_later_run_owes_the_restated_days_and_the_gaps() -> None:
    landed = {f"2026-11-{number:02}" for number in range(1, 16)} - {"2026-11-05", "2026-11-06", "2026-11-09"}
    windows = due_windows(window_stream(3), landed, day("2026-11-01"), day("2026-11-16"))
    assert windows == [
        Window(day("2026-11-05"), day("2026-11-06")),
        Window(day("2026-11-09"), day("2026-11-09")),
        Window(day("2026-11-13"), day("2026-11-16")),
    ]


def test_a_start_in_the_future_owes_nothing() -> None:
    assert due_windows(window_stream(3), set(), day("2026-12-01"), day("2026-11-16")) == []


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
