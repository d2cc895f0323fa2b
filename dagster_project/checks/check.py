"""What a question is, and what an answer holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import dagster as dg
import duckdb


class Kind(StrEnum):
    """The kinds of question a person asks each morning."""

    COMPLETENESS = "completeness"
    FRESHNESS = "freshness"
    RECONCILIATION = "reconciliation"
    PLAUSIBILITY = "plausibility"
    BENCHMARK = "benchmark"
    DRIFT = "drift"


class Status(StrEnum):
    """ERROR keeps the last published file; WARN is told and changes nothing."""

    PASSED = "passed"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class Morning:
    """The warehouse, with the scans of `scans.py` done, and the instant (UTC) it is asked at."""

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
class Answer:
    """The verdict and what it rests on: the figure, out of how many, its interval, the band it must keep to.

    These are of one `subject`: all together, or that which is furthest off; the chart has the others.
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


@dataclass(frozen=True)
class Question:
    """`severity` is the worst its answer can be; `tolerance` says how much is borne, and why so much."""

    name: str
    asset: tuple[str, ...]
    kind: Kind
    severity: Status
    description: str
    tolerance: str
    ask: Callable[[Morning], Answer]

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey(self.asset)

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """One that can be an ERROR blocks what comes after; as a WARN it never does."""
        return dg.AssetCheckSpec(
            self.name,
            asset=self.key,
            description=self.description,
            blocking=self.severity is Status.ERROR,
            metadata={"kind": self.kind.value, "tolerance": self.tolerance},
        )

    def result(self, answer: Answer) -> dg.AssetCheckResult:
        lower, upper = answer.interval or (None, None)
        band_lower, band_upper = answer.band or (None, None)
        metadata: dict[str, Any] = {
            "subject": answer.subject,
            "n": answer.n,
            "figure": answer.figure,
            "lower": lower,
            "upper": upper,
            "band_lower": band_lower,
            "band_upper": band_upper,
            "band_source": answer.band_source,
            "tolerance": self.tolerance,
            "chart": dg.MetadataValue.md(answer.chart),
        }
        return dg.AssetCheckResult(
            check_name=self.name,
            asset_key=self.key,
            passed=answer.status is Status.PASSED,
            severity=dg.AssetCheckSeverity.ERROR
            if answer.status is Status.ERROR
            else dg.AssetCheckSeverity.WARN,
            description=answer.summary,
            metadata={name: value for name, value in metadata.items() if value is not None},
        )
