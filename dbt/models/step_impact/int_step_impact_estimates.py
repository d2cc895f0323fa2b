"""How completers of a step compare with others who were offered it: the rows of `rpt_step_impact`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics import step_comparisons as compared
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.rate_ratios import e_value, e_value_of_interval
from dagster_project.statistics.step_verdicts import is_rising, persons_needed, verdict

STRATA = ["visits", "engagement", "cohort_month", "entry_source", "is_left_truncated"]
TIMES = ["days", "conversions", "days_after", "conversions_after"]
COUNTS = ["persons", "converted", "completers", "completers_converted"]
SCHEMA = pyarrow.schema(
    [
        ("micro_conversion", pyarrow.string()),
        ("outcome", pyarrow.string()),
        ("method", pyarrow.string()),
        ("is_primary", pyarrow.bool_()),
        ("completers", pyarrow.int64()),
        ("others", pyarrow.int64()),
        ("completers_outcome", pyarrow.float64()),
        ("others_outcome", pyarrow.float64()),
        ("unconverted_orders", pyarrow.int64()),
        ("completers_days", pyarrow.float64()),
        ("others_days", pyarrow.float64()),
        ("converting_visit_share", pyarrow.float64()),
        ("identifying_share", pyarrow.float64()),
        ("ratio", pyarrow.float64()),
        ("ratio_lower", pyarrow.float64()),
        ("ratio_upper", pyarrow.float64()),
        ("difference", pyarrow.float64()),
        ("difference_lower", pyarrow.float64()),
        ("difference_upper", pyarrow.float64()),
        ("p_value", pyarrow.float64()),
        ("q_value", pyarrow.float64()),
        ("e_value", pyarrow.float64()),
        ("e_value_of_interval", pyarrow.float64()),
        ("verdict", pyarrow.string()),
        ("persons_needed", pyarrow.int64()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    buckets = dbt.config.get("jackknife_buckets")
    revenue_landmark = dbt.config.get("revenue_landmark_days")
    totals = dbt.ref("int_step_totals").order("micro_conversion").fetchall()
    # Each table is fetched once: a query for each of the steps took most of the time at the demo's size.
    times = _by_key(dbt.ref("int_step_time_counts"), ["micro_conversion"], ["week", *STRATA])
    landmarks = _by_key(
        dbt.ref("int_step_landmark_counts"), ["micro_conversion", "landmark_days"], [*STRATA, "bucket"]
    )
    rows: list[dict[str, Any]] = []
    rising: set[str] = set()
    for step, *counts in totals:
        time = times.get((step,), {name: np.zeros(0) for name in TIMES})
        at = {days: found for (of, days), found in landmarks.items() if of == step}
        rows += [
            _row(step, outcome, found)
            for outcome, found in _comparisons(counts, time, at, buckets, revenue_landmark)
        ]
        if revenue_landmark in at and _is_rising(at[revenue_landmark]):
            rising.add(step)
    _add_verdicts(rows, rising)
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _by_key(relation: Any, keys: list[str], order: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Columns as arrays for each value of the keys; `month` and `stratum` number months and strata."""
    strata = ", ".join(STRATA)
    found = (
        relation.project(
            f"* exclude ({strata}), dense_rank() over (order by {strata}) as stratum,"
            f" dense_rank() over (order by cohort_month) as month, {strata}"
        )
        .order(", ".join([*keys, *order]))
        .project(f"* exclude ({strata})")
        .fetchnumpy()
    )
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, key in enumerate(zip(*(found[name].tolist() for name in keys), strict=True)):
        places.setdefault(key, []).append(place)
    return {
        key: {name: column[at[0] : at[-1] + 1] for name, column in found.items()}
        for key, at in places.items()
    }


def _comparisons(
    counts: list[int],
    time: dict[str, Any],
    landmarks: dict[int, dict[str, Any]],
    buckets: int,
    revenue_landmark: int,
) -> Any:
    eligible, converted, completers, completers_converted, converted_in_visit, identified = counts
    shares = compared.Shares(
        converted_in_visit / converted if converted else 0.0, identified / completers if completers else 0.0
    )
    yield "conversion", compared.by_person_time(time, completers, eligible, shares)
    yield "conversion", compared.naive(completers, completers_converted, eligible, converted)
    for days, found in sorted(landmarks.items()):
        strata = np.unique(found["stratum"], return_inverse=True)[1]
        # Buckets are for the jackknife of amounts alone: as strata they would leave few persons in each.
        yield "conversion", compared.at_landmark({n: np.bincount(strata, found[n]) for n in COUNTS}, days)
        if days == revenue_landmark:
            yield "net_revenue", compared.revenue_at_landmark(found, strata, buckets, days)


def _row(step: str, outcome: str, found: compared.Comparison) -> dict[str, Any]:
    row: dict[str, Any] = {"micro_conversion": step, "outcome": outcome, "p_value": found.p_value}
    row |= {
        name: getattr(found, name)
        for name in SCHEMA.names
        if name not in row and hasattr(found, name) and name not in ("ratio", "difference")
    }
    for name, estimate in (("ratio", found.ratio), ("difference", found.difference)):
        if estimate:
            row |= {
                name: estimate.estimate,
                f"{name}_lower": estimate.lower,
                f"{name}_upper": estimate.upper,
            }
    if found.ratio:
        row["e_value"] = e_value(found.ratio.estimate)
        row["e_value_of_interval"] = e_value_of_interval(found.ratio)
    return row


def _is_rising(landmark: dict[str, Any]) -> bool:
    """By month of entry, of persons who were followed equally long."""
    months = np.unique(landmark["month"], return_inverse=True)[1]
    completers, persons = (np.bincount(months, landmark[name]) for name in ("completers", "persons"))
    return is_rising(completers.tolist(), persons.tolist())


def _add_verdicts(rows: list[dict[str, Any]], rising: set[str]) -> None:
    """q over steps and outcomes of the primary; the verdict rests on conversion alone."""
    primary = [row for row in rows if row["is_primary"]]
    for row, q_value in zip(primary, q_values([row["p_value"] for row in primary]), strict=True):
        row["q_value"] = q_value
    judged = [row for row in primary if row["outcome"] == "conversion"]
    shares = [row["completers"] / (row["completers"] + row["others"]) for row in judged]
    for row, share in zip(judged, shares, strict=True):
        bounds = (row.get("ratio_lower"), row.get("ratio_upper"))
        is_popular = share >= np.median(shares) or row["micro_conversion"] in rising
        row["verdict"] = verdict(row.get("ratio"), *bounds, row["q_value"], row["completers"], is_popular)
        row["persons_needed"] = persons_needed(row["completers"] + row["others"], *bounds)
