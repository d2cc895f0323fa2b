"""Where rates stand against published bands, their own history and their peers."""

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
    group = [Comparison(1000, completed, peer_group="a") for completed in (50, 110, 120, 500)]
    found = positions_of(*group, Comparison(1000, 900, peer_group="b"))
    assert [position.status for position in found] == ["below", "within", "within", "above", "insufficient"]
    assert found[3].figures == 3
    assert found[4].band_lower is None


def test_history_is_what_came_before() -> None:
    history = [
        Comparison(1000, completed, peer_group="a", period=f"2026-10-{day:02d}")
        for day, completed in enumerate((200, 210, 190, 205, 195, 900), 1)
    ]
    found = positions_of(*reversed(history))
    assert found[0].status == "above"
    assert found[0].figures == 5
    assert found[0].band_source == "prediction_from_own_history"
    assert [position.status for position in found[1:]] == ["within"] + ["insufficient"] * 4


def test_nothing_to_compare_gives_nothing() -> None:
    assert positions_of() == []
