"""Where every completion rate with a published band stands against it."""

from typing import Any

import pyarrow

from dagster_project.statistics.benchmarks import benchmark_status

SCHEMA = pyarrow.schema(
    [
        ("micro_conversion", pyarrow.string()),
        ("slice_type", pyarrow.string()),
        ("slice_value", pyarrow.string()),
        ("status", pyarrow.string()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    minimum = int(dbt.config.get("benchmark_minimum_n"))
    compared = dbt.ref("int_completion_bands").df()
    rows = [
        {
            "micro_conversion": row.micro_conversion,
            "slice_type": row.slice_type,
            "slice_value": row.slice_value,
            "status": benchmark_status(
                row.eligible, row.lower, row.upper, row.band_lower, row.band_upper, minimum
            ),
        }
        for row in compared.itertuples()
    ]
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)
