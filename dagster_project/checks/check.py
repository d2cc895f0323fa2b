"""What a data quality check is, what it is evaluated on, and what its outcome holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb


class Status(StrEnum):
    """ERROR keeps the last published file; WARN is reported and blocks nothing."""

    PASSED = "passed"
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

    These are of one `subject`: the total, or the one furthest off; the chart shows the others.
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

    @property
    def description(self) -> str:
        """The summary; of a check that passed on an empty population, that there was nothing to check."""
        if self.n == 0 and self.status is Status.PASSED:
            return "Nothing to check: its population is empty."
        return self.summary


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
