"""The decision table on steps, line by line and at its borders."""

import numpy as np
import pytest

from dagster_project.statistics.step_comparisons import Shares
from dagster_project.statistics.step_verdicts import is_rising, persons_needed, verdict


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "q_value", "completers", "is_popular", "expected"),
    [
        (0.7, 0.6, 0.8, 0.01, 500, True, "harmful"),
        (0.7, 0.6, 0.8, 0.06, 500, True, "insufficient"),
        (0.92, 0.86, 0.98, 0.01, 500, True, "distractor"),
        (0.92, 0.86, 0.98, 0.01, 500, False, "no relevant effect"),
        (2.0, 1.5, 2.6, 0.05, 20, False, "matters"),
        (2.0, 1.5, 2.6, 0.051, 20, False, "insufficient"),
        (1.05, 1.01, 1.09, 0.01, 500, True, "distractor"),
        (1.0, 0.8, 1.1, 0.9, 200, True, "distractor"),
        (1.0, 0.8, 1.1, 0.9, 199, True, "no relevant effect"),
        (1.0, 0.8, 1.25, 0.9, 500, True, "no relevant effect"),
        (1.0, 0.79, 1.25, 0.9, 500, True, "insufficient"),
        (None, None, None, None, 500, True, "insufficient"),
        (2.0, 1.5, 2.6, None, 500, True, "insufficient"),
        # An interval that ends at 1 holds no effect; an effect at the border is not worth an e-mail.
        (0.8, 0.6, 1.0, 0.01, 500, False, "insufficient"),
        (0.9, 0.82, 0.98, 0.01, 500, False, "no relevant effect"),
        (1.3, 1.0, 1.6, 0.01, 500, False, "insufficient"),
        (1.1, 1.02, 1.2, 0.01, 500, False, "no relevant effect"),
    ],
)
def test_the_first_line_that_fits_decides(
    estimate: float | None,
    lower: float | None,
    upper: float | None,
    q_value: float | None,
    completers: int,
    is_popular: bool,
    expected: str,
) -> None:
    assert verdict(estimate, lower, upper, q_value, completers, is_popular) == expected


def test_completion_that_grows_from_cohort_to_cohort_is_rising() -> None:
    assert is_rising([100, 120, 150], [1_000, 1_000, 1_000])
    assert not is_rising([150, 120, 100], [1_000, 1_000, 1_000])
    assert not is_rising([100, 102, 101], [1_000, 1_000, 1_000])
    assert not is_rising([100, 200], [1_000, 2_000])
    assert not any(
        is_rising(*counts) for counts in (([], []), ([5], [10]), ([0, 0], [9, 9]), ([9, 9], [9, 9]))
    )


def test_the_trend_is_that_of_a_score_test() -> None:
    """One-sided 5 %: equal chances rise in one of twenty samples."""
    random = np.random.default_rng(3)
    persons = [400.0, 300.0, 500.0, 200.0]
    rises = sum(
        is_rising([float(random.binomial(int(of), 0.2)) for of in persons], persons) for _ in range(2_000)
    )
    assert 0.035 < rises / 2_000 < 0.065


def test_four_times_the_persons_for_twice_the_error() -> None:
    narrow, wide = persons_needed(1000, 0.8, 1.25), persons_needed(1000, 0.8**2, 1.25**2)
    assert narrow
    assert wide == pytest.approx(4 * narrow, rel=1e-3)
    assert persons_needed(1000, None, None) is None
    assert persons_needed(1000, 0.0, 2.0) is persons_needed(1000, 2.0, 2.0) is None


def test_with_the_persons_needed_a_quarter_more_is_found_in_four_of_five_cases() -> None:
    """Error of the log ratio e: found when the estimate exceeds 1.96 e; 0.8 of them when ln 1.25 = 2.8 e."""
    error = 0.22314355 / (1.959964 + 0.841621)
    assert persons_needed(1000, 2.718281828 ** (-1.959964 * error), 2.718281828 ** (1.959964 * error)) == 1000


@pytest.mark.parametrize(
    ("converting", "identifying", "expected"), [(0.49, 0.49, True), (0.5, 0, False), (0, 0.5, False)]
)
def test_a_part_of_converting_or_of_becoming_known_is_not_compared(
    converting: float, identifying: float, expected: bool
) -> None:
    assert Shares(converting, identifying).are_comparable is expected
