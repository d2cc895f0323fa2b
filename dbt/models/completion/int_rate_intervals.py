"""Wilson interval of every rate the reports show, one row per distinct pair of counts."""

from typing import Any

import pyarrow

from dagster_project.statistics.proportions import wilson_interval


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_rate_counts").project("successes, trials").order("trials, successes").fetchnumpy()
    lower, upper = wilson_interval(counts["successes"], counts["trials"])
    return pyarrow.table(
        {
            "successes": pyarrow.array(counts["successes"], pyarrow.int64()),
            "trials": pyarrow.array(counts["trials"], pyarrow.int64()),
            "lower": pyarrow.array(lower, pyarrow.float64()),
            "upper": pyarrow.array(upper, pyarrow.float64()),
        }
    )
