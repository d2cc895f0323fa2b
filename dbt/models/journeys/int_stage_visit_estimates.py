"""How likely and how soon a stage is left for each other one, or for good: Aalen-Johansen over all spans."""

from itertools import groupby
from typing import Any

import numpy as np
import pyarrow
from duckdb import ColumnExpression, ConstantExpression

from dagster_project.statistics.survival import cumulative_incidence

SCHEMA = pyarrow.schema(
    [
        ("from_stage", pyarrow.string()),
        ("to_stage", pyarrow.string()),
        ("person_population", pyarrow.string()),
        ("spans", pyarrow.int64()),
        ("transitions", pyarrow.int64()),
        ("probability", pyarrow.float64()),
        ("lower", pyarrow.float64()),
        ("upper", pyarrow.float64()),
        ("median_seconds", pyarrow.float64()),
        ("p75_seconds", pyarrow.float64()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    outcomes = dbt.ref("int_stage_visit_follow_up")
    rows = []
    for (population, from_stage), destinations in _destinations(outcomes):
        spans = outcomes.filter(
            (ColumnExpression("from_stage") == ConstantExpression(from_stage))
            & (ColumnExpression("person_population") == ConstantExpression(population))
        )
        seconds, causes, counts = _leaving(spans, destinations)
        rows += [
            {
                "from_stage": from_stage,
                "to_stage": destinations[estimate.cause - 1],
                "person_population": population,
                "spans": int(counts.sum()),
                "transitions": estimate.events,
                "probability": estimate.probability,
                "lower": estimate.lower,
                "upper": estimate.upper,
                "median_seconds": estimate.median,
                "p75_seconds": estimate.p75,
            }
            for estimate in cumulative_incidence(seconds, causes, counts)
        ]
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _destinations(outcomes: Any) -> list[tuple[tuple[str, str], list[str]]]:
    """Of each population and stage where its spans have led, by name; from one reading of all spans."""
    key = "person_population, from_stage, to_stage"
    found = outcomes.project(key).distinct().order(key).fetchall()
    return [
        (stage, [to_stage for *_, to_stage in rows if to_stage is not None])
        for stage, rows in groupby(found, lambda row: row[:2])
    ]


def _leaving(spans: Any, destinations: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, the number of the destination from 1 (0 for none yet), and how many spans ended so.

    All are numbers: the names of millions of spans would be as many texts in memory.
    """
    cause = f"coalesce(list_position({destinations!r}::varchar[], to_stage), 0)"
    counts = spans.aggregate(f"seconds, {cause} as cause, count(*) as spans").fetchnumpy()
    return counts["seconds"], counts["cause"], counts["spans"]
