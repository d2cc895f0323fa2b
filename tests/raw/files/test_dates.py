"""Days without a time of day: something happened some time that day, and is put last."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.landing.streams import now
from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import FeedLoader

KEYS = "timezone: Europe/Tallinn\n{}columns: {{occurred_at: t, event_name: e, user_id: u}}"
LAST = 999_999
# Of 14 November 2026 in Tallinn, two hours ahead.
MIDNIGHT, END = at(2026, 11, 13, 22), datetime(2026, 11, 14, 21, 59, 59, LAST, UTC)


def times(loader: FeedLoader, text: str, time_format: str = "") -> list[tuple[datetime, datetime | None]]:
    """When the event counts, and what the file gave where that is another time."""
    loader.load(KEYS.format(time_format and f"time_format: {time_format}\n"), f't,e,u\n"{text}",buy,u1\n')
    return loader.events("occurred_at, _given_at")


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("2026-11-14", ""),
        ("2026/11/14", ""),
        ("2026-11-14", "[day_first, iso]"),
        ("14.11.2026", "day_first"),
        ("14 Nov, 2026", "day_first"),
        ("11/14/2026", "[iso, month_first]"),
        ("20261114", "'%Y%m%d'"),
        # What the feed says is a day only.
        ("2026-11-14 00:00:00", "'%Y-%m-%d 00:00:00'"),
        ("14.11.2026 00:00", "'%d.%m.%Y 00:00'"),
    ],
)
def test_a_day_without_a_time_is_its_end(loader: FeedLoader, text: str, time_format: str) -> None:
    assert times(loader, text, time_format) == [(END, MIDNIGHT)]


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("2026-11-14 00:00", ""),
        ("2026-11-13T22:00:00Z", ""),
        ("2026-11-14 00:00+02:00", ""),
        ("1794607200", ""),
        ("20261113T220000Z", ""),
        ("14.11.2026 0.00", "day_first"),
        ("14.11.2026 12:00 AM", "day_first"),
        ("202611140000", "'%Y%m%d%H%M'"),
    ],
)
def test_a_time_of_midnight_stays(loader: FeedLoader, text: str, time_format: str) -> None:
    assert times(loader, text, time_format) == [(MIDNIGHT, None)]


@pytest.mark.parametrize(
    ("day", "end"),
    [
        # The clocks change: days of 25 and of 23 hours.
        ("2026-10-25", datetime(2026, 10, 25, 21, 59, 59, LAST, UTC)),
        ("2026-03-29", datetime(2026, 3, 29, 20, 59, 59, LAST, UTC)),
    ],
)
def test_the_end_of_a_day_is_that_of_the_feeds_zone(loader: FeedLoader, day: str, end: datetime) -> None:
    assert [time for time, _ in times(loader, day)] == [end]


def test_a_day_that_was_not_over_ends_before_the_extraction(loader: FeedLoader) -> None:
    day = now().date()
    [(occurred_at, given)] = times(loader, f"{day}")
    assert given is not None
    assert given < occurred_at < now()
    assert occurred_at.microsecond == LAST
    assert (now() - occurred_at).total_seconds() <= 1
    assert loader.warehouse.execute("from raw._corrections").fetchall() == []


def test_a_day_after_the_extraction_is_set_to_it(loader: FeedLoader) -> None:
    """As any time is, within the day by which clocks and zones may be wrong."""
    tomorrow = now().date() + timedelta(days=1)
    [(occurred_at, given)] = times(loader, f"{tomorrow}")
    assert occurred_at == now()
    assert given is not None
    assert given > now()
    assert loader.warehouse.execute("select count(*) from raw._corrections").fetchall() == [(1,)]


def test_equal_days_are_events_of_their_own_and_repeated_by_another_file(loader: FeedLoader) -> None:
    """What makes a row one event is the day that the file gives, as before it counted as its end."""
    loader.load(KEYS.format(""), "t,e,u\n2026-11-14,buy,u1\n2026-11-14,buy,u1\n2026-11-14 23:59,buy,u1\n")
    assert loader.events("_ordinal, coalesce(_given_at, occurred_at)") == [
        (1, MIDNIGHT),
        (1, at(2026, 11, 14, 21, 59)),
        (2, MIDNIGHT),
    ]


def test_the_hash_of_a_row_is_that_of_the_time_that_the_file_gives(loader: FeedLoader) -> None:
    hashes = []
    for text in ("2026-11-14", "2026-11-14 00:00:00"):
        times(loader, text)
        hashes += loader.warehouse.execute("select _mapped_hash from raw.event_files__shop").fetchall()
    assert hashes[0] == hashes[1]
