"""Totals of amounts and their comparison, as sums over persons who come by chance (compound Poisson).

The variance of such a total is the sum of the squares of what each person adds: W. Feller (1968), An
Introduction to Probability Theory I, XII.2.
"""

from dataclasses import dataclass

from scipy.stats import norm


@dataclass(frozen=True)
class TotalDifference:
    """First total minus second, with its interval and the p-value of equality (1 with nothing in either)."""

    difference: float
    lower: float
    upper: float
    p_value: float


def total_interval(total: float, squares: float, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds of a total. Raises ValueError when a sum of squares is negative."""
    if squares < 0:
        raise ValueError("A sum of squares cannot be negative.")
    half_width = float(norm.ppf(0.5 + confidence / 2)) * squares**0.5
    return total - half_width, total + half_width


def compare_totals(
    total: float, squares: float, other_total: float, other_squares: float, confidence: float = 0.95
) -> TotalDifference:
    """Difference of two totals over stretches of equal length."""
    difference = total - other_total
    lower, upper = total_interval(difference, squares + other_squares, confidence)
    error = (squares + other_squares) ** 0.5
    p_value = float(2 * norm.sf(abs(difference) / error)) if error else 1.0
    return TotalDifference(difference, lower, upper, p_value)
