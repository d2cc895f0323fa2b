"""Where many rates stand, each against its published band, its own history or its peers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dagster_project.statistics.bands import history_band, peer_band
from dagster_project.statistics.benchmarks import Status, benchmark_status
from dagster_project.statistics.proportions import wilson_interval


@dataclass(frozen=True)
class Comparison:
    """A rate `completed / n` and what it is compared with.

    With a published band that is all. Without one: with a `period`, the earlier rates of its `peer_group`;
    without, the others of its `peer_group`.
    """

    n: int
    completed: int
    band_lower: float | None = None
    band_upper: float | None = None
    band_source: str | None = None
    peer_group: str | None = None
    period: str | None = None


@dataclass(frozen=True)
class Position:
    """Wilson interval, band, its source, the number of own figures in it, and the status."""

    lower: float
    upper: float
    band_lower: float | None
    band_upper: float | None
    band_source: str | None
    figures: int | None
    status: Status


def positions(comparisons: Sequence[Comparison], minimum_trials: int, periods: int) -> list[Position]:
    """One position per comparison, in their order.

    Only rates over at least `minimum_trials` make a band, and of earlier ones the last `periods`. Where they
    are too few there is no band and the status is `insufficient`. Raises ValueError when a count is
    impossible.
    """
    lower, upper = wilson_interval([c.completed for c in comparisons], [c.n for c in comparisons])
    groups = defaultdict(list)
    for comparison in comparisons:
        if comparison.band_lower is None and comparison.n >= minimum_trials:
            groups[comparison.peer_group].append(comparison)
    found = []
    for number, comparison in enumerate(comparisons):
        band = _band(comparison, groups[comparison.peer_group], periods)
        low, high, source, figures = band if band else (None, None, None, None)
        status: Status = "insufficient"
        if low is not None and high is not None:
            status = benchmark_status(comparison.n, lower[number], upper[number], low, high, minimum_trials)
        found.append(Position(float(lower[number]), float(upper[number]), low, high, source, figures, status))
    return found


def _band(
    comparison: Comparison, group: Iterable[Comparison], periods: int
) -> tuple[float, float, str | None, int | None] | None:
    if comparison.band_lower is not None and comparison.band_upper is not None:
        return comparison.band_lower, comparison.band_upper, comparison.band_source, None
    if comparison.period is None:
        own = peer_band([peer.completed / peer.n for peer in group if peer is not comparison])
        return (own.lower, own.upper, "middle_half_of_own_peers", own.figures) if own else None
    earlier = sorted(
        (peer for peer in group if peer.period is not None and peer.period < comparison.period),
        key=lambda peer: str(peer.period),
    )[-periods:]
    own = history_band([peer.completed for peer in earlier], [peer.n for peer in earlier])
    return (own.lower, own.upper, "prediction_from_own_history", own.figures) if own else None
