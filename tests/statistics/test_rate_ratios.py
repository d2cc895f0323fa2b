"""Mantel-Haenszel ratios and differences against statsmodels, closed forms and simulated coverage."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.contingency_tables import StratifiedTable

from dagster_project.statistics.rate_ratios import (
    e_value,
    e_value_of_interval,
    mean_difference,
    rate_difference,
    rate_ratio,
    risk_difference,
    risk_ratio,
)

TABLES = [((12, 60), (9, 90)), ((5, 40), (3, 80)), ((20, 50), (30, 100))]
DONE = [hits for (hits, _), _ in TABLES], [n for (_, n), _ in TABLES]
OTHERS = [hits for _, (hits, _) in TABLES], [n for _, (_, n) in TABLES]


def test_the_risk_ratio_is_the_pooled_one_of_statsmodels() -> None:
    tables = [np.array([[a, n1 - a], [b, n0 - b]]) for (a, n1), (b, n0) in TABLES]
    found = risk_ratio(*DONE, *OTHERS)
    assert found
    assert found.estimate == pytest.approx(StratifiedTable(tables).riskratio_pooled, abs=1e-12)
    assert found.lower < found.estimate < found.upper


def test_one_stratum_is_the_usual_rate_ratio() -> None:
    """ln(ratio) ± 1.96·√(1/e1 + 1/e0), as with person-time of two groups."""
    found = rate_ratio([30], [1000.0], [20], [1500.0])
    assert found
    error = np.sqrt(1 / 30 + 1 / 20)
    assert found.estimate == pytest.approx(30 / 1000 / (20 / 1500))
    assert found.upper == pytest.approx(found.estimate * np.exp(1.959963984540054 * error))
    assert found.lower == pytest.approx(found.estimate / np.exp(1.959963984540054 * error))


def test_one_stratum_is_the_usual_risk_ratio() -> None:
    """ln(ratio) ± 1.96·√(1/a − 1/n1 + 1/b − 1/n0), which matters where events are not rare."""
    found = risk_ratio([30], [50], [20], [60])
    assert found
    error = np.sqrt(1 / 30 - 1 / 50 + 1 / 20 - 1 / 60)
    assert found.estimate == pytest.approx(30 / 50 / (20 / 60))
    assert found.upper == pytest.approx(found.estimate * np.exp(1.959963984540054 * error))
    assert found.p_value == pytest.approx(2 * norm.sf(np.log(found.estimate) / error))


def test_rate_ratio_by_hand_over_two_strata() -> None:
    # (10·400/600 + 4·100/300) / (20·200/600 + 2·200/300) = 8 / 8
    found = rate_ratio([10, 4], [200.0, 200.0], [20, 2], [400.0, 100.0])
    assert found
    assert found.estimate == pytest.approx(8 / 8)
    assert found.p_value == pytest.approx(1)


def test_strata_remove_what_confounds() -> None:
    """Twice the rate in one stratum, with more of the completers there: pooled 1.5, stratified 1."""
    events, time = np.array([80.0, 10.0]), np.array([400.0, 100.0])
    others, other_time = np.array([20.0, 40.0]), np.array([100.0, 400.0])
    pooled = rate_ratio([events.sum()], [time.sum()], [others.sum()], [other_time.sum()])
    found = rate_ratio(events, time, others, other_time)
    assert pooled
    assert found
    assert pooled.estimate == pytest.approx(1.5)
    assert found.estimate == pytest.approx(1.0)


@pytest.mark.parametrize(
    "groups",
    [
        ([0, 0], [10.0, 10.0], [3, 4], [10.0, 10.0]),
        ([3], [10.0], [0], [10.0]),
        ([], [], [], []),
        ([3, 0], [10.0, 0.0], [0, 4], [0.0, 10.0]),  # no stratum has both groups
    ],
)
def test_without_events_of_both_groups_there_is_no_ratio(
    groups: tuple[list[float], list[float], list[float], list[float]],
) -> None:
    assert rate_ratio(*groups) is None
    assert risk_ratio(*groups) is None


def test_no_stratum_with_both_groups_has_no_difference() -> None:
    groups = ([3, 0], [10, 0], [0, 4], [0, 10])
    assert rate_difference(*groups) is None
    assert risk_difference(*groups) is None


def test_the_differences_of_one_stratum() -> None:
    risk = risk_difference([30], [100], [20], [100])
    rate = rate_difference([30], [100.0], [20], [200.0])
    assert risk
    assert rate
    assert risk.estimate == pytest.approx(0.1)
    assert rate.estimate == pytest.approx(0.2)
    assert rate.upper - rate.estimate == pytest.approx(1.959963984540054 * np.sqrt(30 / 100**2 + 20 / 200**2))


def test_intervals_contain_the_truth_in_95_of_100_worlds() -> None:
    random = np.random.default_rng(3)
    n1, n0, base = np.array([400, 300, 200]), np.array([600, 500, 900]), np.array([0.05, 0.1, 0.2])
    inside = {"ratio": 0, "difference": 0, "rate": 0}
    for _ in range(600):
        a, b = random.binomial(n1, 1.5 * base), random.binomial(n0, base)
        ratio = risk_ratio(a, n1, b, n0)
        assert ratio
        inside["ratio"] += ratio.lower <= 1.5 <= ratio.upper
        a, b = random.binomial(n1, base + 0.05), random.binomial(n0, base)
        difference = risk_difference(a, n1, b, n0)
        assert difference
        inside["difference"] += difference.lower <= 0.05 <= difference.upper
        rate = rate_ratio(random.poisson(2 * base * n1), n1, random.poisson(base * n0), n0)
        assert rate
        inside["rate"] += rate.lower <= 2 <= rate.upper
    assert all(0.925 <= share / 600 <= 0.975 for share in inside.values()), inside


def test_a_difference_of_means_is_significant_where_its_interval_excludes_none() -> None:
    """Student's t with one degree of freedom fewer than buckets, in the interval and in p alike."""
    random = np.random.default_rng(9)
    for _ in range(40):
        sums, other_sums = (random.exponential(100, (1, 20)) for _ in range(2))
        found = mean_difference(sums, np.full((1, 20), 10.0), other_sums, np.full((1, 20), 10.0))
        assert found
        error = (found.upper - found.lower) / 2 / student(19).ppf(0.975)
        assert found.p_value == pytest.approx(2 * student(19).sf(abs(found.estimate) / error))
        assert (found.p_value < 0.05) == (not found.lower <= 0 <= found.upper)


def test_the_jackknife_of_means_covers_too() -> None:
    random = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        bucket, stratum, is_done = (random.integers(0, n, 3000) for n in (50, 2, 2))
        amount = random.exponential(40, 3000) * (random.random(3000) < 0.1 + 0.1 * stratum) + 3 * is_done
        sums, persons, other_sums, others = (np.zeros((2, 50)) for _ in range(4))
        for table, values, chosen in (
            (sums, amount, is_done == 1),
            (persons, np.ones(3000), is_done == 1),
            (other_sums, amount, is_done == 0),
            (others, np.ones(3000), is_done == 0),
        ):
            np.add.at(table, (stratum[chosen], bucket[chosen]), values[chosen])
        found = mean_difference(sums, persons, other_sums, others)
        assert found
        inside += found.lower <= 3 <= found.upper
    assert 0.91 <= inside / 300 <= 0.98


def test_a_group_without_any_amount_has_no_difference() -> None:
    """Persons who bring nothing say nothing of how far they vary: the interval would be the others'."""
    nothing, persons = np.zeros((1, 10)), np.ones((1, 10))
    something = np.arange(10.0)[None, :]
    assert mean_difference(nothing, persons, something, persons) is None
    assert mean_difference(something, persons, nothing, persons) is None
    assert mean_difference(something, persons, something, persons)
    # Each group of persons has the same difference: nothing says how far it varies.
    assert mean_difference(something + 1, persons, something, persons) is None


def test_e_values_of_the_paper() -> None:
    """VanderWeele & Ding (2017): a ratio of 3.9 (1.8 to 8.7) has the E-values 7.26 and 3.0."""
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1 / 3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    crossing = rate_ratio([30], [100.0], [29], [100.0])
    above = rate_ratio([60], [100.0], [20], [100.0])
    assert crossing
    assert above
    assert e_value_of_interval(crossing) == 1
    assert e_value_of_interval(above) == pytest.approx(e_value(above.lower))
