"""Until when sources and outcomes are known, and what follows for what is mature."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import EXTRACTED_AT
from tests.dbt.rows import Hit, Row, action, campaign, file_row

# Sixty days of carts, each followed by a checkout an hour later; the data end on 15 November.
START, DAYS = datetime(2026, 9, 16, 12, tzinfo=UTC), 60
SILENT_SINCE = datetime(2026, 10, 1, tzinfo=UTC)


def carts_and_checkouts(silent_since: datetime = SILENT_SINCE) -> dict[str, list[Row]]:
    """Every person's checkout is reported: by the checkout's feed until that is silent, or by the site."""
    site, checkout = [], []
    for number in range(DAYS):
        at, person = START + timedelta(days=number), f"p{number}"
        begun = file_row("begin_checkout", at + timedelta(hours=1), person)
        site.append(file_row("add_to_cart", at, person))
        if number % 2:
            site.append(begun)
        elif begun["occurred_at"] < silent_since:
            checkout.append(begun)
    return {"event_files__site": site, "event_files__checkout": checkout}


def settings(*rows: tuple[str, str, str]) -> dict[str, list[Row]]:
    return {
        "raw._feed_settings": [dict(zip(("feed", "setting", "value"), each, strict=True)) for each in rows]
    }


def checkouts(with_feeds: CompiledProject) -> list[Any]:
    return with_feeds.rows(
        "select eligible, immature, completed, is_mature from marts.rpt_completion_rates"
        " where micro_conversion = 'checkout_start' and slice_type = 'overall'"
    )


def sources(with_feeds: CompiledProject, columns: str) -> dict[str, Any]:
    found = with_feeds.rows(f"select coalesce(feed, source), {columns} from marts.rpt_source_watermarks")
    return {reporter: rest[0] if len(rest) == 1 else tuple(rest) for reporter, *rest in found}


def test_an_outcome_waits_for_the_source_that_fell_silent(with_feeds: CompiledProject) -> None:
    with_feeds.build(
        carts_and_checkouts(), "rpt_completion_rates", "rpt_source_watermarks", "rpt_outcome_watermarks"
    )
    # The last checkout of the feed is of 30 September, 13:00: carts of a week before that are over.
    assert checkouts(with_feeds) == [(8, 52, 8, False)]
    assert with_feeds.rows(
        "select watermark_at, earliest_reporter, reporters from marts.rpt_outcome_watermarks"
        " where outcome_type = 'micro_conversion' and outcome = 'checkout_start'"
    ) == [(datetime(2026, 9, 30, 13), "checkout", "checkout, site")]
    assert sources(with_feeds, "is_silent, line_to_add") == {
        "site": (False, None),
        "checkout": (
            True,
            "event_files.yml, feed checkout: add complete_through: 2026-11-16 if nothing happened since,"
            " or retired_on: 2026-10-01 if it is not exported any more",
        ),
    }


def test_an_outcome_of_one_source_does_not_wait_for_another(with_feeds: CompiledProject) -> None:
    """Carts are reported by the site alone, whatever the checkout's feed does."""
    tables = carts_and_checkouts()
    tables["event_files__site"] += [
        file_row("view_item", START - timedelta(hours=1), f"p{n}") for n in range(3)
    ]
    with_feeds.build(tables, "rpt_completion_rates")
    found = with_feeds.rows(
        "select eligible, immature, completed from marts.rpt_completion_rates"
        " where micro_conversion = 'cart_add' and slice_type = 'overall'"
    )
    assert found == [(3, 0, 3)]


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        # A feed that is not exported any more is not waited for; what it did not report is not done.
        ("retired_on", "2026-10-01", (53, 7, 34, False)),
        # Not retired yet on the day on which it was read.
        ("retired_on", "2026-11-17", (8, 52, 8, False)),
        ("complete_through", "2026-10-11T13:00:00", (19, 41, 17, False)),
    ],
)
def test_a_feed_says_until_when_it_is_complete(
    with_feeds: CompiledProject, setting: str, value: str, expected: tuple[Any, ...]
) -> None:
    with_feeds.build(carts_and_checkouts() | settings(("checkout", setting, value)), "rpt_completion_rates")
    assert checkouts(with_feeds) == [expected]


def test_no_feed_is_complete_through_a_day_after_everything_was_read(with_feeds: CompiledProject) -> None:
    declared = settings(("checkout", "complete_through", "2027-01-01T00:00:00"))
    with_feeds.build(carts_and_checkouts() | declared, "rpt_source_watermarks")
    until, basis = sources(with_feeds, "watermark_at, watermark_basis")["checkout"]
    assert (until, basis) == (EXTRACTED_AT.replace(tzinfo=None), "complete_through")


def test_an_outcome_of_retired_sources_only_ends_with_the_last_of_them(with_feeds: CompiledProject) -> None:
    tables = {
        "event_files__site": [file_row("view_item", START + timedelta(days=30), "ann")],
        "event_files__checkout": [file_row("begin_checkout", START, "ann")],
        "event_files__news": [file_row("begin_checkout", START, "ben")],
    }
    declared = settings(("checkout", "retired_on", "2026-10-01"), ("news", "retired_on", "2026-09-20"))
    with_feeds.build(tables | declared, "rpt_outcome_watermarks")
    assert with_feeds.rows(
        "select watermark_at, earliest_reporter from marts.rpt_outcome_watermarks"
        " where outcome = 'checkout_start'"
    ) == [(datetime(2026, 10, 1), "checkout")]


def test_a_retired_feed_is_not_silent(with_feeds: CompiledProject) -> None:
    declared = settings(("checkout", "retired_on", "2026-10-02"))
    with_feeds.build(carts_and_checkouts() | declared, "rpt_source_watermarks")
    assert sources(with_feeds, "is_silent, watermark_basis, watermark_at")["checkout"] == (
        False,
        "retired_on",
        datetime(2026, 10, 2),
    )


@pytest.mark.parametrize(("days", "is_silent"), [(30, False), (31, True)])
def test_a_source_is_silent_after_thirty_days(
    with_feeds: CompiledProject, days: int, is_silent: bool
) -> None:
    tables = {
        "event_files__site": [file_row("view_item", EXTRACTED_AT, "ann")],
        "event_files__checkout": [file_row("begin_checkout", EXTRACTED_AT - timedelta(days=days), "ann")],
    }
    with_feeds.build(tables, "rpt_source_watermarks")
    assert sources(with_feeds, "is_silent") == {"site": False, "checkout": is_silent}


@pytest.mark.parametrize(("days", "is_silent"), [(30, False), (31, True)])
def test_the_only_feed_is_silent_long_before_it_was_read(
    with_feeds: CompiledProject, days: int, is_silent: bool
) -> None:
    last = EXTRACTED_AT - timedelta(days=days)
    with_feeds.build({"event_files__site": [file_row("view_item", last, "ann")]}, "rpt_source_watermarks")
    assert sources(with_feeds, "is_silent, days_behind") == {"site": (is_silent, days)}
    ended = settings(("site", "retired_on", f"{last + timedelta(days=1):%Y-%m-%d}"))
    with_feeds.build(
        {"event_files__site": [file_row("view_item", last, "ann")]} | ended, "rpt_source_watermarks"
    )
    assert sources(with_feeds, "is_silent, is_retired") == {"site": (False, True)}


def load(source: str, stream: str, partition: str, extracted_at: str) -> Row:
    return {
        "source": source,
        "stream": stream,
        "partition": partition,
        "extracted_at": datetime.fromisoformat(extracted_at),
        "loaded_at": datetime.fromisoformat("2027-01-01T00:00:00+00:00"),
    }


def web(*loads: tuple[str, str, str], zone: str = "Europe/Tallinn") -> dict[str, list[Row]]:
    """A hit of 10 November, and days of the property's streams by (stream, day, read at)."""
    hit = Hit("2026-11-10T10:00:00Z", "page_view", "/", "phone")
    listed = [load("google_analytics", stream, day, at) for stream, day, at in loads]
    return {
        "google_analytics__events": [
            {**hit.event, "property_time_zone": zone, "_extracted_at": datetime(2026, 11, 11, 4, tzinfo=UTC)}
        ],
        "google_analytics__event_attributes": [],
        "google_analytics__daily_totals": [{"day": "2026-11-10", "event_count": 1}],
        "raw._loads": listed,
    }


@pytest.mark.parametrize(
    ("loads", "watermark_at", "basis"),
    [
        # The end of the last day, even of one without an event, where the property is.
        (
            [("events", "2026-11-12", "2026-11-13T04:00:00+00:00")],
            datetime(2026, 11, 12, 22),
            "last_loaded_day",
        ),
        # Read while the day went on.
        ([("events", "2026-11-12", "2026-11-12T15:00:00+00:00")], datetime(2026, 11, 12, 15), "extraction"),
        # An event is made of two reports, and one lags.
        (
            [
                ("events", "2026-11-12", "2026-11-13T04:00:00+00:00"),
                ("event_attributes", "2026-11-11", "2026-11-13T04:00:00+00:00"),
            ],
            datetime(2026, 11, 11, 22),
            "last_loaded_day",
        ),
        # A day that is read again counts as read then.
        (
            [
                ("events", "2026-11-12", "2026-11-12T15:00:00+00:00"),
                ("events", "2026-11-10", "2026-11-13T04:00:00+00:00"),
            ],
            datetime(2026, 11, 12, 22),
            "last_loaded_day",
        ),
        # The vendor's totals make no event.
        (
            [
                ("events", "2026-11-12", "2026-11-13T04:00:00+00:00"),
                ("daily_totals", "2026-11-01", "2026-11-13T04:00:00+00:00"),
            ],
            datetime(2026, 11, 12, 22),
            "last_loaded_day",
        ),
    ],
)
def test_a_stream_by_day_is_known_until_its_last_day_is_over(
    with_feeds: CompiledProject, loads: list[tuple[str, str, str]], watermark_at: datetime, basis: str
) -> None:
    with_feeds.build(web(*loads), "rpt_source_watermarks")
    assert sources(with_feeds, "watermark_at, watermark_basis") == {"google_analytics": (watermark_at, basis)}


def test_a_log_is_known_until_it_was_read(with_feeds: CompiledProject) -> None:
    autumn = campaign(1, "Autumn")
    with_feeds.build(
        {
            "smaily__campaigns": [autumn],
            "smaily__actions": [action(1, "2026-11-01 10:00:00", "ann@shops.ee", "send", autumn)],
        },
        "rpt_source_watermarks",
    )
    assert sources(with_feeds, "watermark_at, watermark_basis, last_event_at") == {
        "smaily": (EXTRACTED_AT.replace(tzinfo=None), "extraction", datetime(2026, 11, 1, 8)),
    }
