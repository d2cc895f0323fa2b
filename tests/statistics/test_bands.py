"""Bands from earlier periods and from peers."""

import numpy as np
import pytest

from dagster_project.statistics.bands import prediction_band


def test_the_band_holds_the_next_campaign_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        rates = random.beta(20, 80, 9)
        band = prediction_band(random.binomial(800, rates[:8]), np.full(8, 800))
        assert band is not None
        held += band.lower <= rates[8] <= band.upper
    assert 0.91 <= held / 400 <= 0.98


def test_campaigns_that_differ_make_a_wider_band_than_chance() -> None:
    alike = prediction_band([200, 201, 199, 200, 202], [1000] * 5)
    unlike = prediction_band([100, 300, 150, 250, 200], [1000] * 5)
    assert alike is not None
    assert unlike is not None
    assert unlike.lower < alike.lower < 0.2 < alike.upper < unlike.upper


def test_equal_rates_of_zero_have_a_band() -> None:
    band = prediction_band([0] * 5, [100] * 5)
    assert band is not None
    assert 0 < band.lower < band.upper < 0.1


def test_few_periods_have_no_band() -> None:
    assert prediction_band([1, 2, 3], [10, 10, 10]) is None
    assert prediction_band([1, 2, 3, 0], [10, 10, 10, 0]) is None


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        prediction_band([11, 1, 1, 1], [10] * 4)


def test_more_confidence_is_a_wider_band() -> None:
    narrow = prediction_band([200, 210, 190, 205, 195], [1000] * 5, 0.95)
    wide = prediction_band([200, 210, 190, 205, 195], [1000] * 5, 1 - 0.05 / 50)
    assert narrow is not None
    assert wide is not None
    assert wide.lower < narrow.lower < narrow.upper < wide.upper
