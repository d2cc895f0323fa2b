"""Whether completing a sequence multiplies conversion: the rows of `rpt_sequences`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics import step_comparisons as compared
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.rate_ratios import Estimate

STRATA = ["visits", "engagement", "had_converted", "cohort_month", "entry_source", "is_left_truncated"]
SUMS = ["persons", "converted", "revenue", "completers", "completers_converted", "completers_revenue"]
ESTIMATES = ("multiplier", "naive_multiplier", "revenue_difference")
SCHEMA = pyarrow.schema(
    [
        ("sequence_id", pyarrow.string()),
        ("landmark_days", pyarrow.int64()),
        ("is_primary", pyarrow.bool_()),
        *(
            (name, pyarrow.int64())
            for name in ("completers", "others", "completers_converted", "others_converted")
        ),
        *((name, pyarrow.float64()) for name in ("completers_revenue", "others_revenue")),
        *((f"{name}{part}", pyarrow.float64()) for name in ESTIMATES for part in ("", "_lower", "_upper")),
        ("p_value", pyarrow.float64()),
        ("q_value", pyarrow.float64()),
        ("immature_persons", pyarrow.int64()),
        ("unconverted_orders", pyarrow.int64()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    naive = {sequence: compared.naive(*found) for sequence, *found in _whole_counts(dbt)}
    buckets = dbt.config.get("jackknife_buckets")
    counts = _by_sequence_and_landmark(dbt.ref("int_sequence_landmark_counts"))
    last = dict(counts.keys())
    rows = []
    for (sequence, days), at in counts.items():
        row = {"sequence_id": sequence, "landmark_days": days, "is_primary": days == last[sequence]}
        row |= _estimate(at, days, buckets)
        row |= _bounds("naive_multiplier", naive[sequence].ratio)
        rows.append(row)
    for row, q_value in zip(rows, q_values([row["p_value"] for row in rows]), strict=True):
        row["q_value"] = q_value
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _by_sequence_and_landmark(relation: Any) -> dict[tuple[str, int], dict[str, Any]]:
    key = ("sequence_id", "landmark_days")
    found = relation.order(", ".join([*key, *STRATA, "bucket"])).fetchnumpy()
    places: dict[tuple[str, int], list[int]] = {}
    for place, pair in enumerate(zip(*(found[name].tolist() for name in key), strict=True)):
        places.setdefault(pair, []).append(place)
    return {
        pair: {name: column[at[0] : at[-1] + 1] for name, column in found.items()}
        for pair, at in places.items()
    }


def _whole_counts(dbt: Any) -> list[tuple[Any, ...]]:
    """Who ever completes a sequence, before the next conversion, and who ever converts: no horizon."""
    completed = "completed_at is not null and (converted_at is null or completed_at < converted_at)"
    found: list[tuple[Any, ...]] = (
        dbt.ref("int_sequence_entrants")
        .aggregate(
            f"sequence_id, count(*) filter ({completed}), count(converted_at) filter ({completed}),"
            " count(*), count(converted_at)"
        )
        .fetchall()
    )
    return found


def _estimate(found: dict[str, Any], days: int, buckets: int) -> dict[str, Any]:
    names = np.array(
        [" ".join(map(str, stratum)) for stratum in zip(*(found[s] for s in STRATA), strict=True)]
    )
    _, strata = np.unique(names, return_inverse=True)
    by_stratum = {name: np.bincount(strata, weights=found[name].astype(np.float64)) for name in SUMS}
    persons = compared.at_landmark(by_stratum, days)
    revenue = compared.revenue_at_landmark(found, strata, buckets, days)
    row: dict[str, Any] = {
        "completers": persons.completers,
        "others": persons.others,
        "completers_converted": int(by_stratum["completers_converted"].sum()),
        "others_converted": int((by_stratum["converted"] - by_stratum["completers_converted"]).sum()),
        "completers_revenue": revenue.completers_outcome,
        "others_revenue": revenue.others_outcome,
        "p_value": persons.p_value,
        "immature_persons": int(found["immature_persons"].sum()),
        "unconverted_orders": int(found["unconverted_orders"].sum()),
    }
    return row | _bounds("multiplier", persons.ratio) | _bounds("revenue_difference", revenue.difference)


def _bounds(name: str, found: Estimate | None) -> dict[str, float]:
    if not found:
        return {}
    return {name: found.estimate, f"{name}_lower": found.lower, f"{name}_upper": found.upper}
