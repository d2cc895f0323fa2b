"""Every arm of every experiment on every metric: the rows of `rpt_experiments`."""

from datetime import timedelta
from itertools import groupby
from math import ceil
from operator import itemgetter
from typing import Any

import pyarrow

from dagster_project.statistics import experiments as ab
from dagster_project.statistics.multiplicity import holm, q_values

CONTROLS = ("control", "holdout", "original", "baseline")
GUARDRAILS = ("unsubscribe", "spam_complaint")
REVENUE = "net_revenue"
SCHEMA = pyarrow.schema(
    [
        ("experiment", pyarrow.string()),
        ("variant", pyarrow.string()),
        ("metric", pyarrow.string()),
        ("horizon_days", pyarrow.int32()),
        ("horizon_basis", pyarrow.string()),
        ("horizon_responses", pyarrow.int64()),
        ("role", pyarrow.string()),
        ("is_control", pyarrow.bool_()),
        ("persons", pyarrow.int64()),
        ("mature_persons", pyarrow.int64()),
        ("unconverted_orders", pyarrow.int64()),
        ("total", pyarrow.float64()),
        ("mean", pyarrow.float64()),
        ("difference", pyarrow.float64()),
        ("difference_lower", pyarrow.float64()),
        ("difference_upper", pyarrow.float64()),
        ("sequence_lower", pyarrow.float64()),
        ("sequence_upper", pyarrow.float64()),
        ("p_value", pyarrow.float64()),
        ("p_value_adjusted", pyarrow.float64()),
        ("q_value", pyarrow.float64()),
        ("minimum_detectable_effect", pyarrow.float64()),
        ("probability_to_be_best", pyarrow.float64()),
        ("sample_ratio_p_value", pyarrow.float64()),
        ("balance_p_value", pyarrow.float64()),
        ("weights_are_planned", pyarrow.bool_()),
        ("verdict", pyarrow.string()),
    ]
)
AS_COUNTED = (
    "experiment", "variant", "metric", "horizon_days", "horizon_basis", "horizon_responses", "persons",
    "mature_persons",
)  # fmt: skip
Row = dict[str, Any]


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    arms = _by_experiment(dbt.ref("int_experiment_arms").order("experiment, variant"))
    counts = _by_experiment(dbt.ref("int_experiment_counts").order("experiment, metric, variant"))
    rows: list[Row] = []
    for experiment, own in arms.items():
        rows += _experiment(own, counts.get(experiment, []))
    return pyarrow.Table.from_pylist(
        [{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA
    )


def _by_experiment(relation: Any) -> dict[str, list[Row]]:
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    return {name: list(group) for name, group in groupby(rows, key=itemgetter("experiment"))}


def _experiment(arms: list[Row], counts: list[Row]) -> list[Row]:
    control = next((arm["variant"] for arm in arms if arm["variant"].lower() in CONTROLS), arms[0]["variant"])
    primary = arms[0]["primary_metric"]
    rows: list[Row] = []
    for metric, group in groupby(counts, key=itemgetter("metric")):
        rows += _metric(metric, list(group), control, primary, arms[0]["is_over_time"])
    _add_q_values(rows)
    _add_verdict(rows, arms, control, _days_to_wait(arms, counts, primary))
    return rows


def _metric(metric: str, counts: list[Row], control: str, primary: str, is_over_time: bool) -> list[Row]:
    role = "primary" if metric == primary else "guardrail" if metric in GUARDRAILS else "secondary"
    sums = {row["variant"]: _arm(row) for row in counts if row["mature_persons"] and not _is_unknown(row)}
    theta = ab.cuped_theta(list(sums.values())) if sums else 0.0
    rows = []
    for count in counts:
        variant = count["variant"]
        row = {name: count[name] for name in AS_COUNTED}
        row |= {"role": role, "is_control": variant == control}
        row["total"] = None if _is_unknown(count) else count["sum_y"]
        if metric == REVENUE:
            row["unconverted_orders"] = count["unconverted_orders"]
        if variant in sums:
            row["mean"] = sums[variant].mean
        if variant != control and variant in sums and control in sums:
            compare = ab.arm_effect if metric == REVENUE else ab.rate_effect
            effect = compare(sums[variant], sums[control], theta)
            persons = sums[variant].persons + sums[control].persons
            row |= _effect(effect, persons, len(counts) - 1 if is_over_time else 0)
        rows.append(row)
    adjusted = holm([row["p_value"] for row in rows if "p_value" in row])
    for row, value in zip([row for row in rows if "p_value" in row], adjusted, strict=True):
        row["p_value_adjusted"] = value
    if len(sums) == len(counts) > 1 and all(arm.persons > 1 for arm in sums.values()):
        _add_probabilities(rows, sums, theta, metric in GUARDRAILS)
    return rows


def _arm(row: Row) -> ab.Arm:
    sums = (float(row[name]) for name in ("sum_y", "sum_yy", "sum_x", "sum_xx", "sum_xy"))
    return ab.Arm(row["mature_persons"], *sums)


def _is_unknown(count: Row) -> bool:
    """Whether there are orders and no amount of any of them is known."""
    return 0 < count["orders"] == count["unconverted_orders"]


def _effect(effect: ab.ArmEffect | None, persons: int, looks: int) -> Row:
    """With a confidence sequence for so many comparisons; 0: none."""
    if not effect:
        return {}
    sequence: Row = {}
    if looks and effect.error is not None:
        half = ab.sequence_half_width(effect.error, persons, looks)
        sequence = {
            "sequence_lower": effect.difference - half,
            "sequence_upper": effect.difference + half,
        }
    return sequence | {
        "difference": effect.difference,
        "difference_lower": effect.lower,
        "difference_upper": effect.upper,
        "p_value": effect.p_value,
        "minimum_detectable_effect": effect.detectable,
    }


def _add_probabilities(rows: list[Row], sums: dict[str, ab.Arm], theta: float, is_fewer_better: bool) -> None:
    sign = -1 if is_fewer_better else 1
    adjusted = [sign * (arm.mean - theta * arm.mean_x) for arm in sums.values()]
    errors = [arm.error(theta) for arm in sums.values()]
    if not all(errors):
        return
    found = dict(zip(sums, ab.probabilities_to_be_best(adjusted, errors), strict=True))
    for row in rows:
        row["probability_to_be_best"] = found[row["variant"]]


def _add_q_values(rows: list[Row]) -> None:
    secondary = [row for row in rows if row["role"] == "secondary"]
    for row, value in zip(secondary, q_values([row.get("p_value") for row in secondary]), strict=True):
        row["q_value"] = value


def _days_to_wait(arms: list[Row], counts: list[Row], primary: str) -> int:
    """Until the last person assigned has been followed for the metric's horizon; 0 where none was."""
    metric = next(row for row in counts if row["metric"] == primary)
    assigned = [arm["last_assigned_at"] for arm in arms if arm["last_assigned_at"]]
    if not assigned:
        return 0
    ends_at = max(assigned) + timedelta(days=metric["horizon_days"])
    days: int = ceil((ends_at - metric["watermark_at"]) / timedelta(days=1))
    return max(days, 0)


def _add_verdict(rows: list[Row], arms: list[Row], control: str, days_to_wait: int) -> None:
    persons = [arm["persons"] for arm in arms]
    is_planned = all(arm["weight"] for arm in arms)
    is_comparable = len(arms) > 1 and any(persons)
    weights = [arm["weight"] if is_planned else 1.0 for arm in arms]
    ratio = ab.sample_ratio_p_value(persons, weights) if is_comparable else 1.0
    balance = (
        ab.balance_p_value(
            [([arm[name] for arm in arms], persons) for name in ("had_clicked", "had_converted")]
        )
        if is_comparable
        else None
    )
    effects = {
        row["variant"]: (row["difference"], row["p_value_adjusted"])
        for row in rows
        if row["role"] == "primary" and "p_value" in row
    }
    worsened = [
        row["variant"]
        for row in rows
        if row["role"] == "guardrail"
        and row.get("difference", 0) > 0
        and row["p_value_adjusted"] <= 1 - ab.CONFIDENCE
    ]
    sequences = {
        row["variant"]: (row["sequence_lower"], row["sequence_upper"])
        for row in rows
        if row["role"] == "primary" and "sequence_lower" in row
    }
    looked_at = sequences if arms[0]["is_over_time"] else None
    verdict = (
        ab.UNSENT
        if arms[0]["is_unsent"]
        else ab.decide(is_planned, ratio, balance, days_to_wait, effects, control, worsened, looked_at)
    )
    for row in rows:
        row |= {"sample_ratio_p_value": ratio, "balance_p_value": balance, "weights_are_planned": is_planned}
        if row["role"] == "primary":
            row["verdict"] = verdict
