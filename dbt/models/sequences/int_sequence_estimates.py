"""Whether completing a sequence multiplies conversion: the rows of `rpt_sequences`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics import step_comparisons as compared
from dagster_project.statistics.claims import verdict_on_multiplier
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.rate_ratios import Estimate

CLAIM = "sequence_multiplier_2_3"
STRATA = ["visits", "engagement", "had_converted", "cohort_month", "entry_source"]
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
        ("claim_verdict", pyarrow.string()),
        ("immature_persons", pyarrow.int64()),
        ("unconverted_orders", pyarrow.int64()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_sequence_landmark_counts")
    naive = {sequence: compared.naive(*found) for sequence, *found in _whole_counts(dbt)}
    claims = (
        dbt.ref("claims").filter(f"claim_id = '{CLAIM}'").project("expected_low, expected_high").fetchall()
    )
    buckets = dbt.config.get("jackknife_buckets")
    key = "sequence_id, landmark_days"
    pairs = counts.project(key).distinct().order(key).fetchall()
    last = dict(pairs)
    rows = []
    for sequence, days in pairs:
        at = counts.filter(f"sequence_id = '{sequence}' and landmark_days = {days}")
        row = {"sequence_id": sequence, "landmark_days": days, "is_primary": days == last[sequence]}
        row |= _estimate(dict(at.order(", ".join([*STRATA, "bucket"])).fetchnumpy()), days, buckets)
        ratio = row.pop("ratio")
        row["claim_verdict"] = verdict_on_multiplier(ratio, *claims[0]) if claims else None
        row |= _bounds("naive_multiplier", naive[sequence].ratio)
        rows.append(row)
    for row, q_value in zip(rows, q_values([row["p_value"] for row in rows]), strict=True):
        row["q_value"] = q_value
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


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
        "ratio": persons.ratio,
        "completers": persons.completers,
        "others": persons.others,
        "completers_converted": int(persons.completers_outcome),
        "others_converted": int(persons.others_outcome),
        "completers_revenue": revenue.completers_outcome,
        "others_revenue": revenue.others_outcome,
        "p_value": persons.ratio.p_value if persons.ratio else None,
        "immature_persons": int(found["immature_persons"].sum()),
        "unconverted_orders": int(found["unconverted_orders"].sum()),
    }
    return row | _bounds("multiplier", persons.ratio) | _bounds("revenue_difference", revenue.difference)


def _bounds(name: str, found: Estimate | None) -> dict[str, float]:
    if not found:
        return {}
    return {name: found.estimate, f"{name}_lower": found.lower, f"{name}_upper": found.upper}
