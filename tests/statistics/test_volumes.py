"""What a day's count is expected to be."""

import numpy as np

from dagster_project.statistics.volumes import volume_band

WEEK = np.array([100, 100, 100, 100, 100, 30, 30])


def test_false_alarms_are_as_rare_as_asked_for() -> None:
    """Days of a weekly rhythm that vary by twice Poisson's variance, at one false alarm in a hundred."""
    random = np.random.default_rng(1)
    alarms = 0
    for _ in range(500):
        means = np.resize(WEEK, 57)
        counts = random.negative_binomial(means, 0.5)
        band = volume_band(counts[:-1].tolist(), 0.01)
        assert band is not None
        alarms += not band.holds(counts[-1])
    assert alarms / 500 <= 0.03


def test_a_day_is_compared_with_its_own_weekday() -> None:
    counts = [*([100, 100, 100, 100, 100, 30, 30] * 8), 100, 100, 100, 100, 100]
    band = volume_band(counts, 0.01)
    assert band is not None
    assert band.expected == 30
    assert not band.holds(100)
    assert band.holds(30)


def test_a_collapse_and_an_explosion_are_seen() -> None:
    counts = np.random.default_rng(2).poisson(100, 56).tolist()
    band = volume_band(counts, 0.01)
    assert band is not None
    assert not band.holds(0)
    assert not band.holds(200)


def test_a_mailing_every_other_week_may_be_missing() -> None:
    band = volume_band([20, 0, 0, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 0] * 4, 0.01)
    assert band is not None
    assert band.holds(15)
    assert band.holds(900)


def test_what_never_happened_may_not_happen_often() -> None:
    band = volume_band([0] * 56, 0.01)
    assert band is not None
    assert band.holds(0)
    assert not band.holds(10)


def test_four_weeks_are_needed() -> None:
    assert volume_band([100] * 27, 0.01) is None
    assert volume_band([100] * 28, 0.01) is not None


def test_one_earlier_outage_does_not_excuse_the_next() -> None:
    week = [400, 400, 400, 400, 400, 30, 30]
    counts = [0, *week[1:], *(week * 19)]
    band = volume_band(counts, 0.01)
    assert band is not None
    assert not band.holds(0)
    assert band.holds(400)


def test_one_earlier_peak_does_not_excuse_the_next() -> None:
    week = [400, 400, 400, 400, 400, 30, 30]
    counts = [2000, *week[1:], *(week * 19)]
    band = volume_band(counts, 0.01)
    assert band is not None
    assert not band.holds(2000)
    assert band.holds(400)


def test_a_mailing_may_go_out_on_another_weekday() -> None:
    counts = [*([20, 900, 20, 20, 20, 20, 20] * 8), 20, 900]
    of_mailings, of_visits = volume_band(counts, 0.01, True), volume_band(counts, 0.01)
    assert of_mailings is not None
    assert of_visits is not None
    assert of_mailings.holds(900)
    assert not of_visits.holds(900)
    assert not of_mailings.holds(2000)
    assert not of_mailings.holds(0)
    never_on_that_day = [*([0, 900, 0, 0, 0, 0, 0] * 8), 0, 900]
    silent = volume_band(never_on_that_day, 0.01, True)
    assert silent is not None
    assert silent.holds(900)
