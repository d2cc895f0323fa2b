"""Interval, band and status of every rate that is compared with a band."""

from typing import Any

import pyarrow

from dagster_project.statistics.positions import Comparison, positions

SCHEMA = pyarrow.schema(
    [
        ("micro_conversion", pyarrow.string()),
        ("slice_type", pyarrow.string()),
        ("slice_value", pyarrow.string()),
        ("basis", pyarrow.string()),
        ("lower", pyarrow.float64()),
        ("upper", pyarrow.float64()),
        ("band_lower", pyarrow.float64()),
        ("band_upper", pyarrow.float64()),
        ("band_source", pyarrow.string()),
        ("figures", pyarrow.int64()),
        ("status", pyarrow.string()),
    ]
)
KEY = ("micro_conversion", "slice_type", "slice_value", "basis")


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    rates = dbt.ref("int_benchmark_rates").order(", ".join(KEY))
    names = [*KEY, "n", "completed", "band_lower", "band_upper", "band_source", "peer_group", "period"]
    rows = [dict(zip(names, row, strict=True)) for row in rates.project(", ".join(names)).fetchall()]
    found = positions(
        [Comparison(**{name: value for name, value in row.items() if name not in KEY}) for row in rows],
        minimum_trials=int(dbt.config.get("benchmark_minimum_n")),
        periods=int(dbt.config.get("benchmark_history_periods")),
    )
    return pyarrow.Table.from_pylist(
        [
            {name: row[name] for name in KEY} | vars(position)
            for row, position in zip(rows, found, strict=True)
        ],
        schema=SCHEMA,
    )
