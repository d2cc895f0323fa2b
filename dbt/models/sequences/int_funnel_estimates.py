"""Rates of sequences without a window: Kaplan-Meier, as no person's window is ever over."""

from typing import Any

import pyarrow

from dagster_project.statistics.survival import cumulative_incidence

RATES = ("reached", "step")
SCHEMA = pyarrow.schema(
    [
        ("sequence_id", pyarrow.string()),
        ("person_population", pyarrow.string()),
        ("step_number", pyarrow.int64()),
    ]
    + [(f"{rate}_{figure}", pyarrow.float64()) for rate in RATES for figure in ("rate", "lower", "upper")]
)
SECONDS = {"reached": "seconds_from_entry", "step": "seconds_from_previous"}


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    durations = dbt.ref("int_funnel_durations")
    key = "sequence_id, person_population, step_number"
    rows = []
    for sequence_id, population, step_number in durations.project(key).distinct().order(key).fetchall():
        quoted = sequence_id.replace("'", "''")
        of_step = durations.filter(
            f"sequence_id = '{quoted}' and person_population = '{population}' and step_number = {step_number}"
        )
        row: dict[str, Any] = {
            "sequence_id": sequence_id,
            "person_population": population,
            "step_number": step_number,
        }
        for rate in RATES:
            row |= _estimate(of_step, rate)
        rows.append(row)
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _estimate(durations: Any, rate: str) -> dict[str, float | None]:
    counts = (
        durations.filter(f"{SECONDS[rate]} is not null")
        .aggregate(f"{SECONDS[rate]} as seconds, is_reached, count(*) as persons")
        .order("seconds, is_reached")
        .fetchnumpy()
    )
    if not len(counts["seconds"]):
        return {}
    found = cumulative_incidence(counts["seconds"], counts["is_reached"].astype(int), counts["persons"])
    if not found:
        return {f"{rate}_rate": 0.0}
    [reached] = found
    return {
        f"{rate}_rate": reached.probability,
        f"{rate}_lower": reached.lower,
        f"{rate}_upper": reached.upper,
    }
