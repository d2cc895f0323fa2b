"""What a data quality check is, what it is evaluated on, and what its outcome holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb


class Status(StrEnum):
    """ERROR keeps the last published file; WARN is reported and blocks nothing.

    EMPTY says that there was nothing to check: nothing failed, and nothing was shown to hold either.
    """

    PASSED = "passed"
    EMPTY = "empty"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class CheckContext:
    """The warehouse, with the scans of `scans.py` done, and the instant (UTC) of the evaluation."""

    connection: duckdb.DuckDBPyConnection
    now: datetime

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def records(self, sql: str) -> list[dict[str, Any]]:
        """The rows as dicts by column name."""
        result = self.connection.execute(sql)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@dataclass(frozen=True)
class CheckOutcome:
    """The status and its evidence: the figure, its sample size, its interval, the band it must keep to.

    These are of one `subject`: the total, or the one furthest off; the chart shows the others. A check that
    passes on an empty population is EMPTY, whatever evaluated it. `left_out` counts what a safeguard kept out
    of the population, with the reason.
    """

    status: Status
    summary: str
    n: int
    chart: str
    band_source: str
    subject: str = "all"
    figure: float | None = None
    interval: tuple[float, float] | None = None
    band: tuple[float, float] | None = None
    left_out: int = 0
    left_out_because: str = ""

    def __post_init__(self) -> None:
        if self.n == 0 and self.status is Status.PASSED:
            object.__setattr__(self, "status", Status.EMPTY)
            object.__setattr__(self, "summary", "its population is empty.")

    @property
    def description(self) -> str:
        """The summary, or that there was nothing to check; then how much was left out."""
        found = f"Nothing to check: {self.summary}" if self.status is Status.EMPTY else self.summary
        return f"{found} Left out: {self.left_out:,} {self.left_out_because}." if self.left_out else found


@dataclass(frozen=True)
class Check:
    """`severity` is the worst status it can have; `tolerance` says how much is tolerated, and why so much.

    Its kind is the package it is declared in.
    """

    name: str
    asset: tuple[str, ...]
    severity: Status
    description: str
    tolerance: str
    evaluate: Callable[[CheckContext], CheckOutcome]
