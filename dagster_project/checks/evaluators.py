"""How rows become an outcome: figures that must agree, violations that must not be, shares in a band."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.runtime.worker import worker

# Sums of a million doubles differ in the tenth digit by the order in which they are added.
ROUNDING = 1e-6
# By name: importing statsmodels takes two seconds, and the worker process has imported it already.
WILSON_INTERVAL = "dagster_project.statistics.proportions:wilson_interval"
Row = tuple[str, float, float]
Counts = tuple[str, int, int]
Evaluate = Callable[[CheckContext], CheckOutcome]


def expect_equality(sql: str, source: str) -> Evaluate:
    """Rows of (subject, ours, theirs) are equal except for the rounding of a sum; ERROR if one is not."""

    def evaluate(context: CheckContext) -> CheckOutcome:
        rows = [
            (str(subject), float(ours or 0), float(theirs or 0))
            for subject, ours, theirs in context.rows(sql)
        ]
        outcome = evaluate_agreement(rows, source, ROUNDING, ROUNDING, 0)
        return replace(outcome, status=Status.ERROR) if outcome.status is Status.WARN else outcome

    return evaluate


def expect_agreement(
    sql: str, source: str, warn_over: float, error_over: float, slack: float = 0
) -> Evaluate:
    """Rows of (subject, ours, theirs); see `evaluate_agreement`."""

    def evaluate(context: CheckContext) -> CheckOutcome:
        rows = [(str(subject), ours or 0, theirs or 0) for subject, ours, theirs in context.rows(sql)]
        return evaluate_agreement(rows, source, warn_over, error_over, slack)

    return evaluate


def evaluate_agreement(
    rows: Sequence[Row], source: str, warn_over: float, error_over: float, slack: float
) -> CheckOutcome:
    """Ours and theirs agree within shares of theirs: per subject, else WARN; in total, else ERROR.

    `slack` is a difference in units that is tolerated of any subject: small numbers round badly.
    """
    ours, theirs = sum(row[1] for row in rows), sum(row[2] for row in rows)

    def beyond(row: Row, tolerance: float) -> bool:
        difference = abs(row[1] - row[2])
        return difference > slack and difference > tolerance * abs(row[2])

    off = sorted((row for row in rows if beyond(row, warn_over)), key=lambda row: -abs(row[1] - row[2]))
    status = Status.WARN if off else Status.PASSED
    if beyond(("all", ours, theirs), error_over):
        status = Status.ERROR
    shares = [_share(row) for row in rows] or [0.0]
    shown = [("all", ours, theirs), *off]
    return CheckOutcome(
        status=status,
        summary=f"{len(rows)} compared: {ours:,.0f} here, {theirs:,.0f} there, {len(off)} differ.",
        n=len(rows),
        figure=_share(("all", ours, theirs)),
        interval=(min(shares), max(shares)),
        band=(-error_over, error_over),
        band_source=source,
        chart=charts.table(
            ["", "here", "there", f"difference, 3 × {error_over:.1%} to either side"],
            [
                (
                    name,
                    f"{here:,.10g}",
                    f"{there:,.10g}",
                    charts.deviation(_share((name, here, there)), error_over),
                )
                for name, here, there in shown
            ],
        ),
    )


def _share(row: Row) -> float:
    return (row[1] - row[2]) / abs(row[2]) if row[2] else float(row[1] != 0)


def expect_none(sql: str, why: str, status: Status = Status.ERROR) -> Evaluate:
    """Rows of (subject, examined, violations): not one violation is tolerated."""

    def evaluate(context: CheckContext) -> CheckOutcome:
        rows = [(str(row[0]), int(row[1] or 0), int(row[2] or 0)) for row in context.rows(sql)]
        return evaluate_violations(rows, why, status)

    return evaluate


def evaluate_violations(rows: Sequence[Counts], why: str, status: Status = Status.ERROR) -> CheckOutcome:
    """A single violation fails the check, whatever the share."""
    examined, violations = sum(row[1] for row in rows), sum(row[2] for row in rows)
    found = sorted((row for row in rows if row[2]), key=lambda row: -row[2])
    shown = found or [("all", examined, 0)] if examined else []
    return CheckOutcome(
        status=status if violations else Status.PASSED,
        summary=f"{violations:,} violations in {examined:,} examined.",
        n=examined,
        figure=violations / examined if examined else 0.0,
        interval=wilson(violations, examined),
        band=(0.0, 0.0),
        band_source=why,
        chart=charts.table(
            ["", "examined", "violations", "share"],
            [(name, f"{n:,}", f"{bad:,}", charts.share(bad / max(n, bad))) for name, n, bad in shown],
        ),
    )


def evaluate_share(rows: Sequence[Counts], highest: float, source: str) -> CheckOutcome:
    """Rows of (subject, n, hits): WARN for a subject whose whole interval lies over the highest share."""
    bounds = [wilson(hits, n) for _, n, hits in rows]
    over = [(lower, row) for row, (lower, _) in zip(rows, bounds, strict=True) if lower > highest]
    n, hits = sum(row[1] for row in rows), sum(row[2] for row in rows)
    _, (subject, of, hit) = max(over, default=(0.0, ("all", n, hits)))
    return CheckOutcome(
        status=Status.WARN if over else Status.PASSED,
        summary=f"{hits:,} of {n:,}; {len(over)} of {len(rows)} over {highest:.1%}.",
        subject=subject,
        n=of,
        figure=hit / of if of else 0.0,
        interval=wilson(hit, of),
        band=(0.0, highest),
        band_source=source,
        chart=charts.table(
            ["", "n", "share", "interval `=` in band `[ ]`"],
            [
                (name, f"{n:,}", f"{hits / n:.2%}", charts.interval(hits / n, bound, (0.0, highest)))
                for (name, n, hits), bound in zip(rows, bounds, strict=True)
                if n
            ],
        ),
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval; the whole range from 0 to 1 when nothing was examined."""
    if n <= 0:
        return 0.0, 1.0
    lower, upper = worker.call(WILSON_INTERVAL, min(hits, n), n)
    return float(lower), float(upper)


def plausibility_check(name: str, mart: str, description: str, sql: str, why: str) -> Check:
    """A check over rows of (subject, examined, violations), in which any violation is an ERROR."""
    return Check(
        name=name,
        asset=("marts", mart),
        severity=Status.ERROR,
        description=description,
        tolerance="None: it cannot be, whatever people did.",
        evaluate=expect_none(sql, why),
    )
