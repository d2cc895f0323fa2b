"""Time to an event against published worked examples and simulated truth."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight

from dagster_project.statistics.survival import (
    cumulative_incidence,
    incidence_curve,
    restricted_mean,
    survival_quantile,
)

# Remission of leukaemia in weeks (Freireich 1963, Gehan 1965): 6-MP arm with censoring, placebo arm without.
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_median_and_its_interval_are_the_published_ones() -> None:
    treated = survival_quantile(SIX_MP, SIX_MP_RELAPSED, 0.5)
    assert (treated.value, treated.lower, treated.upper) == (23, 13, None)
    placebo = survival_quantile(PLACEBO, np.ones(21), 0.5)
    assert (placebo.value, placebo.lower, placebo.upper) == (8, 4, 11)


def test_a_quantile_beyond_the_data_is_unknown() -> None:
    assert survival_quantile(SIX_MP, SIX_MP_RELAPSED, 0.75).value is None
    assert survival_quantile([1, 2], [0, 0], 0.5).value is None
    assert survival_quantile([], [], 0.5).value is None


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    # S = 1 until 2, 2/3 until 4, 1/3 until the horizon 6.
    assert restricted_mean([2, 4, 6], [1, 1, 0], 6) == pytest.approx(2 + 4 / 3 + 2 / 3)
    assert restricted_mean([3], [0], 10) == 10
    assert restricted_mean([], [], 10) is None


def test_censored_followers_are_not_taken_for_quick_ones() -> None:
    generator = np.random.default_rng(7)
    time = generator.exponential(6.99 / np.log(2), 50_000)
    followed = generator.uniform(0, 20, 50_000)
    estimate = survival_quantile(np.minimum(time, followed), time <= followed, 0.5)
    assert estimate.value == pytest.approx(6.99, rel=0.02)
    assert np.median(time[time <= followed]) < 5


def test_incidence_is_the_hand_worked_one() -> None:
    # At risk 6, 5, 4 (one censored at 3), 3, 2, 1: S(t-) d / n summed per cause.
    causes = cumulative_incidence([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 2, 0])
    first, second = causes
    assert first.probability == pytest.approx(1 / 6 + (4 / 6) / 3)
    assert second.probability == pytest.approx((5 / 6) / 5 + (4 / 6) * (2 / 3) / 2)
    assert (first.events, first.median, first.p75) == (2, 4, 4)
    assert first.lower is not None
    assert first.upper is not None
    assert 0 < first.lower < first.probability < first.upper < 1


def test_incidences_and_survival_sum_to_one_without_censoring() -> None:
    causes = cumulative_incidence([1, 1, 2, 3, 3], [1, 2, 1, 2, 1])
    assert sum(cause.probability for cause in causes) == pytest.approx(1)
    assert causes[0].median == 2


def test_a_competing_outcome_is_not_censoring() -> None:
    generator = np.random.default_rng(11)
    to_buy, to_leave = generator.exponential(10, 50_000), generator.exponential(5, 50_000)
    time, cause = np.minimum(to_buy, to_leave), np.where(to_buy < to_leave, 1, 2)
    bought, left = cumulative_incidence(time, cause)
    assert bought.probability == pytest.approx(1 / 3, abs=0.01)
    assert left.probability == pytest.approx(2 / 3, abs=0.01)
    assert bought.median == pytest.approx(10 / 3 * np.log(2), rel=0.05)


def test_weights_stand_for_subjects() -> None:
    weighted = cumulative_incidence([1, 2, 3], [1, 0, 2], weights=[3, 2, 1])
    plain = cumulative_incidence([1, 1, 1, 2, 2, 3], [1, 1, 1, 0, 0, 2])
    assert weighted == plain


def test_intervals_are_those_of_statsmodels_for_the_subjects_laid_out() -> None:
    generator = np.random.default_rng(5)
    time, cause, subjects = (generator.integers(low, high, 400) for low, high in ((0, 60), (0, 4), (1, 9)))
    laid_out = CumIncidenceRight(np.repeat(time, subjects).astype(float), np.repeat(cause, subjects))
    for found in cumulative_incidence(time, cause, subjects):
        curve, error = laid_out.cinc[found.cause - 1], laid_out.cinc_se[found.cause - 1]
        assert found.probability == pytest.approx(curve[-1])
        error = error[np.isfinite(error)][-1]
        spread = norm.ppf(0.975) * error / (curve[-1] * np.log(curve[-1]))
        bounds = sorted(curve[-1] ** np.exp(sign * spread) for sign in (-1, 1))
        assert (found.lower, found.upper) == pytest.approx(tuple(bounds))


@pytest.mark.parametrize("times", [[4, 5, 5, 5], [5, 5, 5, 5], [2, 3, 5, 5]])
def test_without_censoring_the_error_is_the_binomial_one(times: list[int]) -> None:
    """Of ten subjects one ends by cause 3, with the last ones."""
    found = cumulative_incidence(times, [1, 2, 1, 3], [1, 7, 1, 1])[-1]
    error = np.sqrt(0.1 * 0.9 / 10)
    spread = norm.ppf(0.975) * error / (0.1 * np.log(0.1))
    assert found.probability == pytest.approx(0.1)
    assert (found.lower, found.upper) == pytest.approx(tuple(0.1 ** np.exp([-spread, spread])))


@pytest.mark.parametrize("times", [[], [4, 5]])
def test_without_events_there_is_no_incidence(times: list[int]) -> None:
    assert cumulative_incidence(times, [0] * len(times)) == []


def test_a_single_event_has_no_interval() -> None:
    [only] = cumulative_incidence([0], [1])
    assert (only.probability, only.lower, only.upper, only.median) == (1, None, None, 0)


def test_the_curve_is_read_where_asked() -> None:
    """4 persons: cause 1 at 1, left at 2, cause 1 at 3, censored at 5. CIF(3) = 1/4 + 3/4·2/3·1/2 = 1/2."""
    curve = incidence_curve([1, 2, 3, 5], [1, 2, 1, 0], [1, 1, 1, 1], [0.5, 1, 2, 3, 4])
    assert curve.shares == pytest.approx([0, 0.25, 0.25, 0.5, 0.5])
    assert curve.at_risk.tolist() == [4, 4, 3, 2, 1]
    assert curve.restricted_mean == pytest.approx(1 + 2 * 0.75 + 1 * 0.5)


def test_weights_are_whole_subjects() -> None:
    weighted = incidence_curve([1, 2, 3], [1, 0, 1], [2, 1, 1], [1, 2, 3])
    single = incidence_curve([1, 1, 2, 3], [1, 1, 0, 1], [1, 1, 1, 1], [1, 2, 3])
    assert weighted.shares == pytest.approx(single.shares)
    assert weighted.at_risk.tolist() == single.at_risk.tolist()


def test_a_curve_of_nobody_stays_at_zero() -> None:
    curve = incidence_curve([1, 2], [0, 2], [3, 1], [1, 90])
    assert curve.shares.tolist() == [0, 0]
    assert curve.restricted_mean == 90
