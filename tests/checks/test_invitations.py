"""Whether invitations to reviews follow what customers may think, on rows by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb

from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.checks.plausibility.invitations import NEUTRAL_INVITATIONS

NEUTRAL = ("neutrality", "earlier_refund", 40, 60, 0.02, -0.1, 0.14, "no difference shown")
SELECTED = ("neutrality", "order_refunded", 40, 60, -0.5, -0.6, -0.4, "not neutral")


def evaluated(rows: Sequence[tuple[Any, ...]]) -> CheckOutcome:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.rpt_reviews (
                row_type text, row_name text, persons bigint, other_persons bigint,
                difference double, difference_lower double, difference_upper double, verdict text
            )
        """)
        for row in rows:
            connection.execute("insert into marts.rpt_reviews values (?, ?, ?, ?, ?, ?, ?, ?)", list(row))
        return NEUTRAL_INVITATIONS.evaluate(CheckContext(connection, datetime(2026, 11, 16, tzinfo=UTC)))


def test_who_is_invited_by_satisfaction_is_named() -> None:
    outcome = evaluated([NEUTRAL, SELECTED])
    assert outcome.status is Status.WARN
    assert (outcome.subject, outcome.n, outcome.figure) == ("order refunded", 100, -0.5)
    assert outcome.interval == (-0.6, -0.4)
    assert "1 of 2" in outcome.summary
    assert "-50.0 points" in outcome.summary


def test_what_shows_no_difference_passes() -> None:
    outcome = evaluated([NEUTRAL])
    assert (outcome.status, outcome.n) == (Status.PASSED, 100)


def test_too_few_customers_are_nothing_to_check() -> None:
    others = [
        ("neutrality", "order_refunded", 3, 60, -0.5, -0.9, -0.1, "insufficient"),
        # Neither a second order nor a complaint, which forbids to write, is discontent with an order.
        ("neutrality", "repeat_customer", 40, 60, -0.5, -0.6, -0.4, "not neutral"),
        ("neutrality", "earlier_complaint", 40, 60, -0.5, -0.6, -0.4, "not neutral"),
        ("rating", "five_stars", 40, 60, 0.5, 0.4, 0.6, "different"),
    ]
    for rows in ([], others):
        assert evaluated(rows).status is Status.EMPTY
