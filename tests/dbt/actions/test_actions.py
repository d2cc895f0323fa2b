"""What is recommended, by hand: evidence, gains, rejections, one action for a person."""

from math import sqrt

import pytest

from tests.dbt.actions.inputs import (
    AUDIENCE,
    BROWSED,
    CAMPAIGNS,
    CART,
    EVIDENCE,
    campaign,
    evaluate,
    followed,
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
    [
        ((-0.1, -0.18, -0.02), "no winner", "harmful"),
        ((-0.01, -0.05, 0.03), "no winner", "recommended"),
        ((0.1, 0.02, 0.18), "broken", "not enough data"),
    ],
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
    is_assigned = [(expected == "recommended",)]
    assert project.rows("select is_assigned from marts.fct_audience_members") == is_assigned


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
