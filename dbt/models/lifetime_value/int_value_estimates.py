"""Net revenue per person in fixed horizons, with its interval: the lifetime values of `rpt_step_value`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics.jackknife import means_per_person

KEY = "subject_kind, subject, horizon_days"
SCHEMA = pyarrow.schema(
    [
        ("subject_kind", pyarrow.string()),
        ("subject", pyarrow.string()),
        ("horizon_days", pyarrow.int64()),
        *((name, pyarrow.int64()) for name in ("persons", "mature_persons", "unconverted_orders")),
        *((name, pyarrow.float64()) for name in ("revenue", "mean", "lower", "upper")),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts, buckets = dbt.ref("int_value_counts"), dbt.config.get("jackknife_buckets")
    totals = (
        counts.aggregate(
            f"{KEY}, sum(persons)::bigint as persons, sum(mature_persons)::bigint as mature_persons,"
            " sum(unconverted_orders)::bigint as unconverted_orders,"
            " coalesce(sum(unconverted_orders) > 0 and sum(rated_orders) = 0, false) as has_no_rate"
        )
        .order(KEY)
        .fetchall()
    )
    found = counts.project(
        f"dense_rank() over (order by {KEY}) - 1 as place, bucket, mature_persons, revenue"
    ).fetchnumpy()
    shape = (len(totals), buckets)
    revenue, persons = np.zeros(shape), np.zeros(shape)
    cells = (found["place"], found["bucket"])
    revenue[cells], persons[cells] = found["revenue"], found["mature_persons"]
    means = means_per_person(revenue, persons)
    *columns, has_no_rate = [*zip(*totals, strict=True)] or [()] * 7
    # Nothing would be less than what was ordered.
    numbers = [
        np.where(np.asarray(has_no_rate, dtype=bool), np.nan, part) for part in (revenue.sum(axis=1), *means)
    ]
    arrays = [*columns, *([None if np.isnan(x) else x for x in part.tolist()] for part in numbers)]
    return pyarrow.table(dict(zip(SCHEMA.names, arrays, strict=True)), schema=SCHEMA)
