"""The main figures of two weeks and how they differ: the rows of `rpt_changes`."""

from typing import Any

import pyarrow

from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.proportions import compare_rates, wilson_interval
from dagster_project.statistics.totals import compare_totals, total_interval

Row = dict[str, Any]
REVENUE = "net_revenue"
TOTALS = ("macro_conversions", REVENUE)
SIDES = ("now", "before")
NUMBERS = [f"{side}_{name}" for side in SIDES for name in ("value", "lower", "upper")]
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("figure", "micro_conversion", "person_population")),
        *((f"{side}_{name}", pyarrow.int64()) for side in SIDES for name in ("n", "unconverted_orders")),
        *((name, pyarrow.float64()) for name in NUMBERS),
        *((name, pyarrow.float64()) for name in ("difference", "difference_lower", "difference_upper")),
        *((name, pyarrow.float64()) for name in ("p_value", "q_value")),
        ("method", pyarrow.string()),
    ]
)


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    counts = dbt.ref("int_figure_counts")
    comparable = {
        (figure, micro_conversion)
        for figure, micro_conversion in dbt.ref("int_figure_windows")
        .filter("is_comparable")
        .project("figure, micro_conversion")
        .fetchall()
    }
    sides: dict[tuple[str, ...], Row] = {}
    key = "figure, micro_conversion, person_population, is_now"
    columns = f"{key}, eligible, completed, squares, unconverted_orders"
    for figure, step, population, is_now, *values in counts.project(columns).order(columns).fetchall():
        sides.setdefault((figure, step, population), {})[is_now] = values
    rows = [_row(key, found, key[:2] in comparable) for key, found in sides.items()]
    for row, q_value in zip(rows, q_values([row.get("p_value") for row in rows]), strict=True):
        row["q_value"] = q_value
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _row(key: tuple[str, ...], found: Row, is_comparable: bool) -> Row:
    row = dict(zip(("figure", "micro_conversion", "person_population"), key, strict=True))
    is_total = row["figure"] in TOTALS
    without = (0, 0, 0, 0 if row["figure"] == REVENUE else None)
    now, before = (found.get(is_now, without) for is_now in (True, False))
    for side, values in zip(SIDES, (now, before), strict=True):
        row |= {f"{side}_n": values[0], f"{side}_unconverted_orders": values[3]} | {
            f"{side}_{name}": number for name, number in _value(values[:3], is_total).items()
        }
    has_both = now[1] is not None and before[1] is not None if is_total else now[0] and before[0]
    if not is_comparable or not has_both:
        return row | {
            "method": "not compared: the week before is not whole in the data, or a week has no persons or "
            "no order that could be converted"
        }
    if is_total:
        change = compare_totals(now[1], now[2], before[1], before[2])
        method = "sums over persons, compound Poisson; normal interval"
    else:
        change = compare_rates(int(now[1]), now[0], int(before[1]), before[0])
        method = f"Wilson intervals; difference by Newcombe's hybrid score, test {change.method}"
    return row | {
        "difference": change.difference,
        "difference_lower": change.lower,
        "difference_upper": change.upper,
        "p_value": change.p_value,
        "method": method + "; the weeks taken as independent",
    }


def _value(values: Any, is_total: bool) -> Row:
    eligible, completed, squares = values
    if is_total:
        if completed is None:
            return {}
        lower, upper = total_interval(completed, squares or 0)
        return {"value": float(completed), "lower": lower, "upper": upper}
    if not eligible:
        return {}
    [lower], [upper] = wilson_interval([completed], [eligible])
    return {"value": completed / eligible, "lower": float(lower), "upper": float(upper)}
