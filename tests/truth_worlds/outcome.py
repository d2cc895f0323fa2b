"""One published figure held against the world's truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import duckdb


@dataclass(frozen=True)
class Outcome:
    """`truth` is inside when it lies between `lower` and `upper`; without these it must equal `published`.

    A figure with a `reason` is listed and not judged: why its truth need not be inside.
    """

    name: str
    n: int
    published: float
    truth: float
    lower: float | None = None
    upper: float | None = None
    reason: str = ""

    @property
    def is_inside(self) -> bool:
        if self.lower is None or self.upper is None:
            return abs(self.published - self.truth) < 1e-9
        return self.lower - 1e-9 <= self.truth <= self.upper + 1e-9

    @property
    def is_missed(self) -> bool:
        return not (self.is_inside or self.reason)


Compare: TypeAlias = Callable[[duckdb.DuckDBPyConnection], Iterator[Outcome]]

UNSEEN = "browsers that nothing links do the rest: see its bounds"
OTHERS = "other people: the sources have browsers"


def rate(
    connection: duckdb.DuckDBPyConnection, name: str, published: str, truth: str, reason: str = ""
) -> Iterator[Outcome]:
    """A rate: `published` selects n, rate, lower and upper, `truth` one value; none where either is null."""
    for n, value, lower, upper in connection.execute(published).fetchall():
        [(true,)] = connection.execute(truth).fetchall()
        if value is not None and true is not None:
            yield Outcome(name, int(n), float(value), float(true), _number(lower), _number(upper), reason)


def bounds(
    connection: duckdb.DuckDBPyConnection, outcome: Outcome, report: str, figure: str
) -> Iterator[Outcome]:
    """The same figure within the bounds of `rpt_identity_quality`, with the sampling error of either."""
    for lower, upper in connection.execute(
        "select least(lowest_rate, known_lower), greatest(highest_rate, known_upper)"
        " from warehouse.marts.rpt_identity_quality where report = ? and figure = ?",
        [report, figure],
    ).fetchall():
        name = f"{outcome.name}, bounds of identification"
        yield Outcome(name, outcome.n, outcome.published, outcome.truth, lower, upper)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
