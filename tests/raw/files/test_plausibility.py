"""Times and amounts at and beyond the limits; what is corrected is marked and counted."""

from datetime import datetime, timedelta

import pytest

from dagster_project.raw.files.event_sql import AHEAD
from tests.landing.streams import NOW
from tests.raw.files.feed_folder import FeedFolder, at

SECOND = timedelta(seconds=1)
SKEW = timedelta(minutes=10)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("1990-01-01T00:00:00Z", at(1990, 1, 1)),
        ("1989-12-31T23:59:59Z", None),
        ("1990-01-01 01:59:59", None),  # local to Tallinn
        ("1990-01-01 02:00:00", at(1990, 1, 1)),
        ("290000-01-01", None),
        ("-290308-12-22", None),
        ("294247-01-10 04:00:54Z", None),
        ("290309-12-22 (BC) 00:00:00", None),  # no instant in a zone east of Greenwich
        ("00-00-00", None),
        ("1980-01-06", None),
        ("9999999999999999", None),  # sixteen digits
        ("9999999999", None),
        ((NOW + SKEW).isoformat(), NOW + SKEW),
        ((NOW + SKEW + SECOND).isoformat(), NOW),
        ((NOW + DAY).isoformat(), NOW),
        ((NOW + DAY + SECOND).isoformat(), None),
        (str(int((NOW + DAY).timestamp())), NOW),
        (str(int((NOW + DAY + SECOND).timestamp()) * 1000), None),
    ],
)
def test_times_at_the_limits(written: str, instant: datetime | None, feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", f"ts,event,mail\n{written},visit,\n2026-11-01,other,\n")
    result = feed_folder.load()
    assert result.is_complete
    events = feed_folder.warehouse.execute(
        "select occurred_at, _correction from raw.event_files__shop where event_name = 'visit'"
    ).fetchall()
    is_corrected = instant == NOW
    counted = feed_folder.warehouse.execute("select stream, reason, records from raw._corrections").fetchall()
    assert counted == ([("shop", AHEAD, 1)] if is_corrected else [])
    if instant is None:
        assert (events, result.loaded, result.quarantined) == ([], 1, 1)
        [(reason, record)] = feed_folder.quarantine()
        assert reason.startswith("occurred_at is not a ")
        assert written in reason
        assert written in record
    else:
        assert events == [(instant, AHEAD if is_corrected else None)]


def test_the_corrections_of_a_file_that_changes_or_goes_are_counted_again(feed_folder: FeedFolder) -> None:
    count = "select partition, sum(records) from raw._corrections group by all order by all"
    ahead = (NOW + 2 * SKEW).isoformat()
    path = feed_folder.write("a.csv", f"ts,event,mail\n{ahead},visit,\n{ahead},buy,\n")
    other = feed_folder.write("b.csv", f"ts,event,mail\n{ahead},see,\n")
    feed_folder.load()
    assert feed_folder.warehouse.execute(count).fetchall() == [(str(path), 2), (str(other), 1)]
    path.write_text(f"ts,event,mail\n{ahead},visit,\n2026-11-01,buy,\n")
    other.unlink()
    feed_folder.load()
    assert feed_folder.warehouse.execute(count).fetchall() == [(str(path), 1)]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("999999999999.99", None),
        ("-999999999999", None),
        ("1e11", None),
        ("0", None),
        ("1e12", "revenue is not a plausible amount: 1e12"),
        ("-1000000000000", "revenue is not a plausible amount: -1000000000000"),
        ("1e308", "revenue is not a plausible amount: 1e308"),
        ("1e400", "revenue is not a number: 1e400"),
        ("-1e400", "revenue is not a number: -1e400"),
        ("nan", "revenue is not a number: nan"),
        ("-NaN", "revenue is not a number: -NaN"),
        ("Infinity", "revenue is not a number: Infinity"),
        ("1_0", "revenue is not a number: 1_0"),
    ],
)
def test_amounts_at_the_limits(written: str, reason: str | None, feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", f"ts,event,mail,amount\n2026-11-01,buy,,{written}\n2026-11-01,see,,\n")
    result = feed_folder.load()
    assert result.is_complete
    assert [found for found, _ in feed_folder.quarantine()] == ([reason] if reason else [])
    revenue = None if reason else float(written)
    events = [("see", None)] if reason else [("buy", revenue), ("see", None)]
    assert feed_folder.events("event_name, revenue") == events
