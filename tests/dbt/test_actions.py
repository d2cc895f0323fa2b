"""What is recommended, by hand: evidence as given, gains, guardrails, rejections, one action each."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject

Z = 1.959963984540054
MADE = ("int_action_candidates", "int_action_gains", "rpt_actions", "fct_audience_members", "dim_audiences")
INPUTS = (
    "intermediate.int_audience_persons",
    "intermediate.int_action_evidence",
    "intermediate.int_campaign_evidence",
    "marts.rpt_bottlenecks",
    "marts.rpt_step_impact",
    "marts.rpt_velocity",
    "marts.rpt_experiments",
)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture(scope="module")
def project(compiled: CompiledProject) -> Iterator[CompiledProject]:
    """Without data: what rules are evaluated on is put into the tables by each test."""
    compiled.build({}, "dim_audiences")
    yield compiled
    compiled.replace_seed("action_rejections", [])
    compiled.replace_seed("action_holdouts", [])


def evaluate(project: CompiledProject, rows: Rows, rejections: Sequence[Sequence[Any]] = ()) -> None:
    project.replace_seed("action_rejections", rejections)
    with project.connect() as connection:
        for table in INPUTS:
            connection.execute(f"delete from {table}")
        connection.execute("update marts.dim_segments set is_observable = true, reason = null")
        for table, given in rows.items():
            for row in given:
                names, marks = ", ".join(row), ", ".join("?" for _ in row)
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
        project.make_alone(connection, MADE)


def followed(
    rule: str, persons: int, reached: int, metric: str = "cart_add", **values: Any
) -> dict[str, Any]:
    row = {"rule_id": rule, "metric": metric, "window_days": 7, "persons": persons, "reached": reached}
    return row | {"converted": 0, "upper_quartile": None} | values


def members(rule: str, segment: str, *keys: int, reason: str | None = None) -> list[dict[str, Any]]:
    row = {
        "segment_id": segment,
        "rule_id": rule,
        "audience_id": f"action.{rule}",
        "left_out_because": reason,
    }
    return [row | {"person_key": key, "person_id": f"p{key}"} for key in keys]


def campaign(key: str, metric: str, persons: int, reached: int, **values: Any) -> dict[str, Any]:
    row = {"campaign_key": key, "campaign_name": key.upper(), "campaign_kind": "campaign", "metric": metric}
    return row | {"persons": persons, "reached": reached, "upper_quartile": None} | values


def velocity(step: str, probability: float, upper: float) -> dict[str, Any]:
    return {
        "measure": "conversion", "slice": "all", "micro_conversion": step, "next_step": "macro_conversion",
        "slice_value": "all", "probability": probability, "probability_upper": upper, "persons": 100,
        "reached": 10, "exited": 0, "elsewhere": 0, "censored": 0, "is_mature": True, "method": "by hand",
        "restricted_mean_seconds": 1, "restricted_mean_seconds_lower": 1, "restricted_mean_seconds_upper": 1,
        "restricted_to_seconds": 1, "longest_follow_up_seconds": 1,
    }  # fmt: skip


def holdout(audience: str, difference: float, lower: float, upper: float, verdict: str) -> dict[str, Any]:
    return {
        "experiment": audience, "variant": "treated", "metric": "conversion", "role": "primary",
        "is_control": False, "persons_in_two_arms": 0, "persons": 100, "mature_persons": 100,
        "difference": difference, "difference_lower": lower, "difference_upper": upper, "verdict": verdict,
        "sample_ratio_p_value": 1.0, "weights_are_planned": True,
    }  # fmt: skip


AUDIENCE, EVIDENCE, CAMPAIGNS = INPUTS[:3]
CART, BROWSED = ("cart_abandoned", "abandoned_cart"), ("browsed_no_purchase", "product_browsers")


def status(project: CompiledProject, rule: str, subject: str | None = None) -> Any:
    [(found,)] = project.rows(
        f"select status from marts.rpt_actions where rule_id = '{rule}'"
        + (f" and subject = '{subject}'" if subject else "")
    )
    return found


def test_nothing_is_recommended_without_data(project: CompiledProject) -> None:
    evaluate(project, {})
    assert project.rows("select count(*) from marts.rpt_actions where level <> 'segment'") == [(0,)]
    evaluate(project, {EVIDENCE: [followed("cart_abandoned", 0, 0)]})
    assert status(project, "cart_abandoned") == "nobody to mail"
    assert project.rows("select count(*) from marts.rpt_actions where priority is not null") == [(0,)]


def test_the_gain_of_what_only_volunteers_did_lies_below_all_who_could(project: CompiledProject) -> None:
    """100 persons; of 200 before 20 reached it; target 15 %; of who reaches it 30 (at most 40) % convert."""
    rows = {
        AUDIENCE: members(*CART, *range(100)) + members(*CART, 200, 201, reason="unsubscribed"),
        EVIDENCE: [followed("cart_abandoned", 200, 20, upper_quartile=0.15, converted=10)],
        "marts.rpt_velocity": [velocity("cart_add", 0.3, 0.4)],
    }
    evaluate(project, rows)
    [(found, persons, to_mail, rate, lower, gain, least, most, shrunken, kind)] = project.rows(
        "select status, persons, to_mail, rate, lower, gain, gain_lower, gain_upper, shrunken_gain, gain_is"
        " from marts.rpt_actions where rule_id = 'cart_abandoned'"
    )
    assert (found, persons, to_mail, rate, kind) == ("recommended", 102, 100, 0.1, "at most")
    noise = Z * sqrt(2 * 100 * 0.05 * 0.95)
    assert gain == pytest.approx(100 * 0.05 * 0.3 / 2)
    assert least == pytest.approx(-noise)
    assert most == pytest.approx(100 * (1 - lower) * 0.4 + noise)
    # One row alone: V = gain^2 - B^2 / 12 = B^2 / 6, so that a third of it goes.
    assert shrunken == pytest.approx(gain * 2 / 3)


def test_a_holdout_replaces_the_bound_by_its_effect(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: members(*CART, *range(50)),
        EVIDENCE: [followed("cart_abandoned", 0, 0)],
        "marts.rpt_experiments": [holdout("action.cart_abandoned", 0.1, 0.02, 0.18, "ship treated")],
    }
    evaluate(project, rows)
    assert project.rows(
        "select status, gain_is, measured_by, round(gain, 6), round(gain_lower, 6), round(gain_upper, 6)"
        " from marts.rpt_actions where rule_id = 'cart_abandoned'"
    ) == [("recommended", "measured", "action.cart_abandoned", 5.0, 1.0, 9.0)]


@pytest.mark.parametrize(
    ("effect", "verdict", "expected"),
    [((-0.1, -0.18, -0.02), "no winner", "harmful"), ((0.1, 0.02, 0.18), "broken", "not enough data")],
)
def test_a_holdout_that_did_better_or_is_broken_recommends_nothing(
    project: CompiledProject, effect: tuple[float, float, float], verdict: str, expected: str
) -> None:
    rows = {
        AUDIENCE: members(*CART, 1),
        EVIDENCE: [followed("cart_abandoned", 3, 1)],
        "marts.rpt_experiments": [holdout("action.cart_abandoned", *effect, verdict)],
    }
    evaluate(project, rows)
    assert status(project, "cart_abandoned") == expected
    assert project.rows("select is_assigned from marts.fct_audience_members") == [(False,)]


@pytest.mark.parametrize(
    ("persons", "reached", "target", "expected"),
    [
        (29, 1, 0.5, "not enough data"),
        (30, 1, 0.5, "recommended"),
        (100, 60, 0.5, "on target"),
        (100, 50, 0.5, "recommended"),
        (100, 5, None, "recommended"),
    ],
)
def test_evidence_decides(
    project: CompiledProject, persons: int, reached: int, target: float | None, expected: str
) -> None:
    rows = {
        AUDIENCE: members(*CART, 1),
        EVIDENCE: [followed("cart_abandoned", persons, reached, upper_quartile=target)],
    }
    evaluate(project, rows)
    assert status(project, "cart_abandoned") == expected


def test_a_person_is_kept_for_the_first_action_alone(project: CompiledProject) -> None:
    """Both rules want person 2; carts bring more. Person 3 is of unknown consent, 4 has unsubscribed."""
    rows = {
        AUDIENCE: [
            *members(*CART, 1, 2),
            *members(*BROWSED, 2, 5),
            *members(*BROWSED, 3, reason="unknown_consent"),
            *members(*BROWSED, 4, reason="unsubscribed"),
        ],
        EVIDENCE: [
            followed("cart_abandoned", 100, 10, upper_quartile=0.9),
            followed("browsed_no_purchase", 100, 10, upper_quartile=0.2),
        ],
        "marts.rpt_velocity": [velocity("cart_add", 0.5, 0.6)],
    }
    evaluate(project, rows)
    assert project.rows(
        "select audience_id, person_key from marts.fct_audience_members where is_assigned order by all"
    ) == [
        ("action.browsed_no_purchase", 3),
        ("action.browsed_no_purchase", 5),
        ("action.cart_abandoned", 1),
        ("action.cart_abandoned", 2),
    ]
    assert project.rows(
        "select persons, to_mail, other_action, unsubscribed, unknown_consent from marts.dim_audiences"
        " where audience_id = 'action.browsed_no_purchase'"
    ) == [(4, 1, 1, 1, 1)]


def test_rules_that_bring_the_same_are_ordered_by_name(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: [*members(*CART, 1), *members(*BROWSED, 1)],
        EVIDENCE: [followed(rule, 50, 0, "purchase") for rule in ("cart_abandoned", "browsed_no_purchase")],
    }
    evaluate(project, rows)
    assert project.rows(
        "select rule_id, priority from marts.rpt_actions where priority is not null order by priority"
    ) == [("browsed_no_purchase", 1), ("cart_abandoned", 2)]


def test_rejections_are_remembered_until_their_day(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: [*members(*CART, 1), *members(*BROWSED, 1)],
        EVIDENCE: [followed(rule, 50, 0, "purchase") for rule in ("cart_abandoned", "browsed_no_purchase")],
        CAMPAIGNS: [campaign(key, "click_per_opener", 100, 1, upper_quartile=0.5) for key in ("one", "two")],
    }
    with project.connect() as connection:
        connection.execute("update intermediate.int_data_watermark set watermark_at = '2026-06-10 08:00'")
    rejections = [
        ("cart_abandoned", None, None, "a flow does it"),
        ("browsed_no_purchase", "product_browsers", "2026-06-09", "until yesterday"),
        ("opened_no_click", "one", "2026-06-10", "today still"),
    ]
    evaluate(project, rows, rejections)
    assert project.rows(
        "select rule_id, subject, status, reason from marts.rpt_actions"
        " where rule_id in ('cart_abandoned', 'browsed_no_purchase', 'opened_no_click') order by all"
    ) == [
        ("browsed_no_purchase", "product_browsers", "recommended", None),
        ("cart_abandoned", "abandoned_cart", "rejected", "a flow does it"),
        ("opened_no_click", "one", "rejected", "today still"),
        ("opened_no_click", "two", "recommended", None),
    ]
    assert project.rows(
        "select audience_id from marts.fct_audience_members where is_assigned order by all"
    ) == [("action.browsed_no_purchase",)]


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
            campaign("one", "click_per_opener", 400, 4, upper_quartile=0.1),
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


def bottleneck(**values: Any) -> dict[str, Any]:
    return {
        "transition_kind": "sequence", "sequence_id": "store_purchase", "step_number": 5,
        "person_population": "known", "from_step": "product_page_visit", "to_step": "cart_add",
        "window_days": 7.0, "bottleneck_type": "value_proposition", "hypothesis": "Perhaps",
        "persons": 900, "reached": 90,
        "rate": 0.1, "lower": 0.08, "upper": 0.12, "target_basis": "benchmark", "target_rate": 0.15,
        "left_truncated_persons": 0, "macro_probability": 0.4, "further_conversions": 18.0,
        "further_conversions_lower": 10.0, "further_conversions_upper": 25.0, "value_per_conversion": 50.0,
        "method": "by hand", "opportunity_is": "upper bound", **values,
    }  # fmt: skip


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
