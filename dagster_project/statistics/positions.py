"""Where many rates stand, each against its published band, its own history or its peers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dagster_project.statistics.bands import FEWEST_FIGURES, prediction_band
from dagster_project.statistics.benchmarks import Status, benchmark_status
from dagster_project.statistics.false_warnings import OWN_HISTORY, OWN_PEERS
from dagster_project.statistics.proportions import wilson_interval

HISTORY, PEERS = "prediction_from_own_history", "prediction_from_own_peers"
FALSE_WARNINGS = {HISTORY: OWN_HISTORY, PEERS: OWN_PEERS}


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

    @property
    def family(self) -> str:
        """What its own figures are."""
        return PEERS if self.period is None else HISTORY


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
    are too few there is no band and the status is `insufficient`. Bands of one's own figures are so wide that
    all of a family in this call, of history the newest of each group, together seldom warn without a cause
    (see `false_warnings`). Raises ValueError when a count is impossible.
    """
    lower, upper = wilson_interval([c.completed for c in comparisons], [c.n for c in comparisons])
    groups = defaultdict(list)
    for comparison in comparisons:
        if comparison.band_lower is None and comparison.n >= minimum_trials:
            groups[comparison.peer_group].append(comparison)
    newest = {
        name: max((each.period for each in group if each.period is not None), default=None)
        for name, group in groups.items()
    }
    figures = [_own_figures(each, groups[each.peer_group], periods) for each in comparisons]
    compared = Counter(
        each.family
        for each, own in zip(comparisons, figures, strict=True)
        if own and each.n >= minimum_trials and each.period in (None, newest[each.peer_group])
    )
    found = []
    for number, (comparison, own) in enumerate(zip(comparisons, figures, strict=True)):
        confidence = 1 - FALSE_WARNINGS[comparison.family] / max(1, compared[comparison.family])
        low, high, source, count = _band(comparison, own, confidence)
        status: Status = "insufficient"
        if low is not None and high is not None:
            status = benchmark_status(comparison.n, lower[number], upper[number], low, high, minimum_trials)
        found.append(Position(float(lower[number]), float(upper[number]), low, high, source, count, status))
    return found


def _own_figures(comparison: Comparison, group: Sequence[Comparison], periods: int) -> list[Comparison]:
    """The figures that make its band; none where they are too few or a published band counts."""
    if comparison.band_lower is not None:
        return []
    if comparison.period is None:
        own = [peer for peer in group if peer is not comparison]
    else:
        earlier = [peer for peer in group if peer.period is not None and peer.period < comparison.period]
        own = sorted(earlier, key=lambda peer: str(peer.period))[-periods:]
    return own if len(own) >= FEWEST_FIGURES else []


def _band(
    comparison: Comparison, own: Sequence[Comparison], confidence: float
) -> tuple[float | None, float | None, str | None, int | None]:
    if comparison.band_lower is not None and comparison.band_upper is not None:
        return comparison.band_lower, comparison.band_upper, comparison.band_source, None
    band = prediction_band([each.completed for each in own], [each.n for each in own], confidence)
    return (band.lower, band.upper, comparison.family, band.figures) if band else (None, None, None, None)
