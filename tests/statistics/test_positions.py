"""Where rates stand against published bands, their own history and their peers."""

import numpy as np

from dagster_project.statistics.positions import Comparison, Position, positions


def positions_of(*comparisons: Comparison) -> list[Position]:
    return positions(comparisons, minimum_trials=100, periods=26)


def test_a_published_band_is_taken_as_it_is() -> None:
    [position] = positions_of(Comparison(1000, 300, 0.1, 0.2, "published_range"))
    assert (position.status, position.band_lower, position.band_upper) == ("above", 0.1, 0.2)
    assert position.lower < 0.3 < position.upper


def test_a_rate_whose_interval_touches_the_band_is_within() -> None:
    [position] = positions_of(Comparison(100, 22, 0.1, 0.2, "published_range"))
    assert position.status == "within"


def test_few_trials_are_insufficient_however_far_off() -> None:
    [position] = positions_of(Comparison(99, 99, 0.1, 0.2, "published_range"))
    assert position.status == "insufficient"


def test_peers_are_the_others_of_the_group() -> None:
    group = [Comparison(1000, completed, peer_group="a") for completed in (*range(95, 115), 900)]
    found = positions_of(*group, Comparison(1000, 900, peer_group="b"))
    assert [position.status for position in found] == ["within"] * 20 + ["above", "insufficient"]
    assert found[20].figures == 20
    assert found[20].band_source == "prediction_from_own_peers"
    assert found[21].band_lower is None


def test_history_is_what_came_before() -> None:
    history = [
        Comparison(1000, completed, peer_group="a", period=f"2026-10-{day:02d}")
        for day, completed in enumerate((*[200, 210, 190, 205, 195] * 3, 900), 1)
    ]
    found = positions_of(*reversed(history))
    assert found[0].status == "above"
    assert found[0].figures == 15
    assert found[0].band_source == "prediction_from_own_history"
    assert [position.status for position in found[1:]] == ["within"] * 11 + ["insufficient"] * 4


def test_many_series_together_seldom_warn_without_a_cause() -> None:
    """Runs of twelve micro-conversions over fourteen campaigns that differ as campaigns do."""
    random = np.random.default_rng(3)
    runs, warned, shown = 200, 0, 0
    for _ in range(runs):
        means = random.uniform(0.01, 0.4, 12)
        history = [
            Comparison(800, int(random.binomial(800, rate)), peer_group=str(kind), period=f"{period:02d}")
            for kind, mean in enumerate(means)
            for period, rate in enumerate(random.beta(60 * mean, 60 * (1 - mean), 14))
        ]
        found = positions_of(*history)
        warned += any(
            position.status in ("below", "above")
            for position, rate in zip(found, history, strict=True)
            if rate.period == "13"
        )
        shown += sum(position.band_lower is not None for position in found)
    assert shown == runs * 12 * 10
    assert warned / runs <= 0.05


def test_a_collapse_is_seen_among_many_series() -> None:
    random = np.random.default_rng(4)
    history = [
        Comparison(1000, int(random.binomial(1000, rate)), peer_group=str(kind), period=f"{period:02d}")
        for kind in range(12)
        for period, rate in enumerate(random.beta(60, 240, 20))
    ]
    *_, last = positions_of(*history, Comparison(1000, 20, peer_group="11", period="99"))
    assert last.status == "below"


def test_nothing_to_compare_gives_nothing() -> None:
    assert positions_of() == []
