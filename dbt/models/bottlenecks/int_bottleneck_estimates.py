"""What each transition loses against its own best slices or a benchmark, and what that is worth at most."""

from itertools import groupby
from typing import Any

import pyarrow

from dagster_project.statistics.bottlenecks import Gap, Slice, gap_to_benchmark, gap_to_best_slices
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.proportions import wilson_interval
from dagster_project.statistics.shrinkage import shrunken_rates

Row = dict[str, Any]
KEY = ("transition_kind", "sequence_id", "step_number", "person_population")
# Fewer persons than this are no bottleneck worth naming.
MINIMUM_PERSONS = 30
COUNTS = (
    "persons",
    "reached",
    "compared_persons",
    "macro_persons",
    "macro_converted",
    "weakest_persons",
    "weakest_reached",
)
NUMBERS = (
    "rate", "lower", "upper", "target_rate", "compared_rate", "compared_lower", "compared_upper",
    "p_value", "q_value",
    "macro_probability", "further_conversions", "further_conversions_lower", "further_conversions_upper",
)  # fmt: skip
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.int64() if name == "step_number" else pyarrow.string()) for name in KEY),
        *((name, pyarrow.string()) for name in ("target_basis", "weakest_slice")),
        *((name, pyarrow.int64()) for name in COUNTS),
        *((name, pyarrow.float64()) for name in NUMBERS),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_bottleneck_counts").order(", ".join(KEY) + ", slice_type, slice_value")
    rows = [dict(zip(counts.columns, values, strict=True)) for values in counts.fetchall()]
    transitions = [
        _transition(list(group)) for _, group in groupby(rows, lambda row: [row[name] for name in KEY])
    ]
    _add_macro_probabilities(transitions)
    for row, q_value in zip(transitions, q_values([row["p_value"] for row in transitions]), strict=True):
        row |= {"q_value": q_value} | _opportunity(row)
    return pyarrow.Table.from_pylist(transitions, schema=SCHEMA)


def _transition(slices: list[Row]) -> Row:
    [whole] = [row for row in slices if row["slice_type"] == "all"]
    [lower], [upper] = wilson_interval([whole["reached"]], [whole["persons"]])
    row = {name: whole[name] for name in (*KEY, "persons", "reached", "to_is_macro")} | {
        "rate": whole["reached"] / whole["persons"],
        "lower": float(lower),
        "upper": float(upper),
        "macro_persons": whole["value_known"],
        "macro_converted": whole["converted"],
    }
    basis, gap = _widest_gap(slices, whole)
    row |= {"target_basis": basis, "gap": gap, "p_value": gap.p_value if gap else None}
    if gap:
        row |= {
            "target_rate": gap.target,
            "compared_persons": gap.persons,
            "compared_rate": gap.rate,
            "compared_lower": gap.lower,
            "compared_upper": gap.upper,
        }
    if gap and gap.weakest:
        row |= {
            "weakest_slice": gap.weakest.name,
            "weakest_persons": gap.weakest.persons,
            "weakest_reached": gap.weakest.reached,
        }
    return row


def _widest_gap(slices: list[Row], whole: Row) -> tuple[str | None, Gap | None]:
    """A published rate where there is one, else the slices by which most persons are missing."""
    if whole["benchmark_lower"] is not None:
        return "benchmark", gap_to_benchmark(whole["persons"], whole["reached"], whole["benchmark_lower"])
    gaps = []
    for basis, group in groupby(slices, lambda row: row["slice_type"]):
        if basis != "all" and (
            gap := gap_to_best_slices(
                [Slice(each["slice_value"], each["persons"], each["reached"]) for each in group]
            )
        ):
            gaps.append((basis, gap))
    return max(gaps, key=lambda each: (each[1].is_below, each[1].missing), default=(None, None))


def _add_macro_probabilities(transitions: list[Row]) -> None:
    """Shrunken over transitions (F8), as few get far; certain where the next step is the conversion."""
    rates = shrunken_rates(
        [row["macro_converted"] for row in transitions], [row["macro_persons"] for row in transitions]
    )
    for row, rate in zip(transitions, rates, strict=True):
        row["macro_probability"] = 1.0 if row["to_is_macro"] else rate


def _opportunity(row: Row) -> Row:
    gap = row["gap"]
    if not gap or not gap.is_below or gap.persons < MINIMUM_PERSONS or row["macro_probability"] is None:
        return {}
    return dict(
        zip(
            ("further_conversions", "further_conversions_lower", "further_conversions_upper"),
            gap.conversions(row["macro_probability"]),
            strict=True,
        )
    )
