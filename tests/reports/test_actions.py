"""Whom to mail and what to fix first, in a sentence, on published tables made by hand."""

from typing import Any

import duckdb
import pytest

from dagster_project.reports.actions import deliverability, who_to_mail
from dagster_project.reports.wording import Query

ACTION = {
    "rule_id": "cart_abandoned", "level": "segment", "subject": "abandoned_cart", "subject_name": None,
    "audience_id": "action.cart_abandoned", "status": "recommended", "priority": 1,
    "recommended_action": "Send a cart reminder", "goal": "cart_recovery_click",
    "metric": "cart_recovery_click", "window_days": 7, "evidence_persons": 200, "reached": 20, "rate": 0.1,
    "lower": 0.07, "upper": 0.15, "target": 0.2, "gain": 4.2, "gain_lower": -3.0, "gain_upper": 31.4,
    "gain_is": "at most", "to_mail": 85, "persons": 100, "conversion_rate": 0.05,
    "detectable_difference": 0.125,
}  # fmt: skip
UNSHOWN = ACTION | {
    "status": "no gain shown", "priority": None, "gain": None, "gain_lower": None, "gain_upper": None,
    "gain_is": None,
}  # fmt: skip
GUARDRAIL = ACTION | {
    "rule_id": "fix_deliverability", "level": "guardrail", "subject": "news-1", "subject_name": "Autumn",
    "audience_id": None, "goal": "hard_bounce", "target": 0.05, "recommended_action": "Fix it",
}  # fmt: skip


@pytest.fixture(autouse=True)
def tables(connection: duckdb.DuckDBPyConnection) -> None:
    columns = {str: "varchar", int: "bigint", float: "double", type(None): "varchar"}
    declared = ", ".join(f"{name} {columns[type(value)]}" for name, value in ACTION.items())
    connection.execute(f"create table marts.rpt_actions ({declared})")
    connection.execute("""
        create table marts.dim_segments as
        select 'abandoned_cart' as segment_id, 'Abandoned cart' as name
        union all select 'lapsed', 'Lapsed';
        create table marts.dim_audiences as
        select 'action.cart_abandoned' as audience_id, timestamp '2026-11-15 21:30' as known_until;
        create table marts.dim_micro_conversions as
        select 'cart_recovery_click' as micro_conversion, 'Cart recovery click' as label;
    """)


def add(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into marts.rpt_actions values ({marks})", list(row.values()))


def test_none_is_named_where_none_may_be_mailed(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    assert list(who_to_mail(query)) == list(deliverability(query)) == []
    add(connection, ACTION | {"to_mail": 0})
    add(connection, ACTION | {"status": "rejected"})
    add(connection, UNSHOWN | {"detectable_difference": None})
    assert list(who_to_mail(query)) == []


def test_the_first_audience_is_named_with_its_size_and_the_next(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add(connection, UNSHOWN | {"subject": "lapsed", "to_mail": 500})
    add(connection, ACTION | {"priority": 2, "subject": "lapsed", "to_mail": 30})
    add(connection, ACTION)
    [finding] = who_to_mail(query)
    assert finding.statement == (
        "“Abandoned cart”: 85 of 100 people may be mailed (Send a cart reminder). Of 200 who were there "
        "before, 10% came to “Cart recovery click” within 7 days without it. No holdout has measured what it "
        "brings: about 4.2 conversions if it goes half the way to its target, 31 at most; hold out a part to "
        "know. Next: “Lapsed” (30). Unsubscribes and complaints are known until 2026-11-15."
    )
    assert (finding.n, finding.interval) == (85, "-3.0 to +31.4")
    assert finding.headline == "“Abandoned cart”: 85 of 100 people may be mailed"


def test_what_a_holdout_measured_is_said_with_its_interval(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add(connection, ACTION | {"gain_is": "measured"})
    connection.execute("update marts.dim_audiences set known_until = null")
    [finding] = who_to_mail(query)
    assert "known until" not in finding.statement
    assert "By its holdout it brings about 4.2 conversions (-3 to 31)." in finding.statement


def test_where_nothing_is_shown_to_gain_it_says_how_to_find_out(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    """By the audience with the most conversions to change: 85 * 5 % against 300 * 1 %."""
    add(connection, UNSHOWN | {"subject": "lapsed", "to_mail": 300, "conversion_rate": 0.01})
    add(connection, UNSHOWN)
    [finding] = who_to_mail(query)
    assert finding.statement == (
        "No action is shown to bring conversions yet. To find out, mail half of “Abandoned cart”, 85 of 100 "
        "people, and hold out the others (Send a cart reminder; `action.cart_abandoned,0.5` in seed "
        "action_holdouts). Of 200 who were there before, 5.0% converted within 7 days without it; such a "
        "test finds a difference of 12.5 points or more in four of five cases, a smaller one more rarely. "
        "Next: “Lapsed” (300). Unsubscribes and complaints are known until 2026-11-15."
    )
    assert (finding.n, finding.interval) == (85, "")
    assert finding.headline == "“Abandoned cart”, 85 people: no gain is shown yet"
    assert finding.advice == "mail half of them, hold out the others"


def test_a_campaign_over_its_line_is_named_first(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    add(connection, GUARDRAIL | {"priority": 2, "subject_name": None})
    add(connection, GUARDRAIL)
    [finding] = deliverability(query)
    assert finding.statement == (
        "“Autumn”: 20 hard bounces are 10% of 200 e-mails, at or over the line of 5.0%. So are 1 more."
        " Fix it."
    )
    assert finding.interval == "7.0 to 15.0"
