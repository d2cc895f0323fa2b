"""Targets, opportunities and types of bottlenecks against computations by hand."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from dagster_project.statistics import bottleneck_types as types
from dagster_project.statistics.bottlenecks import (
    Gap,
    Slice,
    best_rate,
    drop_off_scores,
    gap_to_benchmark,
    gap_to_best_slices,
    heterogeneity,
)
from dagster_project.statistics.shrinkage import shrunken_rates

DEVICES = [Slice("desktop", 400, 360), Slice("mobile", 500, 150), Slice("tablet", 100, 85)]


def test_the_target_is_what_a_quarter_of_persons_get() -> None:
    rates = shrunken_rates([360, 150, 85], [400, 500, 100])
    assert best_rate(DEVICES) == rates[0]
    # A few persons who do better set no target for all.
    assert best_rate([*DEVICES, Slice("watch", 10, 10)]) == pytest.approx(
        shrunken_rates([360, 150, 85, 10], [400, 500, 100, 10])[0], abs=1e-12
    )
    several = [*DEVICES, Slice("watch", 150, 150)]
    assert best_rate(several) == shrunken_rates([360, 150, 85, 150], [400, 500, 100, 150])[0]
    # Exactly a quarter is enough.
    two = [Slice("a", 25, 25), Slice("b", 75, 15)]
    assert best_rate(two) == shrunken_rates([25, 15], [25, 75])[0]
    assert best_rate([]) is None
    assert best_rate([Slice("nobody", 0, 0)]) is None


def test_slices_that_differ_by_chance_have_no_gap() -> None:
    gap = gap_to_best_slices(
        [Slice(name, 100, 30 + extra) for name, extra in zip("abcd", (0, 2, -2, 1), strict=True)]
    )
    assert gap is not None
    assert gap.target == pytest.approx(gap.rate)
    assert not gap.is_below


def test_the_opportunity_is_f13() -> None:
    gap = gap_to_best_slices(DEVICES)
    assert gap is not None
    assert (gap.persons, gap.rate) == (1000, 0.595)
    z = norm.ppf(0.975)
    centre = (0.595 + z**2 / 2000) / (1 + z**2 / 1000)
    half = z / (1 + z**2 / 1000) * math.sqrt(0.595 * 0.405 / 1000 + z**2 / 4_000_000)
    assert (gap.lower, gap.upper) == pytest.approx((centre - half, centre + half), abs=1e-9)
    assert gap.is_below
    found = gap.conversions(0.4)
    assert found[0] == pytest.approx(1000 * (gap.target - 0.595) * 0.4)
    assert found[1] == pytest.approx(1000 * (gap.target - gap.upper) * 0.4)
    assert found[2] == pytest.approx(1000 * (gap.target - gap.lower) * 0.4)
    assert gap.weakest == DEVICES[1]
    assert gap.missing == pytest.approx(1000 * (gap.target - 0.595))


def test_the_weakest_slice_is_where_most_persons_are_missing() -> None:
    gap = gap_to_best_slices([*DEVICES, Slice("watch", 2, 0)])
    assert gap is not None
    assert gap.weakest == DEVICES[1]


def test_a_benchmark_is_compared_by_the_score_test() -> None:
    gap = gap_to_benchmark(200, 50, 0.4)
    assert gap is not None
    z = (0.25 - 0.4) / math.sqrt(0.4 * 0.6 / 200)
    assert gap.p_value == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)
    assert gap.is_below
    assert gap_to_benchmark(0, 0, 0.4) is None
    certain = gap_to_benchmark(10, 3, 1.0)
    assert certain is not None
    assert certain.p_value is None


def test_heterogeneity_is_pearsons_chi_squared() -> None:
    overall = 595 / 1000
    statistic = sum(
        (each.reached - each.persons * overall) ** 2 / (each.persons * overall * (1 - overall))
        for each in DEVICES
    )
    assert heterogeneity(DEVICES) == pytest.approx(math.exp(-statistic / 2), rel=1e-6)
    # Of two slices it is the square of the pooled z.
    pooled = 40 / 70
    z = (30 / 40 - 10 / 30) / math.sqrt(pooled * (1 - pooled) * (1 / 40 + 1 / 30))
    two = [Slice("a", 40, 30), Slice("b", 30, 10)]
    assert heterogeneity(two) == pytest.approx(2 * norm.sf(z), rel=1e-9)
    assert heterogeneity(DEVICES[:1]) is None
    assert heterogeneity([Slice("a", 5, 0), Slice("b", 9, 0)]) is None
    assert heterogeneity([]) is None


def test_a_step_is_scored_against_the_others_of_its_sequence() -> None:
    scores = drop_off_scores([80, 10, 30], [100, 100, 50])
    pooled = 120 / 250
    error = math.sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 150))
    assert scores[1] == pytest.approx((0.1 - 110 / 150) / error, abs=1e-9)
    assert drop_off_scores([5], [9]) == [None]
    assert drop_off_scores([0, 0], [9, 4]) == [None, None]
    assert drop_off_scores([], []) == []


def evidence(**values: int | float | None) -> dict[str, int | float | None]:
    counts = (
        "net_clicks", "matched_visits", "form_starts", "form_submits", "error_count", "persons",
        "mobile_persons", "mobile_reached", "desktop_persons", "desktop_reached", "deliveries", "mismatched",
    )  # fmt: skip
    none = ("lost_clicks_p90", "click_rate_matched", "click_rate_mismatched")
    return dict.fromkeys(counts, 0) | dict.fromkeys(none) | values


PHONES = {"mobile_persons": 100, "mobile_reached": 30, "desktop_persons": 100, "desktop_reached": 80}


@pytest.mark.parametrize(
    ("values", "signs"),
    [
        ({}, []),
        (PHONES, ["phones"]),
        # Half exactly is not below half; few persons have wide intervals.
        (PHONES | {"mobile_reached": 40}, []),
        (PHONES | {"mobile_reached": 39}, ["phones"]),
        ({"mobile_persons": 5, "mobile_reached": 1, "desktop_persons": 5, "desktop_reached": 3}, []),
        ({"mobile_persons": 100, "desktop_persons": 0}, []),
        ({"form_starts": 100, "form_submits": 30}, ["abandoned_forms"]),
        ({"form_starts": 100, "form_submits": 40}, []),
        ({"form_starts": 3, "form_submits": 0}, []),
        ({"persons": 1000, "error_count": 30}, ["errors"]),
        ({"persons": 1000, "error_count": 10}, []),
        ({"net_clicks": 100, "matched_visits": 60, "lost_clicks_p90": 0.2}, ["lost_clicks"]),
        ({"net_clicks": 100, "matched_visits": 60, "lost_clicks_p90": 0.35}, []),
        ({"net_clicks": 100, "matched_visits": 60}, []),
        (PHONES | {"persons": 1000, "error_count": 30}, ["phones", "errors"]),
    ],
)
def test_signs_of_technical_friction(values: dict[str, int], signs: list[str]) -> None:
    assert types.technical_friction(evidence(**values)) == signs


@pytest.mark.parametrize(
    ("levels", "score", "is_jump"),
    [
        ((2, 4), -2.1, True),
        ((2, 3), -5, False),
        ((2, 4), -2, False),
        ((None, 4), -5, False),
        ((2, 4), None, False),
    ],
)
def test_a_commitment_jump_needs_both(
    levels: tuple[int | None, int], score: float | None, is_jump: bool
) -> None:
    assert types.commitment_jump(*levels, score) is is_jump


@pytest.mark.parametrize(
    ("deliveries", "mismatched", "matched_rate", "other_rate", "is_misaligned"),
    [
        (200, 101, 0.1, 0.05, True),
        (199, 150, 0.1, 0.05, False),
        (200, 100, 0.1, 0.05, False),
        (200, 150, 0.05, 0.1, False),
        (200, 200, None, 0.1, False),
    ],
)
def test_stage_misalignment(
    deliveries: int, mismatched: int, matched_rate: float | None, other_rate: float, is_misaligned: bool
) -> None:
    found = types.stage_misalignment(
        evidence(
            deliveries=deliveries,
            mismatched=mismatched,
            click_rate_matched=matched_rate,
            click_rate_mismatched=other_rate,
        )
    )
    assert found is is_misaligned


def test_a_published_figure_decides_on_the_value_proposition() -> None:
    assert types.value_proposition(0.1, 0.15, 0.05)
    assert not types.value_proposition(0.1, 0.05, 0.15)
    assert types.value_proposition(0.1, None, 0.15)
    assert not types.value_proposition(0.1, None, None)
    assert not types.value_proposition(None, 0.15, 0.15)


def test_a_trust_barrier_lies_above_the_other_steps_with_its_interval() -> None:
    assert types.trust_barrier(90, 100, 0.8)
    assert not types.trust_barrier(85, 100, 0.8)
    assert not types.trust_barrier(0, 0, 0.8)
    assert not types.trust_barrier(90, 100, None)


def test_own_quantiles_are_of_shrunken_rates() -> None:
    rates = shrunken_rates([1, 50, 90], [100, 100, 100])
    assert types.own_quantile([1, 50, 90], [100, 100, 100], 0.75) == pytest.approx(
        float(np.quantile([rate for rate in rates if rate is not None], 0.75))
    )
    assert types.own_quantile([1], [100], 0.75) is None
    assert types.own_quantile([1, 0], [100, 0], 0.75) is None
    assert types.interval(0, 0) == (None, None, None)


def test_gaps_are_comparable_by_value() -> None:
    assert Gap(1, 0.5, 0.1, 0.9, 0.9, None, None).is_below is False
