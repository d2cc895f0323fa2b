"""Where each rate stands: its interval against a band, on five bases; a warning at most."""

from collections.abc import Sequence
from dataclasses import dataclass

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status

STATUSES = ("below", "above", "within", "insufficient")
OFF = ("below", "above")
NAMED = 3  # in one sentence; the chart has all


@dataclass(frozen=True)
class Basis:
    """`evaluated` selects the rows of the mart that the check is about."""

    name: str
    check_name: str
    meaning: str
    evaluated: str


BASES = (
    Basis(
        "industry",
        "rates_against_industry",
        "the published figures of the chosen industries (variables benchmark_*)",
        "slice_type in ('overall', 'campaign_kind')",
    ),
    Basis(
        "commitment_level",
        "rates_against_commitment_level",
        "what is published for the same commitment level, or reached by other micro-conversions at it",
        "slice_type = 'overall'",
    ),
    Basis(
        "journey_placement",
        "rates_against_journey_placement",
        "what is published for the same journey stage, or reached by other micro-conversions in it",
        "slice_type = 'overall'",
    ),
    Basis(
        "own_history",
        "rates_against_own_history",
        "the earlier campaigns and cohorts of this installation, to which the latest is compared",
        "latest = 1",
    ),
    Basis(
        "predecessor",
        "rates_against_predecessor",
        "the share that goes on from the step before, as published or after other steps",
        "slice_type = 'overall' or (slice_type = 'previous_micro_conversion' and commonest = 1)",
    ),
)


@dataclass(frozen=True)
class Position:
    """A row of the mart."""

    micro_conversion: str
    slice_value: str
    n: int
    rate: float
    lower: float
    upper: float
    band_lower: float | None
    band_upper: float | None
    source: str
    status: str


def evaluate_positions(rows: Sequence[Position], meaning: str) -> CheckOutcome:
    """WARN when the whole interval of any rate lies outside its band; too small a sample never warns."""
    worst = sorted(rows, key=lambda row: (STATUSES.index(row.status), -row.n))
    by_status = {status: [row for row in worst if row.status == status] for status in STATUSES}
    first = worst[0] if worst else None
    return CheckOutcome(
        status=Status.WARN if any(by_status[status] for status in OFF) else Status.PASSED,
        summary=", ".join(_counted(status, of_status) for status, of_status in by_status.items()) + ".",
        subject=_subject(first) if first else "none",
        n=first.n if first else 0,
        figure=first.rate if first else None,
        interval=(first.lower, first.upper) if first else None,
        band=_band(first) if first else None,
        band_source=meaning,
        chart=charts.table(
            ["", "of", "n", "rate", "interval `=` in band `[ ]`", "band", ""],
            [_line(row) for row in worst],
        ),
    )


def _counted(status: str, rows: Sequence[Position]) -> str:
    """How many, and which of those that are off."""
    named = [_subject(row) for row in rows[:NAMED]] if status in OFF else []
    more = [f"{len(rows) - NAMED} more"] if named and len(rows) > NAMED else []
    return f"{len(rows)} {status}" + (f" ({', '.join([*named, *more])})" if named else "")


def _subject(row: Position) -> str:
    return (
        row.micro_conversion if row.slice_value == "all" else f"{row.micro_conversion} of {row.slice_value}"
    )


def _band(row: Position) -> tuple[float, float] | None:
    return None if row.band_lower is None or row.band_upper is None else (row.band_lower, row.band_upper)


def _line(row: Position) -> tuple[str, ...]:
    band = _band(row)
    drawn = charts.interval(row.rate, (row.lower, row.upper), band) if band else "no band"
    described = f"{band[0]:.1%} to {band[1]:.1%} ({row.source})" if band else row.source
    return (
        row.micro_conversion,
        row.slice_value,
        f"{row.n:,}",
        f"{row.rate:.1%}",
        drawn,
        described,
        row.status,
    )


def _check(basis: Basis) -> Check:
    sql = f"""
        with ranked as (
            select
                *,
                rank() over (partition by micro_conversion, slice_type order by period desc) as latest,
                rank() over (partition by slice_type, slice_value order by completed desc) as commonest,
            from marts.rpt_benchmark_positions where basis = '{basis.name}'
        )
        select
            micro_conversion, slice_value, n, rate, lower, upper, band_lower, band_upper,
            concat_ws(', ', band_source, benchmark_ids, benchmark_year, denominator) as source,
            status,
        from ranked where {basis.evaluated}
        order by micro_conversion, slice_value
    """

    def evaluate(context: CheckContext) -> CheckOutcome:
        return evaluate_positions([Position(*row) for row in context.rows(sql)], basis.meaning)

    return Check(
        name=basis.check_name,
        asset=("marts", "rpt_benchmark_positions"),
        severity=Status.WARN,
        description=f"Where each rate stands, its Wilson interval against a band. The band: {basis.meaning}.",
        tolerance=("The band; a rate is off only when its whole interval is. It never blocks."),
        evaluate=evaluate,
    )


CHECKS = tuple(_check(basis) for basis in BASES)
