"""What comes first in a campaign, by hand, and what becomes a test or is left."""

from typing import Any

import pytest

from tests.dbt.actions.inputs import (
    CAMPAIGNS,
    EVIDENCE,
    MADE,
    bottleneck,
    campaign,
    evaluate,
    followed,
    status,
)
from tests.dbt.compiled_project import CompiledProject


@pytest.mark.parametrize(
    ("bounced", "complained", "expected"),
    [
        (50, 0, ("recommended", "fix deliverability first")),
        (49, 0, (None, "recommended")),
        (0, 3, ("recommended", "fix deliverability first")),
        (0, 2, (None, "recommended")),
    ],
)
def test_over_a_line_nothing_else_is_advised(
    project: CompiledProject, bounced: int, complained: int, expected: tuple[str | None, str]
) -> None:
    rows = {
        CAMPAIGNS: [
            campaign("one", "hard_bounce", 1000, bounced),
            campaign("one", "spam_complaint", 1000, complained),
            campaign("one", "click_per_opener", 300, 3, upper_quartile=0.5),
            campaign("two", "click_per_opener", 300, 3, upper_quartile=0.5),
            campaign("three", "conversion_per_clicker", 300, 150),
        ]
    }
    evaluate(project, rows)
    found = dict(project.rows("select rule_id, status from marts.rpt_actions where subject = 'one'"))
    assert (found.get("fix_deliverability"), found["opened_no_click"]) == expected
    assert status(project, "opened_no_click", "two") == "recommended"
    if expected[0]:
        assert project.rows("select priority from marts.rpt_actions where level = 'guardrail'") == [(1,)]


def test_three_bounces_of_a_small_list_are_over_the_line_two_are_chance(project: CompiledProject) -> None:
    for bounced, rows in ((2, 0), (3, 1)):
        evaluate(project, {CAMPAIGNS: [campaign("one", "hard_bounce", 20, bounced)]})
        assert len(project.rows("select 1 from marts.rpt_actions where level = 'guardrail'")) == rows


def test_a_campaign_gets_one_action(project: CompiledProject) -> None:
    rows = {
        CAMPAIGNS: [
            campaign("one", "click_per_opener", 400, 4, upper_quartile=0.9),
            campaign("one", "conversion_per_clicker", 400, 4, upper_quartile=0.5),
            campaign("two", "click_per_opener", 400, 400, upper_quartile=0.5),
        ]
    }
    evaluate(project, rows)
    assert project.rows(
        "select subject, rule_id, status from marts.rpt_actions where level = 'campaign' order by all"
    ) == [
        ("one", "clicked_no_conversion", "recommended"),
        ("one", "opened_no_click", "another action first"),
        ("two", "opened_no_click", "on target"),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("recommended", "button and copy", 683, 53, 9.0, 450.0)),
        ({"tested_by": "price"}, None),
        ({"bottleneck_type": None}, None),
        (
            {"target_rate": 0.1215, "start": "2026-05-02"},
            ("too few persons", "button and copy", 3341, 453, 9.0, 450.0),
        ),
        (
            {"rate": 0.15, "reached": 135, "upper": 0.18},
            ("on target", "button and copy", None, None, 9.0, 450.0),
        ),
        # None who came this far has been followed to a macro-conversion: what more bring is unknown, not 0.
        (
            {"rate": 0.15, "reached": 135, "upper": 0.18, "macro_probability": None}
            | dict.fromkeys(
                ("further_conversions", "further_conversions_lower", "further_conversions_upper")
            ),
            ("on target", "button and copy", None, None, None, None),
        ),
        # A difference of rounding only, which no number of persons would show.
        (
            {"rate": 0.15 + 1e-16, "reached": 135, "upper": 0.18},
            ("on target", "button and copy", None, None, 9.0, 450.0),
        ),
    ],
)
def test_a_bottleneck_becomes_a_test(
    project: CompiledProject, values: dict[str, Any], expected: tuple[Any, ...] | None
) -> None:
    """30 days of data: 900 persons are 30 a day, and of two arms of 683 the last comes on the 46th day."""
    start = values.get("start", "2026-06-01")
    with project.connect() as connection:
        connection.execute("update intermediate.int_data_watermark set watermark_at = '2026-07-01 08:00'")
        connection.execute("delete from marts.fct_micro_conversions")
        connection.execute(
            f"insert into marts.fct_micro_conversions (occurred_at) values (timestamp '{start} 08:00')"
        )
    given = {name: value for name, value in values.items() if name != "start"}
    evaluate(project, {"marts.rpt_bottlenecks": [bottleneck(**given)]})
    found = project.rows(
        "select status, test_element, sample_per_arm, test_days, gain, gain_value from marts.rpt_actions"
        " where level = 'test'"
    )
    assert found == ([expected] if expected else [])


def test_a_distractor_is_no_longer_promoted(project: CompiledProject) -> None:
    impact = {
        "micro_conversion": "contest_entry", "outcome": "conversion", "method": "person_time",
        "is_primary": True, "completers": 400, "others": 900, "ratio": 1.0, "ratio_lower": 0.9,
        "ratio_upper": 1.1, "verdict": "distractor",
    }  # fmt: skip
    evaluate(
        project,
        {"marts.rpt_step_impact": [impact, impact | {"micro_conversion": "cart_add", "verdict": "matters"}]},
    )
    assert project.rows(
        "select rule_id, subject, status, persons, gain from marts.rpt_actions where level = 'step'"
    ) == [("distractor_step", "contest_entry", "recommended", 400, None)]


def test_what_no_source_reports_says_so(project: CompiledProject) -> None:
    evaluate(project, {EVIDENCE: [followed("trial_ending", 0, 0)]})
    with project.connect() as connection:
        connection.execute(
            "update marts.dim_segments set is_observable = false, reason = 'No source has reported it.'"
        )
        project.make_alone(connection, MADE)
    assert project.rows("select status, reason from marts.rpt_actions where rule_id = 'trial_ending'") == [
        ("not observable", "No source has reported it.")
    ]
