"""The questions of each morning, as asset checks: equal to the vendor, plausible, where it stands."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from dagster_project.defs.failures import explained
from dagster_project.defs.questions import QUESTIONS, Question
from dagster_project.defs.resources import WRITER_POOL, opened_warehouse
from dagster_project.statistics.proportions import wilson_interval

Row = tuple[str, float, float]
COMPLETION_RATES = dg.AssetKey(["marts", "rpt_completion_rates"])
BENCHMARKS = dg.AssetCheckSpec(
    "completion_rates_against_benchmarks",
    asset=COMPLETION_RATES,
    description="Where each completion rate stands: its interval against the benchmark's band. Never blocks.",
)
RATES = """
    select
        micro_conversion, eligible, benchmark_lower, benchmark_upper, benchmark_ids, status,
        if(benchmark_counts = 'gross', completed_gross, completed) as counted,
    from marts.rpt_completion_rates
    where slice_type = 'overall' and benchmark_lower is not null and rate is not null
    order by micro_conversion
"""
STATUSES = ("below", "within", "above", "insufficient")
BAR_WIDTH = 30


def question_key(question: Question) -> dg.AssetKey:
    return dg.AssetKey(question.asset)


def question_spec(question: Question) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        question.name, asset=question_key(question), description=question.description, blocking=True
    )


def check_specs() -> list[dg.AssetCheckSpec]:
    """The checks of this module; those that compare with the vendor block publishing."""
    return [*(question_spec(question) for question in QUESTIONS), BENCHMARKS]


def judge(question: Question, rows: Sequence[Row]) -> dg.AssetCheckResult:
    """Hold `ours` against `theirs`, subject by subject and in sum."""
    ours, theirs = sum(row[1] for row in rows), sum(row[2] for row in rows)
    beyond = [row for row in rows if _beyond(question, row, question.warn_over)]
    total: Row = ("all", ours, theirs)
    is_error = _beyond(question, total, question.error_over)
    worst = sorted(beyond, key=lambda row: -abs(row[1] - row[2]))[:10]
    return dg.AssetCheckResult(
        check_name=question.name,
        asset_key=question_key(question),
        passed=not beyond and not is_error,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description=f"{len(rows)} compared: {ours:,.0f} here, {theirs:,.0f} there, {len(beyond)} differ.",
        metadata={
            "n": len(rows),
            "ours": float(ours),
            "theirs": float(theirs),
            "tolerance_warning": question.warn_over,
            "tolerance_error": question.error_over,
            "largest_differences": dg.MetadataValue.md(_table(worst)),
        },
    )


def _beyond(question: Question, row: Row, tolerance: float) -> bool:
    difference = abs(row[1] - row[2])
    return difference > question.slack and difference > tolerance * row[2]


def _table(rows: Sequence[Row]) -> str:
    lines = [f"| {subject} | {ours:,.0f} | {theirs:,.0f} |" for subject, ours, theirs in rows]
    return "\n".join(["| | here | there |", "|---|---:|---:|", *lines]) if lines else "none"


def judge_benchmarks(rows: Sequence[dict[str, Any]]) -> dg.AssetCheckResult:
    """Name the rates that lie outside their band; a warning, never an error."""
    outside = [row for row in rows if row["status"] in ("below", "above")]
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    lines = [
        f"| {r['micro_conversion']} | {r['eligible']:,} | {r['rate']:.1%} | `{_bar(r)}` "
        f"| {r['benchmark_lower']:.1%} to {r['benchmark_upper']:.1%} ({r['benchmark_ids']}) | {r['status']} |"
        for r in rows
    ]
    head = ["| | n | rate | interval `=` in band `[ ]` | benchmark | |", "|---|---:|---:|---|---|---|"]
    return dg.AssetCheckResult(
        check_name=BENCHMARKS.name,
        asset_key=COMPLETION_RATES,
        passed=not outside,
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(f"{number} {status}" for status, number in counts.items()) + ".",
        metadata={"n": len(rows), **counts, "rates": dg.MetadataValue.md("\n".join([*head, *lines]))},
    )


def _with_interval(row: dict[str, Any]) -> dict[str, Any]:
    """The rate that the benchmark counts (with machines, where it counts them) and its interval."""
    lower, upper = wilson_interval(row["counted"], row["eligible"])
    return row | {"rate": row["counted"] / row["eligible"], "lower": float(lower), "upper": float(upper)}


def _bar(row: dict[str, Any]) -> str:
    """The interval over the band, on a scale from nothing to a bit over the larger of both."""
    top = max(row["upper"], row["benchmark_upper"]) * 1.1 or 1.0
    at = {
        name: round(row[name] / top * (BAR_WIDTH - 1))
        for name in ("lower", "upper", "rate", "benchmark_lower", "benchmark_upper")
    }
    cells = ["·"] * BAR_WIDTH
    cells[at["lower"] : at["upper"] + 1] = ["="] * (at["upper"] - at["lower"] + 1)
    cells[at["benchmark_lower"]], cells[at["benchmark_upper"]] = "[", "]"
    cells[at["rate"]] = "●"
    return "".join(cells)


@dg.definitions
def validation() -> dg.Definitions:
    @dg.multi_asset_check(specs=check_specs(), pool=WRITER_POOL)
    def morning_questions(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        """Ask everything over one connection, closed before the next step opens the file."""
        with explained(context), opened_warehouse() as connection:
            for question in QUESTIONS:
                rows = connection.execute(question.sql).fetchall()
                yield judge(
                    question, [(str(subject), ours or 0, theirs or 0) for subject, ours, theirs in rows]
                )
            rates = connection.execute(RATES)
            names = [column[0] for column in rates.description]
            yield judge_benchmarks(
                [_with_interval(dict(zip(names, row, strict=True))) for row in rates.fetchall()]
            )

    return dg.Definitions(asset_checks=[morning_questions])
