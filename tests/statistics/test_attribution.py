"""Markov removal effects against simulation and hand, Shapley against all orders of arrival."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dagster_project.statistics.attribution import removal_effects, shapley_values
from dagster_project.statistics.jackknife import jackknife_interval

Numbers = NDArray[np.float64]


def chain(paths: list[tuple[list[int], bool]], touches: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    transitions = np.zeros((touches, touches))
    conversions, open_ends, starts = np.zeros(touches), np.zeros(touches), np.zeros(touches)
    for path, converts in paths:
        starts[path[0]] += 1
        for one, other in pairwise(path):
            transitions[one, other] += 1
        (conversions if converts else open_ends)[path[-1]] += 1
    return transitions, conversions, open_ends, starts


def test_removal_effects_by_hand() -> None:
    """0 > 1 > conversion, 0 > none, 2 > conversion: P = 2/3, and 1/3 without any one of the touches."""
    paths = [([0, 1], True), ([0], False), ([2], True)]
    assert removal_effects(*chain(paths, 3)) == pytest.approx([0.5, 0.5, 0.5])


def test_a_touch_of_every_conversion_loses_all() -> None:
    paths = [([0, 1, 0, 2], True), ([1, 2], True), ([0], False), ([1, 0], False)]
    assert removal_effects(*chain(paths, 3))[2] == pytest.approx(1)


@pytest.mark.parametrize("paths", [[([0, 1], False)], []])
def test_without_conversions_nothing_is_lost(paths: list[tuple[list[int], bool]]) -> None:
    assert removal_effects(*chain(paths, 2)) == pytest.approx([0, 0])


def test_removal_effects_are_those_of_a_simulated_chain() -> None:
    random = np.random.default_rng(5)
    paths = [
        (random.integers(0, 4, random.integers(1, 6)).tolist(), bool(random.random() < 0.4))
        for _ in range(300)
    ]
    counts = chain(paths, 4)
    exact = removal_effects(*counts)
    whole = simulated(*counts, removed=None, random=random)
    for touch in range(4):
        lost = 1 - simulated(*counts, removed=touch, random=random) / whole
        assert exact[touch] == pytest.approx(lost, abs=0.02)


def simulated(
    transitions: Numbers,
    conversions: Numbers,
    open_ends: Numbers,
    starts: Numbers,
    removed: int | None,
    random: np.random.Generator,
    walks: int = 40_000,
) -> float:
    """The share of random walks that convert when `removed` leads nowhere; all walks move at once."""
    touches = len(starts)
    steps = np.column_stack([transitions, conversions, open_ends])
    bounds = np.cumsum(steps / steps.sum(axis=1, keepdims=True), axis=1)
    at = random.choice(touches, walks, p=starts / starts.sum())
    converted = 0
    while len(at):
        if removed is not None:
            at = at[at != removed]
        at = (random.random((len(at), 1)) > bounds[at]).sum(axis=1)
        converted += int((at == touches).sum())
        at = at[at < touches]
    return converted / walks


def over_all_orders(journeys: Numbers, conversions: Numbers) -> list[float]:
    players = int(np.log2(len(journeys)))

    def value(coalition: int) -> float:
        within = [mask for mask in range(1, len(journeys)) if mask & coalition == mask]
        seen = sum(journeys[mask] for mask in within)
        return float(sum(conversions[mask] for mask in within) / seen) if seen else 0.0

    gains = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            gains[player] += value(coalition | 1 << player) - value(coalition)
            coalition |= 1 << player
    return list(gains / len(orders))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=16, max_size=16))
def test_shapley_values_are_the_mean_gain_over_all_orders(counts: list[tuple[int, int]]) -> None:
    journeys = np.array([0.0, *(float(max(pair)) for pair in counts[1:])])
    conversions = np.array([0.0, *(float(min(pair)) for pair in counts[1:])])
    found = shapley_values(journeys, conversions)
    assert found == pytest.approx(over_all_orders(journeys, conversions), abs=1e-12)
    if journeys.sum():
        assert found.sum() == pytest.approx(conversions.sum() / journeys.sum())


def test_nobody_is_worth_nothing_even_where_untouched_journeys_convert() -> None:
    values = shapley_values(np.array([5.0, 10.0]), np.array([5.0, 2.0]))
    assert values.tolist() == pytest.approx([7 / 15])


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(6).normal(3, 2, 30)
    whole, lower, upper = jackknife_interval(lambda mask: values[mask].mean(keepdims=True), range(30))
    assert whole[0] == pytest.approx(values.mean())
    error = values.std(ddof=1) / np.sqrt(30)
    assert upper[0] - whole[0] == pytest.approx(2.045229642132703 * error)
    assert whole[0] - lower[0] == pytest.approx(2.045229642132703 * error)


def test_one_group_has_no_interval() -> None:
    whole, lower, upper = jackknife_interval(lambda mask: np.array([float(mask.sum())]), [7])
    assert whole[0] == 1
    assert np.isnan(lower[0])
    assert np.isnan(upper[0])
