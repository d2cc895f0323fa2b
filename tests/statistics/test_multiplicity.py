"""q-values against Benjamini and Hochberg's definition, worked by hand; Holm's against statsmodels, too."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from dagster_project.statistics.multiplicity import chosen_ratio_interval, holm, q_values


def test_the_example_of_the_definition() -> None:
    """p_(i) m / i, made monotone from the largest: 0.01 * 4 / 1, 0.02 * 4 / 2, 0.03 * 4 / 3, 0.5."""
    assert q_values([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])


def test_what_has_no_p_value_is_not_in_the_family() -> None:
    assert q_values([None, 0.02, None]) == [None, pytest.approx(0.02), None]
    assert q_values([None]) == [None]
    assert q_values([]) == []


def test_a_p_value_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        q_values([1.5])


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@pytest.mark.parametrize("p_values", [[0.2], [0.5, 0.5], [1e-9, 0.9, 0.04, 0.011, 0.02, 0.04], [0, 1, 1]])
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-12)


def test_the_interval_of_two_chosen_from_forty_is_one_of_99_75_percent() -> None:
    """ln 2 ± 1.96 · 0.1 becomes ± 3.0233 · 0.1, as 1 - 2 · 0.05 / 40 = 0.9975."""
    alone = np.exp(np.log(2) + np.array([-1, 1]) * 1.959963985 * 0.1)
    expected = np.exp(np.log(2) + np.array([-1, 1]) * 3.023341 * 0.1)
    assert chosen_ratio_interval(*alone, 2, 40) == pytest.approx(expected, rel=1e-6)
    assert chosen_ratio_interval(*alone, 40, 40) == pytest.approx(alone)
    assert chosen_ratio_interval(*alone, 3, 2) == pytest.approx(alone)


def test_of_the_intervals_of_what_is_chosen_one_in_twenty_misses() -> None:
    """Fifty ratios, of which three in ten are not 1, chosen by q: alone 13 % of their intervals miss."""
    generator = np.random.default_rng(3)
    missed, missed_alone, worlds = 0.0, 0.0, 400
    for _ in range(worlds):
        truth = np.where(generator.uniform(size=50) < 0.3, generator.normal(0, 2, 50), 0.0)
        found = truth + generator.normal(size=50)
        q = q_values((2 * norm.sf(np.abs(found))).tolist())
        chosen = [number for number, value in enumerate(q) if value is not None and value <= 0.05]
        for number in chosen:
            alone = np.exp(found[number] + np.array([-1, 1]) * 1.959963985)
            lower, upper = chosen_ratio_interval(*alone, len(chosen), 50)
            missed += (not lower <= np.exp(truth[number]) <= upper) / len(chosen) / worlds
            missed_alone += (not alone[0] <= np.exp(truth[number]) <= alone[1]) / len(chosen) / worlds
    assert missed <= 0.055
    assert missed_alone > 0.08
