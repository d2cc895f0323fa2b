"""Local times of the hour that the clocks show twice, which a file in the order of time distinguishes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dagster_project.raw.files.repeated_hour import repeated_hours
from tests.raw.files.feed_folder import FeedFolder, at

# Tallinn, 2026-10-25: 03:00 to 04:00 in summer time (from 00:00 UTC), then again (from 01:00 UTC).
PASSES = ["02:50", "03:10", "03:50", "03:05", "03:10", "04:10"]
RIGHT = [
    at(2026, 10, 24, 23, 50),
    *(at(2026, 10, 25, *t) for t in ((0, 10), (0, 50), (1, 5), (1, 10), (2, 10))),
]


def rows(times: list[str], offset: str = "") -> str:
    lines = [f"2026-10-25 {time}{offset},buy,a@x.ee,1,\n" for time in times]
    return "ts,event,mail,amount,page\n" + "".join(lines)


def times(feed_folder: FeedFolder) -> list[datetime]:
    return [time for (time,) in feed_folder.events("occurred_at")]


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_order_of_a_file_separates_the_passes(newest_first: bool, feed_folder: FeedFolder) -> None:
    """03:10 is there twice with the same columns: two events, an hour apart."""
    feed_folder.write("a.csv", rows(PASSES[::-1] if newest_first else PASSES))
    feed_folder.load()
    assert times(feed_folder) == RIGHT
    second = 0 if newest_first else 1
    assert feed_folder.events("_ordinal, occurred_at")[-1] == (2, at(2026, 10, 25, second, 10))


def test_another_file_with_the_same_hours_repeats_them(feed_folder: FeedFolder) -> None:
    """The export of the first pass alone does not know of the second; its events are the same."""
    feed_folder.write("a.csv", rows(PASSES[:3]))
    feed_folder.write("b.csv", rows(PASSES))
    feed_folder.load()
    assert times(feed_folder) == RIGHT


@pytest.mark.parametrize(
    ("order", "hours"),
    [
        (["03:10", "03:50", "04:10"], [(1, 10), (1, 50), (2, 10)]),  # the clocks are not seen falling back
        (["12:00", "03:50", "03:05", "11:00", "13:00"], [(1, 5), (1, 50), (9, 0), (10, 0), (11, 0)]),
        # up and down: by address, say
        (
            ["12:00", "03:50", "03:05", "03:50", "11:00", "13:00"],
            [(1, 5), (1, 50), (1, 50), (9, 0), (10, 0), (11, 0)],
        ),
        (["03:50", "03:48"], [(1, 48), (1, 50)]),  # two processes write the log
    ],
)
def test_without_a_sign_in_the_order_the_later_pass_is_taken(
    order: list[str], hours: list[tuple[int, int]], feed_folder: FeedFolder
) -> None:
    feed_folder.write("a.csv", rows(order))
    feed_folder.load()
    assert times(feed_folder) == [at(2026, 10, 25, *hour) for hour in hours]


def test_times_with_an_offset_are_left_as_they_are(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", rows(["03:50", "03:05"], "+02:00"))
    feed_folder.load()
    assert times(feed_folder) == [at(2026, 10, 25, 1, 5), at(2026, 10, 25, 1, 50)]


def test_an_invalid_row_between_does_not_shift_the_others(feed_folder: FeedFolder) -> None:
    invalid = "0001-01-01 00:00:00,buy,a@x.ee,1,\n"
    feed_folder.write("a.csv", rows(["02:50", "3:xx", *PASSES[1:]]) + invalid)
    feed_folder.load()
    assert (times(feed_folder), len(feed_folder.quarantine())) == (RIGHT, 2)


def test_the_hours_of_zones() -> None:
    begin, end = at(2025, 1, 1), at(2026, 12, 31)
    hour = timedelta(hours=1)
    assert list(repeated_hours(ZoneInfo("Europe/Tallinn"), begin, end)) == [
        (at(2025, 10, 26, 1), hour),
        (at(2026, 10, 25, 1), hour),
    ]
    assert list(repeated_hours(ZoneInfo("Australia/Lord_Howe"), begin, at(2025, 12, 31))) == [
        (at(2025, 4, 5, 15), timedelta(minutes=30))
    ]
    assert list(repeated_hours(ZoneInfo("Asia/Kolkata"), begin, end)) == []
    assert list(repeated_hours(UTC, begin, end)) == []
