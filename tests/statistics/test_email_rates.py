"""Rates with e-mails as units against statsmodels, scipy and simulation."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.stats import t

from dagster_project.statistics.email_rates import (
    effective_counts,
    email_ratio,
    stratum_correlation,
)

RECIPIENTS = [900, 1200, 800, 40, 1500, 700, 1000, 650, 1100, 300, 5000, 90]
RESPONSES = [45, 30, 52, 3, 40, 41, 28, 12, 70, 9, 180, 2]
HAS = [True, False, True, True, False, True, False, False, True, True, False, False]
STRATA = ["a", "a", "a", "b", "b", "b", "b", "a", "a", "b", "a", "b"]


MONTHS = ["may", "may", "june", "june", "june", "may", "june", "may", "june", "", "may", ""]


def by_statsmodels(
    responses: list[int],
    recipients: list[int],
    has: list[bool],
    strata: list[str],
    months: tuple[list[str], ...] = (),
) -> tuple[float, float, float, float, float]:
    """The same by statsmodels' GLM with variance weights, ρ solved around it."""
    x, n = np.array(responses, float), np.array(recipients, float)
    names = sorted(set(strata))
    columns = [has, *([s == name for s in strata] for name in names), *months]
    design = np.column_stack(columns).astype(float)
    degrees = len(x) - design.shape[1]

    def fit(correlation: float) -> sm.GLM:
        weights = n / (1 + (n - 1) * correlation)
        family = sm.families.Binomial(sm.families.links.Log())
        start = np.r_[0.0, np.full(len(names), np.log(x.sum() / n.sum())), np.zeros(len(months))]
        return sm.GLM(x / n, design, family=family, var_weights=weights).fit(
            start_params=start, scale=1, maxiter=200, tol=1e-14
        )

    def excess(correlation: float) -> float:
        return float(fit(correlation).pearson_chi2 - degrees)

    correlation = brentq(excess, 0, 0.9, xtol=1e-13) if excess(0) > 0 else 0.0
    found = fit(correlation)
    quantile = t(degrees).ppf(0.975)
    low, high = found.params[0] - quantile * found.bse[0], found.params[0] + quantile * found.bse[0]
    p_value = 2 * t(degrees).sf(abs(found.params[0] / found.bse[0]))
    return tuple(map(float, (*np.exp([found.params[0], low, high]), p_value, correlation)))  # type: ignore[return-value]


@pytest.mark.parametrize("responses", [RESPONSES, [round(n * 0.03) for n in RECIPIENTS]])
def test_the_ratio_is_that_of_statsmodels(responses: list[int]) -> None:
    found = email_ratio(responses, RECIPIENTS, HAS, STRATA)
    assert found
    expected = by_statsmodels(responses, RECIPIENTS, HAS, STRATA)
    assert (found.estimate, found.lower, found.upper, found.p_value, found.correlation) == pytest.approx(
        expected, abs=1e-6
    )
    assert found.degrees == 9


def test_months_multiply_the_rates_of_all_strata() -> None:
    """By hand: e-mails of no month are the reference, and each month has a column."""
    found = email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA, MONTHS)
    assert found
    columns = tuple([month == name for month in MONTHS] for name in ("may", "june"))
    expected = by_statsmodels(RESPONSES, RECIPIENTS, HAS, STRATA, columns)
    assert (found.estimate, found.lower, found.upper, found.p_value, found.correlation) == pytest.approx(
        expected, abs=1e-6
    )
    assert found.degrees == 7


def test_one_month_of_all_is_no_adjustment() -> None:
    whole, alone = (
        email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA, months) for months in (["may"] * 12, None)
    )
    assert whole
    assert alone
    assert (whole.estimate, whole.upper, whole.degrees) == pytest.approx(
        (alone.estimate, alone.upper, alone.degrees), rel=1e-9
    )


def test_a_season_is_no_effect_of_what_was_mostly_sent_in_it() -> None:
    """In December twice as many respond, whatever the subject, and most short ones are of December."""
    months, has = ["november"] * 8 + ["december"] * 8, [True] + [False] * 7 + [True] * 7 + [False]
    responses = [(30 if month == "november" else 60) + number % 3 for number, month in enumerate(months)]
    simply = email_ratio(responses, [1000] * 16, has, ["a"] * 16)
    by_month = email_ratio(responses, [1000] * 16, has, ["a"] * 16, months)
    assert simply
    assert by_month
    assert simply.lower > 1.2
    assert by_month.estimate == pytest.approx(1, abs=0.05)


def test_what_the_months_alone_tell_apart_is_not_compared() -> None:
    months = ["november"] * 6 + ["december"] * 6
    has = [True] * 6 + [False] * 6
    assert email_ratio([30, 40] * 6, [1000] * 12, has, ["a"] * 12) is not None
    assert email_ratio([30, 40] * 6, [1000] * 12, has, ["a"] * 12, months) is None


def test_four_degrees_of_freedom_are_enough() -> None:
    """Six e-mails of one stratum leave four, and three with a month of their own for two of them."""
    args = ([30, 40, 35, 28, 33, 41], [1000] * 6, [True, False] * 3, ["a"] * 6)
    found = email_ratio(*args)
    assert found
    assert found.degrees == 4
    assert email_ratio(*args, ["may"] * 2 + ["june"] * 4) is None


def test_a_month_without_a_response_says_nothing() -> None:
    silent = [0] * 2
    args = ([*RESPONSES, *silent], [*RECIPIENTS, 500, 700], [*HAS, True, False], [*STRATA, "a", "a"])
    found = email_ratio(*args, [*MONTHS, "july", "july"])
    without = email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA, MONTHS)
    assert found == without


def test_order_of_emails_does_not_matter() -> None:
    found = email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA)
    turned = email_ratio(RESPONSES[::-1], RECIPIENTS[::-1], HAS[::-1], STRATA[::-1])
    assert found
    assert turned
    assert turned.estimate == pytest.approx(found.estimate, rel=1e-9)
    assert turned.upper == pytest.approx(found.upper, rel=1e-9)


def test_a_mailing_of_ten_thousand_is_one_email() -> None:
    """Hundredfold lists whose rates scatter as before say hardly more."""
    few = email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA)
    many = email_ratio([100 * x for x in RESPONSES], [100 * n for n in RECIPIENTS], HAS, STRATA)
    assert few
    assert many
    assert np.log(many.upper / many.lower) > 0.5 * np.log(few.upper / few.lower)


def test_an_email_that_is_alone_in_its_stratum_changes_nothing() -> None:
    found = email_ratio(RESPONSES, RECIPIENTS, HAS, STRATA)
    more = email_ratio([*RESPONSES, 90], [*RECIPIENTS, 100], [*HAS, True], [*STRATA, "c"])
    assert more == found


@pytest.mark.parametrize(
    ("responses", "recipients", "has", "strata"),
    [
        ([], [], [], []),
        ([3], [10], [True], ["a"]),
        (RESPONSES, RECIPIENTS, [True] * 12, STRATA),
        (RESPONSES, RECIPIENTS, HAS, [f"s{number}" for number in range(12)]),
        # Two e-mails on one side
        (RESPONSES, RECIPIENTS, [True, True, *[False] * 10], STRATA),
        # Three of which one has nothing to be compared with
        ([5] * 8, [100] * 8, [True, True, True, *[False] * 5], ["a", "a", "b", *["a"] * 5]),
        ([0] * 12, RECIPIENTS, HAS, STRATA),
        ([0 if flag else 5 for flag in HAS], RECIPIENTS, HAS, STRATA),
        (RECIPIENTS, RECIPIENTS, HAS, STRATA),
    ],
)
def test_too_little_says_nothing(
    responses: list[int], recipients: list[int], has: list[bool], strata: list[str]
) -> None:
    assert email_ratio(responses, recipients, has, strata) is None


def test_equal_rates_have_a_ratio_of_one() -> None:
    found = email_ratio([10] * 8, [100] * 8, [True, False] * 4, ["a"] * 8)
    assert found
    assert found.estimate == pytest.approx(1)
    assert found.correlation == 0
    assert found.lower < 1 < found.upper


def test_intervals_cover_the_truth_of_emails_in_general() -> None:
    """Rates of e-mails scatter by a beta distribution; the trait multiplies them by 1.3."""
    random = np.random.default_rng(5)
    covered, false_alarms, runs = 0, 0, 400
    for _ in range(runs):
        has = np.arange(30) % 2 == 0
        strata = np.arange(30) // 10
        n = random.integers(500, 20_000, 30)
        mean = np.array([0.02, 0.05, 0.1])[strata]
        x, null = (
            random.binomial(n, random.beta(60 * mean * by, 60 * (1 - mean * by)))
            for by in (np.where(has, 1.3, 1.0), np.ones(30))
        )
        found = email_ratio(x, n, has, strata)
        assert found
        covered += found.lower <= 1.3 <= found.upper
        nothing = email_ratio(null, n, has, strata)
        assert nothing
        false_alarms += nothing.p_value <= 0.05
    assert covered / runs >= 0.92
    assert false_alarms / runs <= 0.08


def test_effective_counts_by_hand() -> None:
    found = effective_counts([10, 0, 30], [100, 0, 300], 0.01)
    weights = (100 / 1.99, 300 / 3.99)
    assert found.recipients == pytest.approx(sum(weights))
    assert found.responses == pytest.approx(0.1 * sum(weights))
    assert effective_counts([10, 30], [100, 300], 0.0).recipients == 400
    lower, upper = found.interval()
    assert lower < 0.1 < upper


def test_the_correlation_of_one_stratum_by_pearsons_statistic() -> None:
    x, n = np.array([10.0, 40, 25, 5]), np.full(4, 500.0)
    found = stratum_correlation(x, n, ["a"] * 4)
    rate = x.sum() / n.sum()  # equal sizes have equal weights
    pearson = ((x - n * rate) ** 2 / (n * rate * (1 - rate))).sum()
    assert found == pytest.approx((pearson / 3 - 1) / 499, abs=1e-9)
    assert stratum_correlation([], [], []) == 0
    assert stratum_correlation([3], [10], ["a"]) == 0
    assert stratum_correlation([10, 10], [100, 100], ["a", "a"]) == 0


@pytest.mark.parametrize("correlation", [0.0, 0.01, 0.3])
def test_where_everybody_responds_no_more_respond_than_there_are(correlation: float) -> None:
    """Rounded, the sum of all responses may exceed that of all recipients in its last digit."""
    random = np.random.default_rng(2)
    for _ in range(200):
        n = random.integers(1, 50, 7)
        found = effective_counts(n, n, correlation)
        assert found.interval()[1] == pytest.approx(1)
