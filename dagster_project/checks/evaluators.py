"""How rows become an answer: figures that must agree, things that must never be, shares within a band."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dagster_project.checks import charts
from dagster_project.checks.check import Answer, Kind, Morning, Question, Status
from dagster_project.runtime.worker import beside

# Sums of a million doubles differ in the tenth digit by the order in which they are added.
ROUNDING = 1e-6
# By name: importing statsmodels takes two seconds, and the process that has dbt has it already.
WILSON_INTERVAL = "dagster_project.statistics.proportions:wilson_interval"
Row = tuple[str, float, float]
Ask = Callable[[Morning], Answer]


def equality(sql: str, source: str) -> Ask:
    """Rows of (subject, ours, theirs) that are the same but for the rounding of a sum; ERROR "
    "if one is not."""

    def ask(morning: Morning) -> Answer:
        rows = [
            (str(subject), float(ours or 0), float(theirs or 0))
            for subject, ours, theirs in morning.rows(sql)
        ]
        answer = judge_agreement(rows, source, ROUNDING, ROUNDING, 0)
        return answer if answer.status is Status.PASSED else replace(answer, status=Status.ERROR)

    return ask


def agreement(sql: str, source: str, warn_over: float, error_over: float, slack: float = 0) -> Ask:
    """Rows of (subject, ours, theirs); see `judge_agreement`."""

    def ask(morning: Morning) -> Answer:
        rows = [(str(subject), ours or 0, theirs or 0) for subject, ours, theirs in morning.rows(sql)]
        return judge_agreement(rows, source, warn_over, error_over, slack)

    return ask


def judge_agreement(
    rows: Sequence[Row], source: str, warn_over: float, error_over: float, slack: float
) -> Answer:
    """Ours and theirs agree within shares of theirs: subject by subject or WARN, in sum or ERROR.

    `slack` is a difference in units that is never held against a subject: small numbers round badly.
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
    return Answer(
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


def never(sql: str, why: str, status: Status = Status.ERROR) -> Ask:
    """Rows of (subject, examined, violations): not one violation is borne."""

    def ask(morning: Morning) -> Answer:
        return judge_never(
            [(str(row[0]), int(row[1] or 0), int(row[2] or 0)) for row in morning.rows(sql)], why, status
        )

    return ask


def judge_never(rows: Sequence[tuple[str, int, int]], why: str, status: Status = Status.ERROR) -> Answer:
    """A single violation turns the check red: it is no matter of degree."""
    examined, violations = sum(row[1] for row in rows), sum(row[2] for row in rows)
    found = sorted((row for row in rows if row[2]), key=lambda row: -row[2])
    shown = found or [("all", examined, 0)] if examined else []
    return Answer(
        status=status if violations else Status.PASSED,
        summary=f"{violations:,} of {examined:,} examined violate it.",
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


def judge_share(rows: Sequence[tuple[str, int, int]], highest: float, source: str) -> Answer:
    """Rows of (subject, n, hits): WARN for a subject whose whole interval lies over the highest share."""
    bounds = [wilson(hits, n) for _, n, hits in rows]
    over = [(lower, row) for row, (lower, _) in zip(rows, bounds, strict=True) if lower > highest]
    n, hits = sum(row[1] for row in rows), sum(row[2] for row in rows)
    _, (subject, of, hit) = max(over, default=(0.0, ("all", n, hits)))
    return Answer(
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
    """Wilson's interval; from 0 to 1, which is to say nothing known, without anything examined."""
    if n <= 0:
        return 0.0, 1.0
    lower, upper = beside.call(WILSON_INTERVAL, min(hits, n), n)
    return float(lower), float(upper)


def impossible(name: str, mart: str, description: str, sql: str, why: str) -> Question:
    """A question of plausibility over rows of (subject, examined, violations); see `judge_never`."""
    return Question(
        name=name,
        asset=("marts", mart),
        kind=Kind.PLAUSIBILITY,
        severity=Status.ERROR,
        description=description,
        tolerance="None: it cannot be, whatever people did.",
        ask=never(sql, why),
    )
