"""How likely and how soon persons reach the next stage before they leave: Aalen-Johansen over persons."""

from typing import Any

import pyarrow
from duckdb import ColumnExpression, ConstantExpression

from dagster_project.statistics.survival import cumulative_incidence

SCHEMA = pyarrow.schema(
    [
        ("from_stage", pyarrow.string()),
        ("person_population", pyarrow.string()),
        ("probability", pyarrow.float64()),
        ("lower", pyarrow.float64()),
        ("upper", pyarrow.float64()),
        ("exit_probability", pyarrow.float64()),
        ("median_seconds", pyarrow.float64()),
        ("p75_seconds", pyarrow.float64()),
        ("longest_follow_up_seconds", pyarrow.float64()),
    ]
)
REACHED, LEFT = 1, 2


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    outcomes = dbt.ref("int_stage_transition_follow_up").filter(
        "not is_left_truncated and outcome is distinct from 'was_beyond'"
    )
    key = "from_stage, person_population"
    return pyarrow.Table.from_pylist(
        [
            _estimate(outcomes, stage, population)
            for stage, population in outcomes.project(key).distinct().order(key).fetchall()
        ],
        schema=SCHEMA,
    )


def _estimate(outcomes: Any, stage: str, population: str) -> dict[str, Any]:
    # Counted here: persons are many.
    counts = (
        outcomes.filter(
            (ColumnExpression("from_stage") == ConstantExpression(stage))
            & (ColumnExpression("person_population") == ConstantExpression(population))
        )
        .aggregate(
            f"seconds, case outcome when 'reached' then {REACHED} when 'left' then {LEFT} else 0 end"
            " as cause, count(*) as persons"
        )
        .order("seconds, cause")
        .fetchnumpy()
    )
    found = {
        estimate.cause: estimate
        for estimate in cumulative_incidence(counts["seconds"], counts["cause"], counts["persons"])
    }
    row: dict[str, Any] = {
        "from_stage": stage,
        "person_population": population,
        "probability": 0.0,
        "exit_probability": found[LEFT].probability if LEFT in found else 0.0,
        "longest_follow_up_seconds": float(counts["seconds"].max()),
    }
    if reached := found.get(REACHED):
        row |= {
            "probability": reached.probability,
            "lower": reached.lower,
            "upper": reached.upper,
            "median_seconds": reached.median,
            "p75_seconds": reached.p75,
        }
    return row
