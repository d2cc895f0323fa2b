"""The figures behind claims, on marts made by hand."""

from math import exp, sqrt
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

MARTS = """
    create or replace table marts.rpt_email_craft (
        feature varchar, level varchar, level_from integer, level_to integer, outcome varchar, emails bigint,
        other_emails bigint, ratio double, ratio_lower double, ratio_upper double, shrunken_rate double,
        q_value double, verdict varchar, method varchar
    );
    create or replace table marts.rpt_send_times (
        slice_type varchar, outcome varchar, position integer, eligible bigint, completed bigint,
        verdict varchar
    );
    create or replace table marts.rpt_sequences (
        sequence_id varchar, is_primary boolean, claim_verdict varchar, q_value double, completers bigint,
        others bigint, multiplier double, multiplier_lower double, multiplier_upper double, status varchar,
        method varchar
    );
    create or replace table marts.fct_micro_conversions (
        person_key bigint, session_id varchar, micro_conversion varchar, is_known boolean,
        occurred_at timestamp
    );
    create or replace table marts.fct_email_sends (
        person_key bigint, sent_at timestamp, delivered_at timestamp, bounced_at timestamp
    );
    create or replace table marts.dim_persons as
    select * from (values (1, 'Europe/Tallinn', 'contact'), (2, 'UTC', 'account'))
        as persons (person_key, time_zone, time_zone_source);
"""
# Clicks by the hour on the recipient's clock: 200 in the morning, 400 at midday, 400 in the evening.
CLICKS = {5: 50, 6: 100, 7: 50, 13: 100, 14: 200, 15: 100, 19: 100, 20: 200, 21: 100}


def figures(project: CompiledProject, *statements: str) -> dict[str, dict[str, Any]]:
    """By claim, over these marts, which are put back as they were."""
    with duckdb.connect(str(project.path)) as connection:
        connection.execute("begin")
        connection.execute(MARTS)
        for statement in statements:
            connection.execute(statement)
        rows = connection.sql(project.sql["int_claim_figures"]).to_arrow_table().to_pylist()
        connection.execute("rollback")
        return {row["claim_id"]: row for row in rows}


def sends(count: int, person: int, utc_hour: int) -> str:
    at = f"timestamp '2026-10-06 {utc_hour:02}:30:00'"
    return f"insert into marts.fct_email_sends select {person}, {at}, {at}, null from range({count})"


def clicks(by_hour: dict[int, int]) -> str:
    rows = ", ".join(
        f"('click_hour_of_day', 'human_click', {hour}, {sum(by_hour.values())}, {count}, 'not compared')"
        for hour, count in by_hour.items()
    )
    return f"insert into marts.rpt_send_times values {rows}"


def test_clicks_in_a_slot_are_compared_with_deliveries_in_it(compiled: CompiledProject) -> None:
    """Of 100 deliveries 80 are at 6:30 and 20 at 14:30 in Tallinn; of other zones nothing is known."""
    found = figures(compiled, clicks(CLICKS), sends(80, 1, 3), sends(20, 1, 11), sends(500, 2, 20))
    midday = found["send_slot_midday"]
    error = 2.393980 * sqrt(1 / 400 - 1 / 1000 + 1 / 20 - 1 / 100)
    assert (midday["n"], midday["missing"]) == (1000, None)
    assert [midday[name] for name in ("estimate", "lower", "upper")] == pytest.approx(
        [2, 2 * exp(-error), 2 * exp(error)]
    )
    # These clicks are fewer than the account's own schedule leads to.
    morning = found["send_slot_morning"]
    assert morning["estimate"] == pytest.approx(0.25)
    assert morning["upper"] < 1
    assert found["send_slot_evening"]["missing"] == "no e-mail is delivered in these hours"


def test_without_clicks_or_deliveries_a_slot_says_nothing(compiled: CompiledProject) -> None:
    nothing = figures(compiled)["send_slot_midday"]
    assert (nothing["n"], nothing["estimate"]) == (0, None)
    assert nothing["missing"] == "no clicks of people whose time zone is known"
    flat = figures(compiled, clicks({13: 20, 14: 10, 15: 20, 16: 30, 12: 30}), sends(9, 1, 11))
    assert flat["send_slot_midday"]["missing"] == (
        "no hour of the slot has more clicks than the hours next to it"
    )


def test_each_figure_has_the_q_value_of_its_row(compiled: CompiledProject) -> None:
    found = figures(
        compiled,
        "insert into marts.rpt_email_craft values"
        " ('calls_to_action', 'one', 1, 1, 'human_click', 9, 9, 1.5, 1.1, 2, 0.1, 0.596,"
        " 'no clear difference', '')",
        "insert into marts.rpt_sequences values"
        " ('shop', true, 'supported', 0.07, 50, 50, 2.5, 1.5, 3, 'estimated', '')",
    )
    single = found["single_focus_email"]
    assert (single["estimate"], single["q_value"], single["missing"]) == (0.5, 0.596, None)
    assert found["sequence_multiplier_2_3"]["q_value"] == 0.07
