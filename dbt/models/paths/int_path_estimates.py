"""How each path's rate compares with all others of as many steps: shrunken rate, p-value, q-value."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow

from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.proportions import compare_rates
from dagster_project.statistics.shrinkage import shrunken_rates

SCHEMA = pyarrow.schema(
    [
        ("person_population", pyarrow.string()),
        ("path_length", pyarrow.int64()),
        ("path", pyarrow.string()),
        ("shrunken_rate", pyarrow.float64()),
        ("p_value", pyarrow.float64()),
        ("q_value", pyarrow.float64()),
    ]
)
KEY = ("person_population", "path_length", "path")
COLUMNS = (*KEY, "is_remainder", "mature_persons", "converted")


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_path_counts").project(", ".join(COLUMNS)).order(", ".join(KEY)).fetchall()
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in counts]
    for _, group in groupby(rows, key=itemgetter("person_population", "path_length")):
        _compare(list(group))
    # One family a population: a reader looks for the best path over all its rows, of any length.
    for _, group in groupby(rows, key=itemgetter("person_population")):
        family = list(group)
        for row, q_value in zip(family, q_values([row["p_value"] for row in family]), strict=True):
            row["q_value"] = q_value
    return pyarrow.Table.from_pylist(
        [{name: row[name] for name in SCHEMA.names} for row in rows], schema=SCHEMA
    )


def _compare(rows: list[dict[str, Any]]) -> None:
    """Each path against the persons of the same number of steps who took another one."""
    trials, successes = (sum(row[name] for row in rows) for name in ("mature_persons", "converted"))
    rates = shrunken_rates([row["converted"] for row in rows], [row["mature_persons"] for row in rows])
    for row, rate in zip(rows, rates, strict=True):
        row["shrunken_rate"], row["p_value"] = rate, None
        others = trials - row["mature_persons"]
        if not row["is_remainder"] and row["mature_persons"] and others:
            row["p_value"] = compare_rates(
                row["converted"], row["mature_persons"], successes - row["converted"], others
            ).p_value
