"""One published figure held against the world's truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import duckdb


@dataclass(frozen=True)
class Outcome:
    """`truth` is inside when it lies between `lower` and `upper`; without these it must equal `published`.

    `is_described` marks a figure that has no truth of the same population: it is listed and not judged.
    """

    name: str
    n: int
    published: float
    truth: float
    lower: float | None = None
    upper: float | None = None
    is_described: bool = False

    @property
    def is_inside(self) -> bool:
        if self.lower is None or self.upper is None:
            return abs(self.published - self.truth) < 1e-9
        return self.lower - 1e-9 <= self.truth <= self.upper + 1e-9


Compare: TypeAlias = Callable[[duckdb.DuckDBPyConnection], Iterator[Outcome]]


def rate(
    connection: duckdb.DuckDBPyConnection, name: str, published: str, truth: str, is_described: bool = False
) -> Iterator[Outcome]:
    """A rate: `published` selects n, rate, lower and upper, `truth` one value; none where either is null."""
    for n, value, lower, upper in connection.execute(published).fetchall():
        [(true,)] = connection.execute(truth).fetchall()
        if value is not None and true is not None:
            yield Outcome(
                name, int(n), float(value), float(true), _number(lower), _number(upper), is_described
            )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
