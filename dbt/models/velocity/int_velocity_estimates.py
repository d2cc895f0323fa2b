"""How likely and how soon one step follows another: the rows of `rpt_velocity` and `rpt_velocity_curves`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics.survival import cumulative_incidence, incidence_curve

DAY = 86_400.0
HORIZON_DAYS = 90
REACHED, LEFT = 1, 2
NUMBERS = (
    "probability",
    "lower",
    "upper",
    "exit_probability",
    "median_seconds",
    "p75_seconds",
    "restricted_mean_seconds",
)
SCHEMA = pyarrow.schema(
    [
        ("micro_conversion", pyarrow.string()),
        ("next_step", pyarrow.string()),
        ("persons", pyarrow.int64()),
        ("reached", pyarrow.int64()),
        ("exited", pyarrow.int64()),
        *((name, pyarrow.float64()) for name in NUMBERS),
        ("longest_follow_up_seconds", pyarrow.float64()),
        ("curve", pyarrow.list_(pyarrow.float64())),
        ("at_risk", pyarrow.list_(pyarrow.int64())),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_velocity_counts")
    key = "micro_conversion, next_step"
    pairs = counts.project(key).distinct().order(key).fetchall()
    return pyarrow.Table.from_pylist(
        [
            {"micro_conversion": step, "next_step": next_step} | _estimate(counts, step, next_step)
            for step, next_step in pairs
        ],
        schema=SCHEMA,
    )


def _estimate(counts: Any, step: str, next_step: str) -> dict[str, Any]:
    found = (
        counts.filter(f"micro_conversion = '{step}' and next_step = '{next_step}'")
        .aggregate(
            f"seconds, case outcome when 'reached' then {REACHED} when 'left' then {LEFT} else 0 end"
            " as cause, sum(persons)::bigint as persons"
        )
        .order("seconds, cause")
        .fetchnumpy()
    )
    seconds, causes, persons = found["seconds"], found["cause"], found["persons"]
    incidences = {each.cause: each for each in cumulative_incidence(seconds, causes, persons)}
    curve = incidence_curve(seconds, causes, persons, DAY * np.arange(1, HORIZON_DAYS + 1))
    row: dict[str, Any] = {
        "persons": int(persons.sum()),
        "reached": int(persons[causes == REACHED].sum()),
        "exited": int(persons[causes == LEFT].sum()),
        "probability": 0.0,
        "exit_probability": incidences[LEFT].probability if LEFT in incidences else 0.0,
        "restricted_mean_seconds": curve.restricted_mean,
        "longest_follow_up_seconds": float(seconds.max()),
        "curve": curve.shares.tolist(),
        "at_risk": curve.at_risk.tolist(),
    }
    if reached := incidences.get(REACHED):
        row |= {
            "probability": reached.probability,
            "lower": reached.lower,
            "upper": reached.upper,
            "median_seconds": reached.median,
            "p75_seconds": reached.p75,
        }
    return row
