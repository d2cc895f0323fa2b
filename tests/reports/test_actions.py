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
    "gain_is": "at most",
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
        create table marts.dim_audiences (audience_id varchar, to_mail bigint, persons bigint);
        create table marts.dim_segments as
        select 'abandoned_cart' as segment_id, 'Abandoned cart' as name
        union all select 'lapsed', 'Lapsed';
        create table marts.dim_micro_conversions as
        select 'cart_recovery_click' as micro_conversion, 'Cart recovery click' as label;
    """)


def add(connection: duckdb.DuckDBPyConnection, row: dict[str, Any], to_mail: int | None = None) -> None:
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into marts.rpt_actions values ({marks})", list(row.values()))
    if to_mail is not None:
        connection.execute(
            "insert into marts.dim_audiences values (?, ?, 100)", [row["audience_id"], to_mail]
        )


def test_nobody_is_named_where_nobody_may_be_mailed(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    assert list(who_to_mail(query)) == list(deliverability(query)) == []
    add(connection, ACTION, 0)
    add(connection, ACTION | {"status": "rejected", "audience_id": "action.no"}, 50)
    assert list(who_to_mail(query)) == []


def test_the_first_audience_is_named_with_its_size_and_the_next(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add(connection, ACTION | {"priority": 2, "audience_id": "action.two", "subject": "lapsed"}, 30)
    add(connection, ACTION, 85)
    [finding] = who_to_mail(query)
    assert finding.statement == (
        "“Abandoned cart”: 85 of 100 people may be mailed (Send a cart reminder). Of 200 who were there "
        "before, 10% came to “Cart recovery click” within 7 days by themselves. It may bring about 4.2 "
        "conversions, and can bring 31 at most: hold out a part to know. Next: “Lapsed” (30)."
    )
    assert (finding.n, finding.interval) == (85, "-3.0 to +31.4")
    assert finding.headline == "“Abandoned cart”: 85 of 100 people may be mailed"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gain_is": "measured"}, "By its holdout it brings about 4.2 conversions."),
        ({"gain": None, "evidence_persons": 0}, "(Send a cart reminder). Nothing tells yet"),
    ],
)
def test_what_it_brings_is_as_sure_as_it_is(
    connection: duckdb.DuckDBPyConnection, query: Query, values: dict[str, Any], words: str
) -> None:
    add(connection, ACTION | values, 85)
    [finding] = who_to_mail(query)
    assert words in finding.statement


def test_a_campaign_over_its_line_is_named_first(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    add(connection, GUARDRAIL | {"priority": 2, "subject_name": None})
    add(connection, GUARDRAIL)
    [finding] = deliverability(query)
    assert finding.statement == (
        "“Autumn”: 20 hard bounces are 10% of 200 e-mails, at or over the line of 5.0%. So are 1 more."
        " Fix it."
    )
    assert finding.interval == "7.0 to 15.0"
