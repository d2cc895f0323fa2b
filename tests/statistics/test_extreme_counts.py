"""Counts of 0, 1 and very many, in all combinations: no warning, and every bound where it belongs."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from dagster_project.statistics import (
    bands,
    best_of_many,
    bottlenecks,
    chain_ladder,
    email_rates,
    exact_tests,
    experiments,
    jackknife,
    lifts,
    rate_ratios,
    shrinkage,
    step_comparisons,
    totals,
)
from dagster_project.statistics.incidences import Incidences
from dagster_project.statistics.proportions import compare_rates
from dagster_project.statistics.survival import cumulative_incidence, incidence_curve

pytestmark = pytest.mark.filterwarnings("error")

COUNTS = (0, 1, 7, 10**9)
TIMES = (0, 1e-9, 1, 1e9)
RATES = [(x, n) for n in COUNTS for x in COUNTS if x <= n]
# Exact tests take seconds for a thousand million.
FEW_RATES = [(x, n) for n in (0, 1, 7, 10**5) for x in (0, 1, 7, 10**5) if x <= n]


def numbers(found: Any) -> Iterator[float]:
    """All numbers within a result."""
    if isinstance(found, float | int | np.number | np.ndarray):
        yield from np.ravel(np.asarray(found, dtype=np.float64)).tolist()
    elif isinstance(found, list | tuple):
        for part in found:
            yield from numbers(part)
    elif hasattr(found, "__dataclass_fields__"):
        yield from numbers(list(vars(found).values()))


def assert_ordered(found: Any) -> None:
    """An estimate lies within its bounds, and all of them are numbers."""
    if found is not None:
        assert not np.isnan(list(numbers(found))).any()
        estimate = getattr(found, "estimate", getattr(found, "difference", None))
        if estimate is not None:
            assert found.lower <= estimate <= found.upper
            assert 0 <= found.p_value <= 1


def tables(of: Callable[..., Any]) -> Callable[[int, int, int, int], Any]:
    """For functions of one element per stratum."""
    return lambda x, n, y, m: of([x], [n], [y], [m])


OF_TWO_RATES: dict[str, Callable[[int, int, int, int], Any]] = {
    "risk_ratio": tables(rate_ratios.risk_ratio),
    "risk_difference": tables(rate_ratios.risk_difference),
    "shrunken_rates": lambda x, n, y, m: shrinkage.shrunken_rates([x, y], [n, m]),
    "compare_places": lambda x, n, y, m: best_of_many.compare_places([0, 1], ["a"] * 2, [n, m], [x, y]),
    "gap": lambda x, n, y, m: bottlenecks.gap_to_best_slices(
        [bottlenecks.Slice("a", n, x), bottlenecks.Slice("b", m, y)]
    ),
    "band": lambda x, n, y, m: bands.prediction_band([x, y] * 2, [n, m] * 2),
    "email_ratio": lambda x, n, y, m: email_rates.email_ratio([x, y] * 4, [n, m] * 4, [1, 0] * 4, ["a"] * 8),
    "correlation": lambda x, n, y, m: email_rates.stratum_correlation([x, y] * 4, [n, m] * 4, ["a"] * 8),
}
OF_TWO_SMALLER_RATES: dict[str, Callable[[int, int, int, int], Any]] = {
    "lifts": lambda x, n, y, m: [vars(lifts.lifts([x], [n], [y], [m]))],
    "exact_share": tables(exact_tests.exact_share_p_value),
    "naive": lambda x, n, y, m: step_comparisons.naive(n, x, n + m, x + y).ratio,
    "compare_rates": lambda x, n, y, m: compare_rates(x, n, y, m) if n and m else None,
    "rate_effect": lambda x, n, y, m: (
        experiments.rate_effect(
            experiments.Arm(n, x, x, 0, 0, 0), experiments.Arm(m, y, y, 0, 0, 0), theta=0.0
        )
        if n and m
        else None
    ),
}


@pytest.mark.parametrize("name", [*OF_TWO_RATES, *OF_TWO_SMALLER_RATES])
def test_two_rates_of_any_size(name: str) -> None:
    rates = RATES if name in OF_TWO_RATES else FEW_RATES
    of = (OF_TWO_RATES | OF_TWO_SMALLER_RATES)[name]
    for (x, n), (y, m) in product(rates, rates):
        assert_ordered(of(x, n, y, m))


def test_two_rates_over_any_time() -> None:
    for counts in product(COUNTS, TIMES, COUNTS, TIMES):
        groups = [[part] for part in counts]
        assert_ordered(rate_ratios.rate_ratio(*groups))
        assert_ordered(rate_ratios.rate_difference(*groups))
        assert_ordered(totals.compare_totals(*counts))


@pytest.fixture(scope="module")
def spells() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Times, causes and numbers of subjects of up to eight groups."""
    generator = np.random.default_rng(3)
    found = []
    for size in generator.integers(1, 9, 500):
        times, causes = generator.integers(0, 6, size), generator.integers(0, 4, size)
        found.append((times.astype(float), causes, generator.choice(COUNTS[1:], size)))
    return found


def test_incidences_of_any_number_of_subjects(spells: list[tuple[np.ndarray, ...]]) -> None:
    for times, causes, subjects in spells:
        incidences = Incidences(times, causes, subjects)
        for cause in (1, 2, 3):
            share = incidences.probability(cause)
            if share.lower is not None:
                assert 0 <= share.lower <= share.value <= share.upper <= 1
            incidences.quantile(cause, 0.5)
            assert np.isfinite(incidences.restricted_mean(cause, 3.0)).all()
            assert np.isfinite(incidences.curve(cause, [0, 1, 9]).shares).all()
        for found in cumulative_incidence(times, causes, subjects):
            if found.lower is not None:
                assert 0 <= found.lower <= found.probability <= found.upper <= 1
        assert np.isfinite(incidence_curve(times, causes, subjects, [0, 1, 3.0]).shares).all()


@pytest.mark.parametrize(
    ("times", "causes", "subjects"), [([7, 8], [1, 1], [2, 5]), ([4, 2, 6, 7], [0, 1, 1, 1], [4, 4, 7, 7])]
)
def test_everybody_is_everybody_whatever_rounding_says(
    times: list[float], causes: list[int], subjects: list[int]
) -> None:
    """Sums of products of these are 1 less one part in 10^16, of which no interval can be had."""
    [found] = cumulative_incidence(times, causes, subjects)
    assert (found.probability, found.lower, found.upper) == (1, None, None)


def test_amounts_and_triangles_of_any_size() -> None:
    generator = np.random.default_rng(4)
    for _ in range(200):
        sums, other_sums = (generator.choice((0, 1, 50, 1e9), (3, 5)) for _ in range(2))
        persons, other_persons = (generator.choice((0, 1, 50, 1e9), (3, 5)) for _ in range(2))
        assert_ordered(rate_ratios.mean_difference(sums, persons, other_sums, other_persons))
        jackknife.means_per_person(sums, persons)
        triangle = generator.choice((0, 1, 50, 1e9), (4, 4)).cumsum(axis=1)
        for row in range(1, 4):
            triangle[row, 4 - row :] = np.nan
        for is_count in (True, False):
            chain_ladder.back_test(triangle, is_count)
            chain_ladder.complete(triangle, is_count).interval()


def test_the_best_arm_is_found_however_far_or_exact_the_arms_are() -> None:
    generator = np.random.default_rng(5)
    for _ in range(200):
        means = generator.choice((0, 0.1, 0.9, 1e6), 3).tolist()
        errors = generator.choice((1e-12, 1e-3, 1, 1e6), 3).tolist()
        shares = experiments.probabilities_to_be_best(means, errors)
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0
    assert experiments.probabilities_to_be_best([1e6, 0, 0.5], [1e-12, 1e-3, 1e-9]) == pytest.approx(
        [1, 0, 0]
    )
    assert experiments.probabilities_to_be_best([0, 0], [1e6, 1e-9]) == pytest.approx([0.5, 0.5])
