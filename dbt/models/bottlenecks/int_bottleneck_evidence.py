"""Which kind of bottleneck each transition looks like, with the counts that say so."""

from itertools import groupby
from typing import Any

import pyarrow

from dagster_project.statistics import bottleneck_types as types
from dagster_project.statistics.bottlenecks import drop_off_scores

Row = dict[str, Any]
KEY = ("transition_kind", "sequence_id", "step_number", "person_population")
COUNTS = (
    "commitment_from", "commitment_to", "net_clicks", "matched_visits", "form_starts", "form_submits",
    "error_count",
    "mobile_persons", "mobile_reached", "desktop_persons", "desktop_reached", "engaged",
    "engaged_without_step",
    "exposed", "acted", "exits", "exit_visits", "deliveries", "mismatched",
)  # fmt: skip
NUMBERS = (
    "dropoff_z", "lost_clicks_p90", "mobile_rate", "mobile_upper", "desktop_rate", "desktop_lower",
    "completion_rate",
    "wilson_upper", "benchmark_lower", "own_p25", "exit_share", "own_p75", "mismatch_share",
    "mismatch_ci_low",
    "click_rate_matched", "click_rate_mismatched",
)  # fmt: skip
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.int64() if name == "step_number" else pyarrow.string()) for name in KEY),
        *((name, pyarrow.string()) for name in ("bottleneck_type", "bottleneck_types", "signs")),
        *((name, pyarrow.int64()) for name in COUNTS),
        *((name, pyarrow.float64()) for name in NUMBERS),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = _rows(dbt.ref("int_bottleneck_counts").order(", ".join(KEY) + ", slice_type, slice_value"))
    deliveries = _rows(dbt.ref("int_stage_deliveries"))
    # In one order, or the last digit of a quantile over campaigns would change from build to build.
    completion = _rows(
        dbt.ref("rpt_completion_rates")
        .filter("person_population = 'known'")
        .order("micro_conversion, slice_type, slice_value")
    )
    rows = [_transition(list(group)) for _, group in groupby(counts, lambda row: [row[name] for name in KEY])]
    _add_drop_off(rows)
    _add_exits(rows)
    for row in rows:
        row |= _stages(row, deliveries) | _completion(row, completion)
        row |= _types(row)
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _rows(relation: Any) -> list[Row]:
    return [dict(zip(relation.columns, values, strict=True)) for values in relation.fetchall()]


def _transition(slices: list[Row]) -> Row:
    """What the transition's own counts say: forms, errors, devices, clicks that no visit followed."""
    [whole] = [row for row in slices if row["slice_type"] == "all"]
    row = whole | {"error_count": whole["with_error"], "exit_visits": whole["exit_known"]}
    clicks = [each for each in slices if each["slice_type"] == "campaign" and whole["from_is_click"]]
    row |= {
        "net_clicks": whole["persons"] if whole["from_is_click"] else 0,
        "matched_visits": whole["with_visit"] if whole["from_is_click"] else 0,
        "lost_clicks_p90": types.own_quantile(
            [each["persons"] - each["with_visit"] for each in clicks],
            [each["persons"] for each in clicks],
            0.9,
        ),
    }
    for device in ("mobile", "desktop"):
        found = [each for each in slices if (each["slice_type"], each["slice_value"]) == ("device", device)]
        persons, reached = (sum(each[name] for each in found) for name in ("persons", "reached"))
        rate, lower, upper = types.interval(reached, persons)
        row |= {
            f"{device}_persons": persons, f"{device}_reached": reached, f"{device}_rate": rate,
            f"{device}_lower": lower, f"{device}_upper": upper,
        }  # fmt: skip
    return row


def _add_drop_off(rows: list[Row]) -> None:
    """Against the other steps of the same sequence and population."""
    for group in _groups(rows, ("transition_kind", "sequence_id", "person_population")):
        scores = drop_off_scores([row["reached"] for row in group], [row["persons"] for row in group])
        for row, score in zip(group, scores, strict=True):
            row["dropoff_z"] = score


def _add_exits(rows: list[Row]) -> None:
    """Against other transitions from decision steps: most people leave before they decide anything."""
    for row in rows:
        row["exit_share"] = types.interval(row["exits"], row["exit_visits"])[0]
    deciding = [row for row in rows if row["from_needs_trust"]]
    for group in _groups(deciding, ("transition_kind", "person_population")):
        quantile = types.own_quantile(
            [row["exits"] for row in group], [row["exit_visits"] for row in group], 0.75
        )
        for row in group:
            row["own_p75"] = quantile


def _groups(rows: list[Row], names: tuple[str, ...]) -> list[list[Row]]:
    ordered = sorted(rows, key=lambda row: [row[name] for name in names])
    return [list(group) for _, group in groupby(ordered, lambda row: [row[name] for name in names])]


def _stages(row: Row, deliveries: list[Row]) -> Row:
    """E-mails that aim at the step: to whom they went."""
    aimed = [
        each for each in deliveries if _aims_at(each, row) and each["person_stage"] and each["content_stage"]
    ]
    matched = [each for each in aimed if each["person_stage"] == each["content_stage"]]
    mismatched = [each for each in aimed if each["person_stage"] != each["content_stage"]]
    number = sum(each["deliveries"] for each in aimed)
    wrong = sum(each["deliveries"] for each in mismatched)
    share, lower, _ = types.interval(wrong, number)
    found = {"deliveries": number, "mismatched": wrong, "mismatch_share": share, "mismatch_ci_low": lower}
    for name, group in (("matched", matched), ("mismatched", mismatched)):
        clicked, mature = (sum(each[count] for each in group) for count in ("clicked", "mature_deliveries"))
        found[f"click_rate_{name}"] = types.interval(clicked, mature)[0]
    return found


def _aims_at(email: Row, row: Row) -> bool:
    if row["transition_kind"] == "stage":
        return bool(email["content_stage"] == row["to_step"])
    return (email["sequence_id"], email["sequence_step"]) == (row["sequence_id"], row["step_number"])


def _completion(row: Row, completion: list[Row]) -> Row:
    """How many of those to whom the next step was offered took it, against published and own figures."""
    of_step = [each for each in completion if each["micro_conversion"] == row["to_step"] and each["eligible"]]
    whole = next((each for each in of_step if each["slice_type"] == "overall"), None)
    if row["person_population"] != "known" or whole is None:
        return {}
    campaigns = [each for each in of_step if each["slice_type"] == "campaign"]
    return {
        "exposed": whole["eligible"],
        "acted": whole["completed"],
        "completion_rate": whole["rate"],
        "wilson_upper": whole["upper"],
        "benchmark_lower": whole["benchmark_lower"],
        "own_p25": types.own_quantile(
            [each["completed"] for each in campaigns], [each["eligible"] for each in campaigns], 0.25
        ),
    }


def _types(row: Row) -> Row:
    signs = types.technical_friction(row)
    fits = {
        "technical_friction": bool(signs),
        "trust_barrier": row["from_needs_trust"]
        and types.trust_barrier(row["exits"], row["exit_visits"], row.get("own_p75")),
        "commitment_jump": types.commitment_jump(
            row["commitment_from"], row["commitment_to"], row["dropoff_z"]
        ),
        "stage_misalignment": types.stage_misalignment(row),
        "value_proposition": types.value_proposition(
            row.get("wilson_upper"), row.get("benchmark_lower"), row.get("own_p25")
        ),
    }
    found = [name for name in types.ORDER if fits[name]]
    return {
        "bottleneck_type": found[0] if found else None,
        "bottleneck_types": ", ".join(found) or None,
        "signs": ", ".join(signs) or None,
    }
