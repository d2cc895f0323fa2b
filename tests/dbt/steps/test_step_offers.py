"""Who is offered a step, from when they are at risk, in which stratum: each model alone, at its borders."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.put_rows import DAY, MINUTE, SECOND, START, found, put

MODELS = ("int_step_risk_sets", "int_steps_compared")
HOUR = 60 * MINUTE


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, *MODELS)
    with with_feeds.connect() as opened:
        yield opened


def test_an_offer_is_the_first_email_that_was_delivered(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """A call is known by those who follow it, of steps that a call leads to; another e-mail carries none."""
    put(
        connection,
        {
            "intermediate.int_email_exposures": [
                {"person_key": 1, "email_id": "a", "sent_at": START, "delivered_at": None},
                {"person_key": 1, "email_id": "b", "sent_at": START + DAY, "delivered_at": START + 2 * DAY},
                {
                    "person_key": 1,
                    "email_id": "c",
                    "sent_at": START + 3 * DAY,
                    "delivered_at": START + 4 * DAY,
                },
                {
                    "person_key": 1,
                    "email_id": "c",
                    "sent_at": START + 3 * DAY,
                    "delivered_at": START + 5 * DAY,
                },
                {"person_key": 2, "email_id": "c", "sent_at": START, "delivered_at": None},
            ],
            "intermediate.int_email_completions": [
                {"email_id": "c", "micro_conversion": "welcome_email_click"},
                {"email_id": "c", "micro_conversion": "welcome_email_click"},
                {"email_id": "b", "micro_conversion": "email_click"},  # any delivery offers it
            ],
            "intermediate.int_person_exposures": [
                {"person_key": 1, "exposure": "site_visit", "exposed_at": START}
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_step_offers"])
    assert found(
        connection,
        "select person_key, offer, date_diff('day', date '2026-06-01', offered_at)"
        " from intermediate.int_step_offers order by all",
    ) == [
        (1, "after site_visit", 0),
        (1, "call of welcome_email_click", 4),
        (1, "deliveries", 2),
        (1, "sends", 0),
        (2, "sends", 0),
    ]


def compared(offer: str, known_from: datetime | None = None) -> dict[str, Any]:
    return {
        "micro_conversion": "x",
        "offer_of_all": offer,
        "offer": f"{offer} then",
        "known_from": known_from,
    }


def at_risk(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, columns: str, **changes: Any
) -> list[tuple[Any, ...]]:
    """Of one known person who enters at the start and is offered something three days later."""
    put(
        connection,
        {
            "intermediate.int_step_offers": [
                {"person_key": 1, "offer": "sends", "offered_at": START + 3 * DAY}
            ],
            "intermediate.int_steps_compared": [compared("sends"), compared("deliveries")],
            "intermediate.int_journeys": [{"person_key": 1, "entered_at": START, "entry_source": None}],
            "marts.dim_persons": [{"person_key": 1, "known_since": START + DAY}],
            "intermediate.int_first_conversions": [],
            "marts.fct_sessions": [],
            "marts.fct_micro_conversions": [],
            "intermediate.int_person_keys": [{"person_key": 1, "person_id": "ann"}],
            "intermediate.int_left_truncated_persons": [],
        }
        | changes,
    )
    with_feeds.make_alone(connection, ["int_step_risk_sets"])
    return found(connection, f"select {columns} from intermediate.int_step_risk_sets")


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 3),
        ({"marts.dim_persons": [{"person_key": 1, "known_since": START + 5 * DAY}]}, 5),
        ({"intermediate.int_journeys": [{"person_key": 1, "entered_at": START + 4 * DAY}]}, 4),
        ({"marts.dim_persons": [{"person_key": 1, "known_since": None}]}, None),
        # The visit in which it is offered is over first; its first instant belongs to it.
        (
            {
                "marts.fct_sessions": [
                    {"person_key": 1, "started_at": START + 3 * DAY, "ended_at": START + 6 * DAY}
                ]
            },
            6,
        ),
        (
            {"marts.fct_sessions": [{"person_key": 2, "started_at": START, "ended_at": START + 6 * DAY}]},
            3,
        ),
        # Who entered before the step and conversions were reported, if only by a second, is not compared.
        ({"intermediate.int_steps_compared": [compared("sends", START)]}, 3),
        ({"intermediate.int_steps_compared": [compared("sends", START + SECOND)]}, None),
        # Who converts at that instant is at risk for no time, and who converted before not at all.
        ({"intermediate.int_first_conversions": [{"person_key": 1, "converted_at": START + 3 * DAY}]}, None),
        ({"intermediate.int_first_conversions": [{"person_key": 1, "converted_at": START}]}, None),
        (
            {
                "intermediate.int_first_conversions": [
                    {"person_key": 1, "converted_at": START + 3 * DAY + SECOND}
                ]
            },
            3,
        ),
    ],
)
def test_time_at_risk_begins_with_all_that_it_needs(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    changes: dict[str, Any],
    days: int | None,
) -> None:
    expected = [] if days is None else [(START + days * DAY,)]
    assert at_risk(with_feeds, connection, "starts_at", **changes) == expected


@pytest.mark.parametrize(("before", "band"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3)])
def test_a_stratum_has_persons_who_had_done_as_much(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection, before: int, band: int
) -> None:
    """A step of the instant of the offer is done after it, and another offer is none."""
    steps = [{"person_key": 1, "occurred_at": START + n * HOUR} for n in range(before)]
    steps += [{"person_key": 1, "occurred_at": START + 3 * DAY}, {"person_key": 2, "occurred_at": START}]
    offers = [
        {"person_key": 1, "offer": "sends", "offered_at": START + 3 * DAY},
        {"person_key": 1, "offer": "deliveries", "offered_at": START + 3 * DAY},
    ]
    strata = at_risk(
        with_feeds,
        connection,
        "offer, engagement, is_left_truncated",
        **{"marts.fct_micro_conversions": steps, "intermediate.int_step_offers": offers},
    )
    assert sorted(strata) == [("deliveries then", band, False), ("sends then", band, False)]


def test_a_cohort_is_that_of_the_entry(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    offers = [{"person_key": 1, "offer": "sends", "offered_at": START + 40 * DAY}]
    [row] = at_risk(
        with_feeds,
        connection,
        "month(cohort_month), is_left_truncated",
        **{
            "intermediate.int_step_offers": offers,
            "intermediate.int_left_truncated_persons": [{"person_key": 1}],
        },
    )
    assert row == (6, True)


def test_the_first_conversion_is_in_the_visit_it_is_made_in(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """At its first or last instant, or, as a renewal is, in none."""
    put(
        connection,
        {
            "marts.fct_macro_conversions": [
                {"person_key": person, "event_id": number, "occurred_at": START + days * DAY}
                for number, (person, days) in enumerate([(1, 0), (1, 9), (2, 2), (3, 5), (None, 0)])
            ],
            "marts.fct_sessions": [
                {"person_key": person, "session_id": person, "started_at": START, "ended_at": START + 2 * DAY}
                for person in (1, 2, 3)
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_first_conversions"])
    assert found(
        connection,
        "select person_key, date_diff('day', date '2026-06-01', converted_at), session_id"
        " from intermediate.int_first_conversions order by all",
    ) == [(1, 0, 1), (2, 2, 2), (3, 5, None)]


def test_visits_are_counted_when_they_end(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Each to the twelfth is a band, then four, then eight: one begins with the end of its first visit."""
    visits = [
        {"person_key": 1, "session_id": 100 - n, "ended_at": START + (n // 2 if n < 2 else n) * DAY}
        for n in range(26)
    ]
    persons = [{"person_key": 1, "known_since": START}, {"person_key": 2, "known_since": None}]
    others = [{"person_key": None, "session_id": 1, "ended_at": START}]
    put(connection, {"marts.fct_sessions": [*visits, *others], "marts.dim_persons": persons})
    with_feeds.make_alone(connection, ["int_visit_bands"])
    bands = found(
        connection,
        "select visits, date_diff('day', date '2026-06-01', starts_at),"
        " date_diff('day', date '2026-06-01', ends_at) from intermediate.int_visit_bands order by visits",
    )
    begins = [0, 0, *range(2, 12), 12, 16, 24]
    assert [(visits, day) for visits, day, _ in bands[1:]] == [*enumerate(begins, start=1)]
    assert [day for *_, day in bands] == [*begins, None]


def test_only_micro_conversions_that_can_be_seen_are_compared(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    seen = {"email_click": True, "resource_download": False, "purchase": True}
    put(
        connection,
        {
            "intermediate.int_observable_micro_conversions": [
                {"micro_conversion": name, "is_observable": is_seen} for name, is_seen in seen.items()
            ],
            "intermediate.int_outcome_watermarks": [
                {"outcome_type": "micro_conversion", "outcome": name} for name in seen
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_steps_compared"])
    assert found(connection, "from intermediate.int_steps_compared") == [
        ("email_click", "deliveries", "deliveries", None)
    ]


@pytest.mark.parametrize(
    ("step_days", "conversion_days", "days"), [(None, 2, 2), (2, None, 2), (2, 3, 3), (3, 2, 3)]
)
def test_a_step_is_compared_from_when_both_it_and_conversions_are_known(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    step_days: int | None,
    conversion_days: int | None,
    days: int,
) -> None:
    known_from = {
        ("micro_conversion", "email_click"): step_days,
        ("macro_conversion", "any"): conversion_days,
    }
    put(
        connection,
        {
            "intermediate.int_observable_micro_conversions": [
                {"micro_conversion": "email_click", "is_observable": True}
            ],
            "intermediate.int_outcome_watermarks": [
                {"outcome_type": kind, "outcome": name, "known_from": None if n is None else START + n * DAY}
                for (kind, name), n in known_from.items()
            ],
        },
    )
    with_feeds.make_alone(connection, ["int_steps_compared"])
    begin = START + days * DAY
    assert found(connection, "select offer, known_from from intermediate.int_steps_compared") == [
        (f"deliveries since {begin}", begin)
    ]
