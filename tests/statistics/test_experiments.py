"""A/B tests against scipy, statsmodels and worlds with known effects."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import fisher_exact, norm, ttest_ind

from dagster_project.statistics.experiments import (
    Arm,
    arm_effect,
    balance_p_value,
    cuped_theta,
    decide,
    probabilities_to_be_best,
    rate_effect,
    sample_ratio_p_value,
    sequence_half_width,
)

Values = NDArray[np.float64]


def arm(y: Values, x: Values | None = None) -> Arm:
    x = np.zeros(len(y)) if x is None else x
    return Arm(len(y), *(float(value) for value in (y.sum(), y @ y, x.sum(), x @ x, x @ y)))


def test_a_broken_split_is_found_and_a_planned_one_is_not() -> None:
    assert sample_ratio_p_value([6000, 3000], [1, 1]) < 1e-9
    assert sample_ratio_p_value([6000, 3000], [2, 1]) == pytest.approx(1)
    assert sample_ratio_p_value([447, 456], [1, 1]) > 0.5


def test_arms_that_differed_before_are_not_comparable() -> None:
    balance = balance_p_value([([300, 200], [1000, 1000]), ([50, 50], [1000, 1000])])
    assert balance
    assert balance < 1e-5
    equal = balance_p_value([([300, 301], [1000, 1000])])
    assert equal
    assert equal > 0.9
    assert balance_p_value([([0, 0], [10, 10])]) is None


def test_without_history_the_comparison_is_welchs() -> None:
    random = np.random.default_rng(7)
    one, other = random.exponential(3, 900), random.exponential(2, 1100)
    found = arm_effect(arm(one), arm(other), cuped_theta([arm(one), arm(other)]))
    expected = ttest_ind(one, other, equal_var=False)
    assert found
    assert found.difference == pytest.approx(one.mean() - other.mean())
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.02)
    interval = expected.confidence_interval()
    assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high), rel=0.01)


def test_theta_is_the_regression_within_arms() -> None:
    random = np.random.default_rng(8)
    x = random.poisson(2, 2000).astype(np.float64)
    group = np.arange(2000) % 2
    y = 1.5 * x + 4 * group + random.normal(0, 1, 2000)
    arms = [arm(y[group == value], x[group == value]) for value in (0, 1)]
    centred_x = x - np.array([x[group == value].mean() for value in (0, 1)])[group]
    centred_y = y - np.array([y[group == value].mean() for value in (0, 1)])[group]
    assert cuped_theta(arms) == pytest.approx(centred_x @ centred_y / (centred_x @ centred_x))


def test_history_narrows_the_interval_and_keeps_it_true() -> None:
    random = np.random.default_rng(9)
    inside, widths = 0, []
    for _ in range(300):
        x = random.gamma(1, 2, 600)
        group = random.permutation(np.repeat([0, 1], 300))
        y = x + 0.5 * group + random.normal(0, 1, 600)
        arms = [arm(y[group == value], x[group == value]) for value in (0, 1)]
        theta = cuped_theta(arms)
        found, plain = arm_effect(arms[1], arms[0], theta), arm_effect(arms[1], arms[0], 0.0)
        assert found
        assert plain
        inside += found.lower <= 0.5 <= found.upper
        widths.append((found.upper - found.lower) / (plain.upper - plain.lower))
    assert 0.91 <= inside / 300 <= 0.98
    assert np.mean(widths) < 0.55  # the correlation of y and x leaves 1 - 0.8 of the variance


def test_the_detectable_effect_is_found_in_four_of_five_tests() -> None:
    random = np.random.default_rng(10)
    shape = arm(random.normal(0, 1, 400)), arm(random.normal(0, 1, 400))
    planned = arm_effect(*shape, 0.0)
    assert planned
    found = 0
    for _ in range(500):
        effect = arm_effect(
            arm(random.normal(planned.detectable, 1, 400)), arm(random.normal(0, 1, 400)), 0.0
        )
        assert effect
        found += effect.p_value < 0.05
    assert 0.74 <= found / 500 <= 0.86


def test_looking_again_and_again_finds_few_false_winners_with_the_sequence_only() -> None:
    random = np.random.default_rng(12)
    looks = np.arange(100, 2_001, 100)
    by_sequence, by_z = 0, 0
    for _ in range(300):
        one, other = (random.random(2_000) < 0.1 for _ in range(2))
        errors = [np.hypot(one[:n].std() / np.sqrt(n), other[:n].std() / np.sqrt(n)) for n in looks]
        gaps = [abs(one[:n].mean() - other[:n].mean()) for n in looks]
        by_z += any(gap > 1.96 * error for gap, error in zip(gaps, errors, strict=True))
        by_sequence += any(
            gap > sequence_half_width(float(error), 2 * int(n))
            for gap, error, n in zip(gaps, errors, looks, strict=True)
        )
    assert by_z / 300 > 0.15
    assert by_sequence / 300 <= 0.05


def test_the_sequence_is_as_wide_as_its_formula() -> None:
    sd, n, rho, alpha = 0.3, 1_500, 0.09, 0.05 / 2
    width = sd * np.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * np.log(np.sqrt(n * rho**2 + 1) / alpha))
    assert sequence_half_width(sd / np.sqrt(n), n, 2) == pytest.approx(width, rel=1e-12)


def test_before_maturity_only_a_sequence_decides() -> None:
    def verdict(sequences: dict[str, tuple[float, float]], worsened: tuple[str, ...] = ()) -> str:
        return decide(True, 1.0, None, 5, {"B": (0.1, 0.001)}, "A", worsened, sequences)

    assert verdict({}) == "wait 5 days"
    assert verdict({"B": (-0.01, 0.2)}) == "wait 5 days"
    assert verdict({"B": (0.01, 0.2)}) == "ship B"
    assert verdict({"B": (0.01, 0.2)}, ("B",)) == "guardrail: B"
    assert verdict({"B": (0.01, 0.2), "C": (0.02, 0.2)}) == "ship C"
    assert verdict({"B": (-0.2, -0.01)}) == "ship A"
    assert verdict({"B": (-0.2, -0.01), "C": (-0.1, 0.1)}) == "wait 5 days"


def test_the_probability_to_be_best_is_that_of_draws() -> None:
    means, errors = [0.03, 0.035, 0.02], [0.004, 0.005, 0.01]
    draws = np.random.default_rng(11).normal(means, errors, (200_000, 3)).argmax(axis=1)
    shares = np.bincount(draws, minlength=3) / len(draws)
    assert probabilities_to_be_best(means, errors) == pytest.approx(shares, abs=0.005)
    assert sum(probabilities_to_be_best(means, errors)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("is_planned", "ratio", "balance", "days", "effects", "worsened", "expected"),
    [
        (True, 0.0009, 0.5, 3, {"B": (1.0, 0.01)}, [], "broken"),
        (False, 0.0009, 0.5, 0, {"B": (1.0, 0.01)}, [], "no verdict: state the weights"),
        (True, 0.5, 0.0009, 0, {"B": (1.0, 0.01)}, [], "broken"),
        (True, 0.5, None, 3, {"B": (1.0, 0.01)}, [], "wait 3 days"),
        (True, 0.5, None, 1, {"B": (1.0, 0.01)}, [], "wait 1 day"),
        (True, 0.5, None, 0, {"B": (1.0, 0.05)}, [], "ship B"),
        (True, 0.5, None, 0, {"B": (1.0, 0.051)}, [], "no winner"),
        (True, 0.5, None, 0, {"B": (1.0, 0.01), "C": (2.0, 0.04)}, [], "ship C"),
        (True, 0.5, None, 0, {"B": (-1.0, 0.01)}, [], "ship A"),
        (True, 0.5, None, 0, {"B": (-1.0, 0.01), "C": (0.1, 0.9)}, [], "no winner"),
        (True, 0.5, None, 0, {"B": (1.0, 0.01)}, ["B"], "guardrail: B"),
        (True, 0.5, None, 0, {}, [], "no verdict"),
    ],
)
def test_the_first_line_that_fits_decides(
    is_planned: bool,
    ratio: float,
    balance: float | None,
    days: int,
    effects: dict[str, tuple[float, float]],
    worsened: list[str],
    expected: str,
) -> None:
    assert decide(is_planned, ratio, balance, days, effects, "A", worsened) == expected


def test_sizes_are_broken_below_one_in_a_thousand_only() -> None:
    """At one in a hundred every tenth run of ten tests would be called broken for nothing."""
    arguments = (None, 0, {"B": (0.1, 0.001)}, "A", ())
    assert decide(True, 0.0011, *arguments) == "ship B"
    assert decide(True, 0.0009, *arguments) == "broken"
    assert decide(True, 1.0, 0.0011, *arguments[1:]) == "ship B"
    assert decide(True, 1.0, 0.0009, *arguments[1:]) == "broken"


def test_history_that_is_alike_adjusts_nothing() -> None:
    """Arms that differ in it, but no one within an arm, say nothing of how it goes with the metric."""
    values = np.array([1.0, 2.0, 4.0])
    assert cuped_theta([arm(values, np.full(3, 2.0)), arm(values, np.full(3, 5.0))]) == 0


def rate(having: int, persons: int) -> Arm:
    return Arm(persons, having, having, 0, 0, 0)


@pytest.mark.parametrize("counts", [(4, 20, 0, 20), (5, 1000, 0, 1000), (0, 12, 9, 300), (16, 20, 20, 20)])
def test_few_persons_are_compared_exactly(counts: tuple[int, int, int, int]) -> None:
    having, persons, other_having, others = counts
    found = rate_effect(rate(having, persons), rate(other_having, others), 0.0)
    assert found
    table = [[having, persons - having], [other_having, others - other_having]]
    assert found.p_value == pytest.approx(fisher_exact(table).pvalue)
    assert found.lower <= found.difference == having / persons - other_having / others <= found.upper
    assert found.error is None


def test_four_of_twenty_against_none_is_no_proof() -> None:
    """By hand, with Wilson's bounds 0.0807 and 0.4160 of 4/20 and 0.1611 of 0/20; Welch says p = 0.03."""
    found = rate_effect(rate(4, 20), rate(0, 20), 0.0)
    assert found
    assert found.p_value == pytest.approx(0.106, abs=5e-4)
    assert found.lower == pytest.approx(0.2 - np.hypot(0.2 - 0.0807, 0.1611), abs=1e-4)
    assert found.upper == pytest.approx(0.4160, abs=1e-4)
    error = np.sqrt(0.1 * 0.9 * (1 / 20 + 1 / 20))
    assert found.detectable == pytest.approx((1.959964 + 0.841621) * error, rel=1e-6)


def test_from_five_expected_on_the_comparison_is_the_adjusted_one() -> None:
    random = np.random.default_rng(13)
    x = random.poisson(2, 100).astype(np.float64)
    arms = arm(np.repeat([1.0, 0.0], [7, 93]), x), arm(np.repeat([1.0, 0.0], [3, 97]), x[::-1])
    assert rate_effect(*arms, 0.1) == arm_effect(*arms, 0.1)
    fewer = arm(np.repeat([1.0, 0.0], [2, 98]), x)
    found = rate_effect(arms[0], fewer, 0.1)
    assert found
    assert found.difference == pytest.approx(0.05)


def test_all_against_none_is_a_difference_and_all_against_all_is_none() -> None:
    found = rate_effect(rate(20, 20), rate(0, 20), 0.0)
    assert found
    assert found.p_value == pytest.approx(2 * norm.sf(1 / np.sqrt(0.25 / 10)))
    assert found.error == pytest.approx(np.sqrt(0.25 / 10))
    assert rate_effect(rate(0, 20), rate(0, 20), 0.0) is None
    assert rate_effect(rate(9, 9), rate(20, 20), 0.0) is None
    alone = rate_effect(rate(1, 1), rate(0, 1), 0.0)
    assert alone
    assert alone.p_value == pytest.approx(1)


def test_a_test_over_time_that_pauses_is_decided_by_its_sequence() -> None:
    def verdict(sequences: dict[str, tuple[float, float]] | None, gain: float = 0.1) -> str:
        return decide(True, 1.0, None, 0, {"B": (gain, 0.001)}, "A", (), sequences)

    assert verdict(None) == "ship B"
    assert verdict({"B": (-0.01, 0.2)}) == "no winner"
    assert verdict({"B": (0.01, 0.2)}) == "ship B"
    assert verdict({"B": (-0.2, 0.01)}, -0.1) == "no winner"
    assert verdict({"B": (-0.2, -0.01)}, -0.1) == "ship A"
    assert verdict({}) == "no winner"
    assert decide(True, 1.0, None, 0, {}, "A", (), {}) == "no verdict"
    # C has too few persons for a sequence: that B is worse does not make A the best.
    effects = {"B": (-0.1, 0.001), "C": (0.1, 0.2)}
    assert decide(True, 1.0, None, 0, effects, "A", (), {"B": (-0.2, -0.01)}) == "no winner"
