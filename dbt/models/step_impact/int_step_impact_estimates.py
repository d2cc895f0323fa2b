"""How completers of a step compare with others who were offered it: the rows of `rpt_step_impact`."""

from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics import step_comparisons as compared
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.rate_ratios import e_value, e_value_of_interval
from dagster_project.statistics.step_verdicts import is_rising, persons_needed, verdict

REVENUE_LANDMARK = 7
STRATA = ["visits", "engagement", "cohort_month", "entry_source"]
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
    totals = dbt.ref("int_step_totals").order("micro_conversion").fetchall()
    times, landmarks = dbt.ref("int_step_time_counts"), dbt.ref("int_step_landmark_counts")
    rows: list[dict[str, Any]] = []
    for step, *counts in totals:
        rows += [
            _row(step, outcome, found)
            for outcome, found in _comparisons(step, counts, times, landmarks, buckets)
        ]
    _add_verdicts(rows, {step for step, *_ in totals if _is_rising(step, landmarks)})
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _comparisons(step: str, counts: list[int], times: Any, landmarks: Any, buckets: int) -> Any:
    eligible, converted, completers, completers_converted, converted_in_visit, identified = counts
    chosen = f"micro_conversion = '{step}'"
    time = _fetched(times.filter(chosen).order(", ".join(["week", *STRATA])))
    shares = compared.Shares(
        converted_in_visit / converted if converted else 0.0, identified / completers if completers else 0.0
    )
    yield "conversion", compared.by_person_time(time, completers, eligible, shares)
    yield "conversion", compared.naive(completers, completers_converted, eligible, converted)
    for [days] in landmarks.filter(chosen).project("landmark_days").distinct().order("1").fetchall():
        at = landmarks.filter(f"{chosen} and landmark_days = {days}").order(", ".join([*STRATA, "bucket"]))
        found = _fetched(at)
        strata = _strata(found)
        # Buckets are for the jackknife of amounts alone: as strata they would leave few persons in each.
        yield "conversion", compared.at_landmark({n: np.bincount(strata, found[n]) for n in COUNTS}, days)
        if days == REVENUE_LANDMARK:
            yield "net_revenue", compared.revenue_at_landmark(found, strata, buckets, days)


def _strata(found: dict[str, Any]) -> Any:
    """A number for each combination of the strata."""
    numbers = [np.unique(found[name], return_inverse=True)[1] for name in STRATA]
    return np.unique(np.column_stack(numbers), axis=0, return_inverse=True)[1].reshape(-1)


def _fetched(relation: Any) -> dict[str, Any]:
    return dict(relation.fetchnumpy())


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


def _is_rising(step: str, landmarks: Any) -> bool:
    """By month of entry, of persons who were followed equally long."""
    months = (
        landmarks.filter(f"micro_conversion = '{step}' and landmark_days = {REVENUE_LANDMARK}")
        .aggregate("cohort_month, sum(completers), sum(persons)")
        .order("1")
        .fetchall()
    )
    return is_rising([float(row[1]) for row in months], [float(row[2]) for row in months])


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
