"""What is counted of those at risk of each step: each model alone, at its borders and in several strata."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.put_rows import DAY, SECOND, START, Row, found, put

STEP, OFFER = "cart_add", "after site_visit"
END = START + 30 * DAY
STRATUM = {
    "offer": OFFER,
    "entered_at": START,
    "engagement": 0,
    "cohort_month": datetime(2026, 6, 1),
    "entry_source": "google_analytics",
    "is_left_truncated": False,
    "bucket": 0,
}
# Each differs in one thing from the stratum.
STRATA: dict[str, Row] = {
    "engagement": {"engagement": 1},
    "cohort_month": {"cohort_month": datetime(2026, 5, 1)},
    "entry_source": {"entry_source": "smaily"},
    "is_left_truncated": {"is_left_truncated": True},
}


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_step_time_counts", "int_step_landmark_counts", "int_step_totals")
    with with_feeds.connect() as opened:
        put(opened, {"intermediate.int_steps_compared": [{"micro_conversion": STEP, "offer": OFFER}]})
        ends_at = {"outcome_type": "macro_conversion", "outcome": "any", "watermark_at": END}
        put(opened, {"intermediate.int_outcome_watermarks": [ends_at]})
        yield opened


def at_risk(person: int, converted: datetime | None = None, **changes: Any) -> dict[str, Any]:
    return {"person_key": person, "starts_at": START, "converted_at": converted, **STRATUM, **changes}


def completer(person: int, completed: datetime, converted: datetime | None = None, **changes: Any) -> Row:
    return {"micro_conversion": STEP, "completed_at": completed, **at_risk(person, converted, **changes)}


def bands(*persons: int, **changes: Any) -> list[Row]:
    """The one band of visits of these persons, unless it is changed."""
    return [{"person_key": person, "visits": 0, "starts_at": START - DAY, **changes} for person in persons]


@pytest.mark.parametrize(
    ("converted", "known", "completed", "is_by_step"),
    [
        (None, START - DAY, START + 2 * DAY, False),
        (START + 2 * DAY, START - DAY, None, None),  # in the visit of the step, at its end
        (START + 2 * DAY + SECOND, START - DAY, START + 2 * DAY, False),
        (None, START + DAY, START + 2 * DAY, True),  # known since the visit's first instant
        (None, START + DAY - SECOND, START + 2 * DAY, False),
    ],
)
def test_a_step_counts_from_the_end_of_its_first_visit(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    converted: datetime | None,
    known: datetime,
    completed: datetime | None,
    is_by_step: bool | None,
) -> None:
    """Also by a step that counts as it, and not before the person is at risk."""
    put(
        connection,
        {
            "intermediate.int_micro_conversion_lineage": [
                {"micro_conversion": "wishlist_add", "counts_as": STEP},
                {"micro_conversion": STEP, "counts_as": STEP},
            ],
            "marts.fct_micro_conversions": [
                {"person_key": 1, "session_id": visit, "micro_conversion": name}
                for visit, name in ((1, "wishlist_add"), (2, STEP))
            ],
            "marts.fct_sessions": [
                {"session_id": 1, "started_at": START + DAY, "ended_at": START + 2 * DAY},
                {"session_id": 2, "started_at": START + 5 * DAY, "ended_at": START + 6 * DAY},
            ],
            "intermediate.int_step_risk_sets": [
                at_risk(1, converted, known_at=known),
                at_risk(1, converted, known_at=known, offer="sends"),
            ],
        },
    )
    columns = "select completed_at, is_identified_by_step from intermediate.int_step_completers"
    with_feeds.make_alone(connection, ["int_step_completers"])
    assert found(connection, columns) == ([] if completed is None else [(completed, is_by_step)])
    connection.execute("update intermediate.int_step_risk_sets set starts_at = ?", [START + 3 * DAY])
    connection.execute("update intermediate.int_step_risk_sets set converted_at = null")
    with_feeds.make_alone(connection, ["int_step_completers"])
    assert found(connection, columns)[0][0] == START + 3 * DAY


def landmarks(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    columns: str,
    persons: list[dict[str, Any]],
    completers: list[Row],
    visits: list[Row],
    revenues: list[Row] = [],  # noqa: B006
) -> list[tuple[Any, ...]]:
    """At the seventh day."""
    put(
        connection,
        {
            "intermediate.int_step_risk_sets": persons,
            "intermediate.int_step_completers": completers,
            "intermediate.int_visit_bands": visits,
            "intermediate.int_step_revenues": revenues,
        },
    )
    with_feeds.make_alone(connection, ["int_step_landmark_counts"])
    return found(
        connection,
        f"select {columns} from intermediate.int_step_landmark_counts where landmark_days = 7 order by all",
    )


AT = START + 7 * DAY


def test_a_landmark_and_its_outcome_day_have_a_last_instant(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    persons = [
        at_risk(1),
        at_risk(2, AT),  # converted by the landmark
        at_risk(3, AT + SECOND),
        at_risk(4, END),  # on the last instant of the outcome day, until which all are followed
        at_risk(5, starts_at=START + SECOND),  # followed a second too short
    ]
    completers = [
        completer(1, AT),
        completer(3, AT + SECOND / 2, AT + SECOND),
        completer(4, AT - SECOND, END),
    ]
    columns = "visits, persons, converted, completers, completers_converted"
    ends_at = {"starts_at": START, "ends_at": AT}
    visits = [*bands(2, 3, 4, 5), *bands(1, **ends_at), *bands(1, visits=1, starts_at=AT)]
    found = landmarks(with_feeds, connection, columns, persons, completers, visits)
    # The band of the landmark's instant is the one that begins with it.
    assert found == [(0, 2, 2, 1, 1), (1, 1, 0, 1, 0)]


def test_revenue_of_a_landmark_is_that_of_the_offer(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    amounts = {"revenue_1": 1, "revenue_3": 3, "revenue_7": 7, "unconverted_orders": 2, "rated_orders": 5}
    revenues = [
        {"person_key": 1, "offer": OFFER, **amounts},
        {"person_key": 1, "offer": "sends", **amounts},
        {"person_key": 2, "offer": OFFER, **amounts},
    ]
    columns = (
        "revenue, completers_revenue, unconverted_orders, rated_orders, completers_unconverted_orders,"
        " completers_rated_orders"
    )
    persons, completers = [at_risk(1), at_risk(2)], [completer(1, AT)]
    found = landmarks(with_feeds, connection, columns, persons, completers, bands(1, 2), revenues)
    assert found == [(14, 7, 4, 10, 2, 5)]


@pytest.mark.parametrize("column", [*STRATA, "bucket", "visits"])
def test_completers_at_a_landmark_are_counted_in_their_stratum(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, column: str
) -> None:
    other = STRATA.get(column, {"bucket": 1} if column == "bucket" else {})
    persons = [at_risk(1), at_risk(2, **other)]
    visits = [*bands(1), *bands(2, visits=int(column == "visits"))]
    completers = [completer(2, AT, **other)]
    found = landmarks(with_feeds, connection, f"completers, persons, {column}", persons, completers, visits)
    assert [counts for *counts, _ in found] == [[0, 1], [1, 1]]


def test_what_orders_brought_between_the_landmark_and_the_outcome_day(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Net of refunds, of what is not an order, too; only orders can be without a rate."""
    bought = [
        (START, 1), (START + DAY, 10), (START + DAY + SECOND, 100), (AT, 1_000), (AT + SECOND, 10_000),
        (END, 100_000), (END + SECOND, 1_000_000), (AT + DAY, None),
    ]  # fmt: skip
    conversions = [
        {
            "person_key": 1,
            "event_id": number,
            "occurred_at": at,
            "is_order": True,
            "net_revenue": amount,
            "converted_revenue": 2,
        }
        for number, (at, amount) in enumerate(bought)
    ]
    signed_up = {"person_key": 1, "event_id": 99, "occurred_at": AT + DAY, "is_order": False}
    conversions += [signed_up, signed_up | {"event_id": 98, "net_revenue": 0}]
    put(
        connection,
        {"intermediate.int_step_risk_sets": [at_risk(1)], "marts.fct_macro_conversions": conversions},
    )
    with_feeds.make_alone(connection, ["int_step_revenues"])
    assert found(
        connection,
        "select revenue_1, revenue_3, revenue_7, unconverted_orders, rated_orders"
        " from intermediate.int_step_revenues",
    ) == [(111_100, 110_000 + 1_000, 110_000, 1, 5)]


def time_counts(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    columns: str,
    persons: list[dict[str, Any]],
    completers: list[Row],
    visits: list[Row],
) -> list[tuple[Any, ...]]:
    put(
        connection,
        {
            "intermediate.int_step_risk_sets": persons,
            "intermediate.int_step_completers": completers,
            "intermediate.int_visit_bands": visits,
        },
    )
    with_feeds.make_alone(connection, ["int_step_time_counts"])
    return found(connection, f"select {columns} from intermediate.int_step_time_counts order by all")


def test_days_after_a_step_are_those_of_its_week_and_band(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Done on the third day, a new band on the fifth, converted at the last instant of the second week."""
    visits = [*bands(1, ends_at=START + 5 * DAY), *bands(1, visits=1, starts_at=START + 5 * DAY)]
    columns = "week, visits, days, conversions, days_after, conversions_after"
    done, bought = START + 3 * DAY, START + 14 * DAY
    counted = time_counts(
        with_feeds, connection, columns, [at_risk(1, bought)], [completer(1, done, bought)], visits
    )
    assert counted == [(0, 0, 5, 0, 2, 0), (0, 1, 2, 0, 2, 0), (1, 1, 7, 1, 7, 1)]
    assert time_counts(with_feeds, connection, columns, [at_risk(1, bought)], [], bands(1)) == [
        (0, 0, 7, 0, 0, 0),
        (1, 0, 7, 1, 0, 0),
    ]


@pytest.mark.parametrize("column", [*STRATA, "visits"])
def test_days_after_a_step_are_counted_in_their_stratum(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, column: str
) -> None:
    other = STRATA.get(column, {})
    bought = START + 5 * DAY
    counted = time_counts(
        with_feeds,
        connection,
        f"days, days_after, conversions, conversions_after, {column}",
        [at_risk(1, bought), at_risk(2, bought, **other)],
        [completer(2, START + 2 * DAY, bought, **other)],
        [*bands(1), *bands(2, visits=int(column == "visits"))],
    )
    assert [counts for *counts, _ in counted] == [[5, 0, 1, 0], [5, 3, 1, 1]]


def test_totals_count_persons_of_the_steps_own_offer(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Ann takes the step twice in the visit in which she buys; Ben, who was offered something else, once."""
    compared = [{"micro_conversion": name, "offer": OFFER} for name in (STEP, "wishlist_add")]
    put(
        connection,
        {
            "intermediate.int_steps_compared": compared,
            "intermediate.int_micro_conversion_lineage": [{"micro_conversion": STEP, "counts_as": STEP}],
            "intermediate.int_first_conversions": [{"person_key": n, "session_id": n} for n in (1, 2)],
            "marts.fct_micro_conversions": [
                {"person_key": n, "session_id": n, "micro_conversion": STEP} for n in (1, 1, 2)
            ],
            "intermediate.int_step_risk_sets": [
                at_risk(1, AT),
                at_risk(2, AT, offer="sends"),
                at_risk(3),
                at_risk(4),
            ],
            "intermediate.int_step_completers": [
                completer(1, AT, AT) | {"is_identified_by_step": True},
                completer(3, AT) | {"is_identified_by_step": False},
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_step_totals"])
    assert found(connection, "from intermediate.int_step_totals order by all") == [
        (STEP, 3, 1, 2, 1, 1, 1),
        ("wishlist_add", 3, 1, 0, 0, 0, 0),
    ]
