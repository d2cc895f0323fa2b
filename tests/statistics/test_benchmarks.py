"""The status of a rate against a published band."""

import pytest

from dagster_project.statistics.benchmarks import benchmark_status


@pytest.mark.parametrize(
    ("trials", "lower", "upper", "status"),
    [
        (1000, 0.01, 0.019, "below"),
        (1000, 0.01, 0.02, "within"),
        (1000, 0.025, 0.028, "within"),
        (1000, 0.03, 0.05, "within"),
        (1000, 0.031, 0.05, "above"),
        (99, 0.031, 0.05, "insufficient"),
    ],
)
def test_only_an_interval_wholly_outside_is_below_or_above(
    trials: int, lower: float, upper: float, status: str
) -> None:
    assert benchmark_status(trials, lower, upper, 0.02, 0.03, minimum_trials=100) == status


def test_a_single_published_figure_is_a_band_of_no_width() -> None:
    assert benchmark_status(500, 0.01, 0.03, 0.02, 0.02, minimum_trials=100) == "within"


def test_a_band_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="upside down"):
        benchmark_status(500, 0.01, 0.03, 0.03, 0.02, minimum_trials=100)
