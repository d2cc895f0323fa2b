"""q-values against Benjamini and Hochberg's definition, worked by hand; Holm's against statsmodels, too."""

import pytest
from statsmodels.stats.multitest import multipletests

from dagster_project.statistics.multiplicity import holm, q_values


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
