"""Wilson interval of the lowest, the unproxied and the highest open rate of every slice."""

from typing import Any

import pyarrow

from dagster_project.statistics.proportions import wilson_interval

RATES = {
    "low": ("humans", "delivered"),
    "unproxied": ("unproxied_humans", "unproxied"),
    "high": ("opened", "delivered"),
}


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_open_rate_counts").order("slice_type, slice_value").df()
    columns = {
        name: pyarrow.array(counts[name], pyarrow.string(), from_pandas=True)
        for name in ("slice_type", "slice_value")
    }
    for rate, (successes, trials) in RATES.items():
        bounds = wilson_interval(counts[successes], counts[trials])
        for end, values in zip(("lower", "upper"), bounds, strict=True):
            columns[f"{rate}_{end}"] = pyarrow.array(values, pyarrow.float64(), from_pandas=True)
    return pyarrow.table(columns)
