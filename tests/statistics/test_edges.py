"""Minima and windows of the statistics exactly at their edge."""

import numpy as np
import pytest

from dagster_project.statistics.bands import prediction_band
from dagster_project.statistics.benchmarks import benchmark_status
from dagster_project.statistics.controls import shuffled_control
from dagster_project.statistics.positions import Comparison, positions
from dagster_project.statistics.proportions import compare_rates
from dagster_project.statistics.survival import cumulative_incidence


def test_four_figures_make_a_band() -> None:
    assert prediction_band([10, 11, 12], [100] * 3) is None
    band = prediction_band([10, 11, 12, 9], [100] * 4)
    assert band is not None
    assert band.figures == 4


def test_rates_of_one_hundred_percent_have_a_band() -> None:
    band = prediction_band([100] * 5, [100] * 5)
    assert band is not None
    assert 0.9 < band.lower < band.upper < 1


def test_as_many_trials_as_are_needed_are_enough() -> None:
    assert benchmark_status(100, 0.5, 0.6, 0.1, 0.2, minimum_trials=100) == "above"
    assert benchmark_status(99, 0.5, 0.6, 0.1, 0.2, minimum_trials=100) == "insufficient"
    peers = [Comparison(100, done, peer_group="g") for done in (10, 20, 30, 40, 50)]
    assert [found.figures for found in positions(peers, minimum_trials=100, periods=26)] == [4] * 5


def test_history_is_the_last_periods_before_its_own() -> None:
    """Of six months at ten percent and then six at forty the last four are what is expected."""
    months = [
        Comparison(100_000, 10_000 if month <= 6 else 40_000, peer_group="g", period=f"2026-{month:02d}-01")
        for month in range(1, 13)
    ]
    same_month = Comparison(100_000, 90_000, peer_group="g", period="2026-12-01")
    *_, last, other = positions([*months, same_month], minimum_trials=100, periods=4)
    assert (last.figures, last.status) == (4, "within")
    assert last.band_lower is not None
    assert last.band_lower > 0.3
    assert other.figures == 4
    assert (other.band_lower, other.band_upper) == (last.band_lower, last.band_upper)


def test_rare_failures_call_for_fishers_test_as_rare_successes_do() -> None:
    assert compare_rates(998, 1000, 996, 1000).method == "fisher_exact"
    assert compare_rates(2, 1000, 4, 1000).method == "fisher_exact"
    assert compare_rates(500, 1000, 480, 1000).method == "pooled_z"


def test_events_are_counted_in_subjects_and_times_among_those_who_end_so() -> None:
    """Given out of order: three of four subjects end by cause 1, one by cause 2, later."""
    first, second = cumulative_incidence([9, 1, 2], [2, 1, 1], weights=[1, 1, 2])
    assert (first.events, second.events) == (3, 1)
    assert (first.probability, second.probability) == pytest.approx((0.75, 0.25))
    assert (first.median, first.p75, second.median) == (2, 2, 9)


def test_who_converted_by_the_landmark_is_not_at_risk() -> None:
    """Everybody converts: on the very landmark all are out of it, a moment later all are outcomes."""
    persons, micro = np.arange(400), np.where(np.arange(400) % 2, 1.0, np.nan)
    at_landmark = np.where(np.arange(400) < 100, 7.0, np.nan)
    assert shuffled_control(persons, micro, at_landmark, 7, 30) is None
    assert shuffled_control(persons, micro, at_landmark + 0.001, 7, 30) is not None


def test_who_converted_after_the_horizon_is_no_outcome() -> None:
    persons, micro = np.arange(400), np.where(np.arange(400) % 2, 1.0, np.nan)
    at_horizon = np.where(np.arange(400) < 100, 30.0, np.nan)
    assert shuffled_control(persons, micro, at_horizon, 7, 30) is not None
    assert shuffled_control(persons, micro, at_horizon + 0.001, 7, 30) is None


def test_who_is_exposed_after_the_landmark_is_not_exposed() -> None:
    persons, converted = np.arange(400), np.where(np.arange(400) < 100, 20.0, np.nan)
    late = np.where(np.arange(400) % 2, 7.001, np.nan)
    assert shuffled_control(persons, late, converted, 7, 30) is None
    assert shuffled_control(persons, late - 0.001, converted, 7, 30) is not None
