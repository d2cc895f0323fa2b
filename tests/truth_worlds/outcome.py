"""One published figure held against the world's truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import duckdb


@dataclass(frozen=True)
class Outcome:
    """`truth` is inside when it lies between `lower` and `upper`; without these it must equal `published`."""

    name: str
    n: int
    published: float
    truth: float
    lower: float | None = None
    upper: float | None = None

    @property
    def is_inside(self) -> bool:
        if self.lower is None or self.upper is None:
            return abs(self.published - self.truth) < 1e-9
        return self.lower - 1e-9 <= self.truth <= self.upper + 1e-9


Compare: TypeAlias = Callable[[duckdb.DuckDBPyConnection], Iterator[Outcome]]


def rate(connection: duckdb.DuckDBPyConnection, name: str, published: str, truth: str) -> Iterator[Outcome]:
    """A rate: `published` selects n, rate, lower and upper, `truth` one value; none where either is null."""
    for n, value, lower, upper in connection.execute(published).fetchall():
        [(true,)] = connection.execute(truth).fetchall()
        if value is not None and true is not None:
            yield Outcome(name, int(n), float(value), float(true), _number(lower), _number(upper))


def bounds(
    connection: duckdb.DuckDBPyConnection, name: str, truth: float | None, report: str, figure: str
) -> Iterator[Outcome]:
    """All that persons did within the bounds of `rpt_identity_quality`, with the sampling error of either."""
    for n, value, lower, upper in connection.execute(
        "select known_persons, known_rate, least(lowest_rate, known_lower),"
        " greatest(highest_rate, known_upper) from warehouse.marts.rpt_identity_quality"
        " where report = ? and figure = ? and known_persons > 0",
        [report, figure],
    ).fetchall():
        if truth is not None:
            yield Outcome(f"{name}, all they did, bounds of identification", n, value, truth, lower, upper)


def one(connection: duckdb.DuckDBPyConnection, query: str) -> float | None:
    """The value that a query selects."""
    [(value,)] = connection.execute(query).fetchall()
    return _number(value)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
