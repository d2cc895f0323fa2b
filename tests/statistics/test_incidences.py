"""Incidences, their errors and means against statsmodels, plain counts and published examples."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from dagster_project.statistics.incidences import Incidences
from dagster_project.statistics.mean_times import difference
from dagster_project.statistics.survival import cumulative_incidence, incidence_curve, restricted_mean

Z = norm.ppf(0.975)


def sample(seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    time, cause, subjects = (generator.integers(low, high, 400) for low, high in ((0, 60), (0, 4), (1, 9)))
    return time, cause, subjects


def test_the_curve_and_its_bounds_are_those_of_statsmodels_at_every_time() -> None:
    time, cause, subjects = sample()
    found = Incidences(time, cause, subjects)
    laid_out = CumIncidenceRight(np.repeat(time, subjects).astype(float), np.repeat(cause, subjects))
    points = np.asarray(laid_out.times)
    for number, (heights, errors) in enumerate(zip(laid_out.cinc, laid_out.cinc_se, strict=True), start=1):
        curve = found.curve(number, points)
        assert curve.shares == pytest.approx(heights, abs=1e-9)
        known = np.isfinite(errors) & (heights > 0)
        spread = Z * errors[known] / (heights[known] * np.log(heights[known]))
        bounds = np.sort([heights[known] ** np.exp(sign * spread) for sign in (-1, 1)], axis=0)
        assert curve.lower[known] == pytest.approx(bounds[0], abs=1e-9)
        assert curve.upper[known] == pytest.approx(bounds[1], abs=1e-9)


def test_quantiles_counts_and_means_are_those_of_the_other_module() -> None:
    time, cause, subjects = sample(6)
    found = Incidences(time, cause, subjects)
    assert found.subjects == subjects.sum()
    for other in cumulative_incidence(time, cause, subjects):
        assert found.events(other.cause) == other.events
        assert found.probability(other.cause).value == pytest.approx(other.probability)
        assert found.quantile(other.cause, 0.5).value == other.median
        assert found.quantile(other.cause, 0.75).value == other.p75
    curve = incidence_curve(time, cause, subjects, [10, 20, 40])
    assert found.restricted_mean(1, 40)[0] == pytest.approx(curve.restricted_mean)
    assert found.curve(1, [10, 20, 40]).at_risk.tolist() == curve.at_risk.tolist()


def test_without_censoring_every_figure_is_a_plain_count() -> None:
    generator = np.random.default_rng(7)
    time, cause = generator.integers(1, 40, 500).astype(float), generator.integers(1, 3, 500)
    found = Incidences(time, cause, np.ones(500))
    spent = np.where((cause == 1) & (time < 25), time, 25.0)
    mean, error = found.restricted_mean(1, 25.0)
    assert mean == pytest.approx(spent.mean())
    assert error == pytest.approx(spent.std() / np.sqrt(500))
    share = np.mean(cause == 1)
    spread = Z * np.sqrt(share * (1 - share) / 500) / (share * np.log(share))
    assert found.probability(1).lower == pytest.approx(share ** np.exp(-spread))


def test_one_cause_is_kaplan_meier() -> None:
    generator = np.random.default_rng(8)
    time, event = generator.exponential(10, 300), generator.integers(0, 2, 300)
    found, curve = Incidences(time, event, np.ones(300)), SurvfuncRight(time, event)
    assert found.curve(1, curve.surv_times).shares == pytest.approx(1 - curve.surv_prob)
    assert found.restricted_mean(1, 20)[0] == pytest.approx(restricted_mean(time, event, 20))


def test_the_error_of_the_mean_is_what_samples_vary_by() -> None:
    generator = np.random.default_rng(9)
    means, errors = [], []
    for _ in range(400):
        buy, leave, end = (generator.exponential(scale, 200) for scale in (10, 20, 15))
        time = np.minimum(np.minimum(buy, leave), end)
        cause = np.where(time == buy, 1, np.where(time == leave, 2, 0))
        mean, error = Incidences(time, cause, np.ones(200)).restricted_mean(1, 12)
        means.append(mean)
        errors.append(error)
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.1)


def test_a_median_and_its_interval_by_hand() -> None:
    """Five at 1 to 5: curve 0.2, 0.4, … 1; the median is the first time at which half of all have it."""
    found = Incidences([1, 2, 3, 4, 5], [1] * 5, [1] * 5).quantile(1, 0.5)
    assert found.value == 3
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower <= 2
    assert found.upper >= 4


def test_nobody_reaches_it() -> None:
    found = Incidences([3, 9], [0, 2], [4, 1])
    assert found.events(1) == 0
    assert (found.probability(1).value, found.probability(1).lower) == (0, None)
    assert found.quantile(1, 0.5).value is None
    assert found.restricted_mean(1, 5) == (5, 0)
    assert found.curve(1, [1, 9, 10]).at_risk.tolist() == [5, 1, 0]


def test_one_person_has_no_interval() -> None:
    found = Incidences([0], [1], [1])
    assert (found.probability(1).value, found.probability(1).upper) == (1, None)
    assert found.quantile(1, 0.5).value == 0
    assert found.restricted_mean(1, 10) == (0, 0)


def test_the_order_of_the_rows_changes_nothing() -> None:
    time, cause, subjects = sample(10)
    back = Incidences(time[::-1], cause[::-1], subjects[::-1])
    found = Incidences(time, cause, subjects)
    assert found.probability(2) == back.probability(2)
    assert found.restricted_mean(2, 30) == back.restricted_mean(2, 30)


def test_means_are_compared_by_both_errors() -> None:
    found = difference((10, 3), (4, 4))
    assert found
    assert (found.estimate, found.lower) == (6, pytest.approx(6 - Z * 5))
    assert found.p_value == pytest.approx(2 * norm.sf(6 / 5))
    # No one, or everyone at once: a mean without an error.
    assert [difference((3, one), (2, other)) for one, other in ((0, 0), (0, 1), (1, 0))] == [None] * 3
