"""What is recommended, by hand: evidence, gains, rejections, one action for a person."""

from datetime import datetime
from math import sqrt

import pytest

from tests.dbt.actions.inputs import (
    AUDIENCE,
    BROWSED,
    CAMPAIGNS,
    CART,
    EVIDENCE,
    bottleneck,
    campaign,
    evaluate,
    followed,
    held_out,
    holdout,
    members,
    status,
    velocity,
)
from tests.dbt.compiled_project import CompiledProject

Z = 1.959963984540054


def test_nothing_is_recommended_without_data(project: CompiledProject) -> None:
    evaluate(project, {})
    assert project.rows("select count(*) from marts.rpt_actions where level <> 'segment'") == [(0,)]
    evaluate(project, {EVIDENCE: [followed("cart_abandoned", 0, 0)]})
    assert status(project, "cart_abandoned") == "none to mail"
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
    expected = 0.05 + 0.05 * 0.3 / 2
    noise = Z * sqrt(100 * (0.05 * 0.95 + expected * (1 - expected)))
    assert gain == pytest.approx(100 * 0.05 * 0.3 / 2)
    assert least == pytest.approx(-noise)
    assert most == pytest.approx(100 * (1 - lower) * 0.4 + noise)
    # One row alone: V = gain^2 - B^2 / 12 = B^2 / 6, so that a third of it goes.
    assert shrunken == pytest.approx(gain * 2 / 3)


def test_a_holdout_replaces_the_bound_by_its_effect(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: members(*CART, *range(50)),
        EVIDENCE: [followed("cart_abandoned", 0, 0)],
        "marts.rpt_experiments": [
            holdout("action.cart_abandoned", 0.1, 0.02, 0.18, "ship treated"),
            held_out("action.cart_abandoned", 0.2),
        ],
    }
    evaluate(project, rows)
    # The counts of 50 vary with 20 % without and 30 % with the action, their means by 0.08 / 1.96.
    spread = sqrt((50 * 0.08) ** 2 + Z**2 * 50 * (0.2 * 0.8 + 0.3 * 0.7))
    assert project.rows(
        "select status, gain_is, measured_by, round(gain, 6), round(gain_lower, 6), round(gain_upper, 6)"
        " from marts.rpt_actions where rule_id = 'cart_abandoned'"
    ) == [
        ("recommended", "measured", "action.cart_abandoned", 5.0, round(5 - spread, 6), round(5 + spread, 6))
    ]


@pytest.mark.parametrize(
    ("share", "treated", "entered", "expected"),
    [
        (None, 0, 1, 5.0),
        (0.4, 0, 1, 3.0),
        (0.4, 20, 1, 0.1 * 30 * 0.6),  # written to in this stay, and still there
        (0.4, 20, 3, 0.1 * (20 + 30 * 0.6)),  # in one before it
    ],
)
def test_the_gain_is_of_those_whom_an_export_writes_for_the_first_time(
    project: CompiledProject, share: float | None, treated: int, entered: int, expected: float
) -> None:
    """50 persons, of whom 20 at most were written to on the second day; a share of who is new is held out."""
    arm = {"audience_id": "action.cart_abandoned", "arm": "treated", "is_held_out": False}
    arms = [arm | {"person_key": key, "assigned_at": datetime(2026, 6, 2)} for key in range(treated)]
    elsewhere = [{**row, "audience_id": "action.browsed_no_purchase", "person_key": 49} for row in arms[:1]]
    audience = [row | {"entered_at": datetime(2026, 6, entered)} for row in members(*CART, *range(50))]
    rows = {
        AUDIENCE: audience,
        "intermediate.int_audience_assignments": [*arms, *elsewhere],
        EVIDENCE: [followed("cart_abandoned", 200, 20, upper_quartile=0.15, converted=10)],
        "marts.rpt_experiments": [holdout("action.cart_abandoned", 0.1, 0.02, 0.18, "ship treated")],
    }
    project.replace_seed("action_holdouts", [("action.cart_abandoned", share)] if share else [])
    evaluate(project, rows)
    gain = "select to_mail, round(gain, 6) from marts.rpt_actions where rule_id = 'cart_abandoned'"
    assert project.rows(gain) == [(50, round(expected, 6))]
    # A bound is of all who are written to.
    evaluate(
        project, rows | {"marts.rpt_experiments": [], "marts.rpt_velocity": [velocity("cart_add", 1, 1)]}
    )
    project.replace_seed("action_holdouts", [])
    persons = treated + (50 - treated) * (1 - (share or 0))
    assert project.rows(gain) == [(50, round(persons * 0.05 / 2, 6))]


EFFECT = (0.1, 0.02, 0.18)
LOSS = (-0.1, -0.18, -0.02)


@pytest.mark.parametrize(
    ("effect", "verdict", "values", "expected"),
    [
        (EFFECT, "ship treated", {}, ("recommended", "measured")),
        (EFFECT, "ship treated", {"mature_persons": 29}, ("not enough data", None)),
        (EFFECT, "wait 14 days", {}, ("not enough data", None)),
        (EFFECT, "broken", {}, ("not enough data", None)),
        (EFFECT, "no verdict: state the weights", {}, ("not enough data", None)),
        (EFFECT, "guardrail: treated", {}, ("harmful", None)),
        ((-0.01, -0.05, 0.03), "no winner", {}, ("no gain shown", None)),
        (LOSS, "no winner", {}, ("no gain shown", None)),
        (LOSS, "no winner", {"sequence_lower": -0.22, "sequence_upper": 0.02}, ("no gain shown", None)),
        (LOSS, "wait 3 days", {"sequence_lower": -0.2, "sequence_upper": -0.01}, ("harmful", None)),
        (LOSS, "ship holdout", {}, ("harmful", None)),
    ],
)
def test_a_holdout_counts_when_it_is_read(
    project: CompiledProject,
    effect: tuple[float, float, float],
    verdict: str,
    values: dict[str, float],
    expected: tuple[str, str | None],
) -> None:
    rows = {
        AUDIENCE: members(*CART, 1),
        EVIDENCE: [followed("cart_abandoned", 3, 1)],
        "marts.rpt_experiments": [holdout("action.cart_abandoned", *effect, verdict, **values)],
    }
    evaluate(project, rows)
    assert project.rows("select status, gain_is from marts.rpt_actions where rule_id = 'cart_abandoned'") == [
        expected
    ]
    is_assigned = [(expected[0] == "recommended",)]
    assert project.rows("select is_assigned from marts.fct_audience_members") == is_assigned


@pytest.mark.parametrize("verdict", ["broken", "wait 14 days", "ship treated"])
def test_the_verdict_is_on_the_primary_metric_whatever_that_is(
    project: CompiledProject, verdict: str
) -> None:
    audience = "action.cart_abandoned"
    rows = {
        AUDIENCE: members(*CART, 1),
        EVIDENCE: [followed("cart_abandoned", 3, 1)],
        "marts.rpt_experiments": [
            holdout(audience, *EFFECT, None, role="secondary"),
            holdout(audience, *EFFECT, verdict, metric="net_revenue"),
        ],
    }
    evaluate(project, rows)
    expected = "recommended" if verdict == "ship treated" else "not enough data"
    assert status(project, "cart_abandoned") == expected


def test_a_holdout_that_may_be_looked_at_daily_has_the_interval_of_all_looks(
    project: CompiledProject,
) -> None:
    rows = {
        AUDIENCE: members(*CART, *range(50)),
        EVIDENCE: [followed("cart_abandoned", 0, 0)],
        "marts.rpt_experiments": [
            holdout(
                "action.cart_abandoned", *EFFECT, "ship treated", sequence_lower=0.01, sequence_upper=0.19
            )
        ],
    }
    evaluate(project, rows)
    spread = sqrt(4.5**2 + Z**2 * 50 * 0.1 * 0.9)
    assert project.rows(
        "select round(gain, 6), round(gain_lower, 6), round(gain_upper, 6)"
        " from marts.rpt_actions where rule_id = 'cart_abandoned'"
    ) == [(5.0, round(5 - spread, 6), round(5 + spread, 6))]


@pytest.mark.parametrize(
    ("persons", "reached", "target", "expected"),
    [
        (29, 1, 0.5, "not enough data"),
        (30, 1, 0.5, "recommended"),
        (100, 60, 0.5, "on target"),
        (100, 50, 0.5, "on target"),
        (100, 45, 0.5, "no gain shown"),  # up to 55 %
        (1000, 100, 0.121, "no gain shown"),  # below the target, for a third of a conversion
        (100, 5, None, "no gain shown"),
    ],
)
def test_evidence_decides(
    project: CompiledProject, persons: int, reached: int, target: float | None, expected: str
) -> None:
    rows = {
        AUDIENCE: members(*CART, *range(100)),
        EVIDENCE: [followed("cart_abandoned", persons, reached, upper_quartile=target)],
        "marts.rpt_velocity": [velocity("cart_add", 0.3, 0.4)],
        "marts.rpt_bottlenecks": [bottleneck()],  # of other persons: no target for these
    }
    evaluate(project, rows)
    assert status(project, "cart_abandoned") == expected
    # Who is kept for no action can be mailed with a holdout, to find out.
    [(kept,)] = project.rows("select count(*) from marts.fct_audience_members where is_assigned")
    assert kept == (100 if expected in ("recommended", "no gain shown") else 0)


def test_a_goal_that_no_source_reports_is_not_ranked_with_others(project: CompiledProject) -> None:
    given = followed(
        "cart_abandoned", 100, 10, "conversion", upper_quartile=0.5, is_goal_observable=False, converted=10
    )
    evaluate(project, {AUDIENCE: members(*CART, *range(100)), EVIDENCE: [given]})
    assert project.rows(
        "select status, gain, gain_is, to_mail from marts.rpt_actions where rule_id = 'cart_abandoned'"
    ) == [("goal not observable", None, None, 0)]


@pytest.mark.parametrize(
    ("mailed", "converted", "rate"), [(60, 40, 41 / 402), (100, 0, 1 / 402), (59, 40, None)]
)
def test_it_is_said_what_a_holdout_of_half_can_find(
    project: CompiledProject, mailed: int, converted: int, rate: float | None
) -> None:
    rows = {
        AUDIENCE: members(*CART, *range(mailed)),
        EVIDENCE: [followed("cart_abandoned", 400, 20, converted=converted)],
    }
    evaluate(project, rows)
    [(found, detectable)] = project.rows(
        "select status, detectable_difference from marts.rpt_actions where rule_id = 'cart_abandoned'"
    )
    power = Z + 0.8416212335729143
    expected = rate and power * sqrt(rate * (1 - rate) * (2 / mailed + 2 / mailed))
    assert found == "no gain shown"
    assert detectable == (expected and pytest.approx(expected))


def test_a_person_is_kept_for_the_action_that_is_best_for_them(project: CompiledProject) -> None:
    """Both rules want persons 1 and 2: carts bring less in all (8 against 20), and more for each."""
    browsed = list(range(1000, 1398))
    rows = {
        AUDIENCE: [
            *members(*CART, *range(1, 41)),
            *members(*BROWSED, 1, 2, *browsed),
            *members(*BROWSED, 50, reason="unknown_consent"),
            *members(*BROWSED, 51, reason="unsubscribed"),
        ],
        EVIDENCE: [
            followed("cart_abandoned", 100, 10, upper_quartile=0.9),
            followed("browsed_no_purchase", 100, 10, upper_quartile=0.3),
        ],
        "marts.rpt_velocity": [velocity("cart_add", 0.5, 0.6)],
    }
    evaluate(project, rows)
    assert project.rows(
        "select audience_id, count(*), min(person_key) from marts.fct_audience_members where is_assigned"
        " group by all order by all"
    ) == [("action.browsed_no_purchase", 399, 50), ("action.cart_abandoned", 40, 1)]
    assert project.rows(
        "select persons, to_mail, other_action, unsubscribed, unknown_consent from marts.dim_audiences"
        " where audience_id = 'action.browsed_no_purchase'"
    ) == [(402, 398, 2, 1, 1)]
    # The gain is of those who are mailed.
    assert project.rows(
        "select to_mail, round(gain, 6), status from marts.rpt_actions where rule_id = 'browsed_no_purchase'"
    ) == [(398, 19.9, "recommended")]


def test_who_is_held_out_is_not_among_those_to_mail(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: [
            *members(*CART, *range(98)),
            *members(*CART, 98, 99, reason="held_out"),
        ],
        EVIDENCE: [followed("cart_abandoned", 200, 20, upper_quartile=0.9)],
        "marts.rpt_velocity": [velocity("cart_add", 0.3, 0.4)],
    }
    evaluate(project, rows)
    assert project.rows(
        "select actions.to_mail, round(gain, 6), audiences.to_mail, held_out"
        " from marts.rpt_actions as actions join marts.dim_audiences as audiences using (audience_id)"
        " where actions.rule_id = 'cart_abandoned'"
    ) == [(98, round(98 * 0.8 * 0.3 / 2, 6), 98, 2)]


def test_an_action_whose_persons_all_have_a_better_one_is_not_recommended(project: CompiledProject) -> None:
    keys = range(100)
    rows = {
        AUDIENCE: [*members(*CART, *keys), *members(*BROWSED, *keys)],
        EVIDENCE: [
            followed("cart_abandoned", 100, 10, upper_quartile=0.9),
            followed("browsed_no_purchase", 100, 10, upper_quartile=0.3),
        ],
        "marts.rpt_velocity": [velocity("cart_add", 0.5, 0.6)],
    }
    evaluate(project, rows)
    assert project.rows(
        "select status, to_mail, gain from marts.rpt_actions where rule_id = 'browsed_no_purchase'"
    ) == [("another action first", 0, None)]


def test_rules_that_bring_the_same_are_ordered_by_name(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: [*members(*CART, *range(20)), *members(*BROWSED, *range(50, 70))],
        EVIDENCE: [
            followed(rule, 50, 0, "purchase", upper_quartile=0.5)
            for rule in ("cart_abandoned", "browsed_no_purchase")
        ],
    }
    evaluate(project, rows)
    assert project.rows(
        "select rule_id, priority from marts.rpt_actions where priority is not null order by priority"
    ) == [("browsed_no_purchase", 1), ("cart_abandoned", 2)]


def test_rejections_are_remembered_until_their_day(project: CompiledProject) -> None:
    rows = {
        AUDIENCE: [*members(*CART, *range(20)), *members(*BROWSED, *range(20))],
        EVIDENCE: [
            followed(rule, 50, 0, "purchase", upper_quartile=0.5)
            for rule in ("cart_abandoned", "browsed_no_purchase")
        ],
        CAMPAIGNS: [
            *(campaign(key, "click_per_opener", 100, 1, upper_quartile=0.5) for key in ("one", "two")),
            campaign("three", "conversion_per_clicker", 100, 50),
        ],
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
    assert project.rows("select distinct audience_id from marts.fct_audience_members where is_assigned") == [
        ("action.browsed_no_purchase",)
    ]
