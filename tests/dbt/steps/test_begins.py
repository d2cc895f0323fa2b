"""From when a source reports, and from when an outcome is known: strays, rare reporters, successors."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.put_rows import found, put

PURCHASE, DEAL, CLICK = "purchase", "premium_subscription", "email_click"
# Feed, its beginning and the day on which it was retired; with what it has reported how often.
Reporter = tuple[str, date, date | None, dict[str, int]]


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_outcome_watermarks")
    with with_feeds.connect() as opened:
        yield opened


def begins(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, *months: tuple[str, int]
) -> datetime:
    """Of a feed with so many events in each month, on its tenth day."""
    rows = [
        {"source": "event_files", "feed": "shop", "is_machine": False, "is_activity": True, "events": events}
        | {"month": datetime.fromisoformat(f"{month}-01")}
        | {name: datetime.fromisoformat(f"{month}-10T09:00") for name in ("first_event_at", "last_event_at")}
        for month, events in months
    ]
    put(connection, {"intermediate.int_reported_months": rows})
    with_feeds.make_alone(connection, ["int_reported_events", "int_source_watermarks"])
    [(begin, first)] = found(
        connection, "select begins_at, first_event_at from intermediate.int_source_watermarks"
    )
    assert first == datetime.fromisoformat(f"{months[0][0]}-10T09:00")
    return begin  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("months", "begin"),
    [
        ([("2026-05", 1), ("2026-06", 9)], "2026-05"),
        # One test order of years before, and two of different years; a hundredth is too many.
        ([("2016-02", 1), ("2026-05", 60), ("2026-06", 60)], "2026-05"),
        ([("2014-02", 1), ("2016-02", 1), ("2026-05", 900)], "2026-05"),
        ([("2016-02", 1), ("2026-05", 99)], "2016-02"),
        ([("2016-02", 1), ("2026-05", 100)], "2026-05"),
        # A month without any is silence, the next month is none; nor is a pause in the middle.
        ([("2026-03", 1), ("2026-05", 900)], "2026-05"),
        ([("2026-04", 1), ("2026-05", 900)], "2026-04"),
        ([("2025-12", 1), ("2026-01", 900)], "2025-12"),
        ([("2026-01", 100), ("2026-05", 900)], "2026-01"),
    ],
)
def test_a_source_begins_without_strays(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    months: list[tuple[str, int]],
    begin: str,
) -> None:
    assert begins(with_feeds, connection, *months) == datetime.fromisoformat(f"{begin}-10T09:00")


def known(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, *reporters: Reporter
) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Days from which outcomes are known and complete; a newsletter reports clicks from 1 January on."""
    news: Reporter = ("news", date(2026, 1, 1), None, {CLICK: 1000})
    place = {"source": "event_files"}
    put(
        connection,
        {
            "intermediate.int_source_watermarks": [
                place
                | {
                    "feed": feed,
                    "reporter": feed,
                    "begins_at": datetime(begin.year, begin.month, begin.day, 9),
                }
                | {"retired_on": retired, "is_retired": retired is not None}
                | {"watermark_at": retired or datetime(2026, 11, 1)}
                for feed, begin, retired, _ in (news, *reporters)
            ],
            "intermediate.int_reported_events": [
                place | {"feed": feed, "micro_conversion": name, "events": count, "has_activity": True}
                for feed, *_, counts in (news, *reporters)
                for name, count in counts.items()
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_outcome_watermarks"])
    return {
        (kind, outcome): (begin, complete)
        for kind, outcome, begin, complete in found(
            connection,
            "select outcome_type, outcome, known_from::date, complete_from::date"
            " from intermediate.int_outcome_watermarks",
        )
    }


JULY, FEBRUARY, APRIL = date(2026, 7, 1), date(2026, 2, 1), date(2026, 4, 1)
ANY = ("macro_conversion", "any")


@pytest.mark.parametrize(
    ("reporters", "expected"),
    [
        # Within the first seven days of the data a source began with them.
        ([("shop", date(2026, 1, 7), None, {PURCHASE: 100})], (None, None)),
        ([("shop", date(2026, 1, 8), None, {PURCHASE: 100})], (date(2026, 1, 8), date(2026, 1, 8))),
        # A rare reporter before the shop, and one of a tenth of them.
        (
            [("crm", FEBRUARY, None, {DEAL: 9}), ("shop", JULY, None, {PURCHASE: 91})],
            (JULY, JULY),
        ),
        (
            [("crm", FEBRUARY, None, {DEAL: 10}), ("shop", JULY, None, {PURCHASE: 90})],
            (FEBRUARY, JULY),
        ),
        # A second shop, which adds a twentieth, changes nothing.
        (
            [("shop", FEBRUARY, None, {PURCHASE: 95}), ("other", JULY, None, {PURCHASE: 5})],
            (FEBRUARY, FEBRUARY),
        ),
        # A retired shop and its successor: with a gap, without one, and without any successor.
        (
            [("old", FEBRUARY, APRIL, {PURCHASE: 90}), ("new", JULY, None, {PURCHASE: 90})],
            (JULY, JULY),
        ),
        (
            [("old", FEBRUARY, JULY, {PURCHASE: 90}), ("new", JULY, None, {PURCHASE: 90})],
            (FEBRUARY, JULY),
        ),
        ([("old", FEBRUARY, APRIL, {PURCHASE: 90})], (FEBRUARY, FEBRUARY)),
    ],
)
def test_conversions_are_known_from_when_most_reporters_had_begun(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    reporters: list[Reporter],
    expected: tuple[date | None, date | None],
) -> None:
    assert known(with_feeds, connection, *reporters)[ANY] == expected


def test_a_step_of_any_kind_is_known_when_nearly_all_steps_are(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    web: Reporter = ("site", JULY, None, {"product_page_visit": 500})
    found_days = known(with_feeds, connection, web)
    assert found_days["stage", "any"] == (None, JULY)
    assert found_days["micro_conversion", "product_page_visit"] == (JULY, JULY)
    assert found_days["micro_conversion", CLICK] == (None, None)
