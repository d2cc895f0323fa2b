"""How likely and how soon something follows a step: rows of `rpt_velocity`, its curves, `rpt_preferences`."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow

from dagster_project.statistics.incidences import Bounded, Incidences
from dagster_project.statistics.mean_times import difference
from dagster_project.statistics.multiplicity import q_values

DAY = 86_400.0
PREFERENCES, OF_PREFERENCES = "preferences", ("preferences_update", "unsubscribe")
CENSORED, LEFT, CONVERTED = "(censored)", "(left)", "macro_conversion"
KEY = ("measure", "micro_conversion", "slice", "slice_value")
BOUNDED = ("probability", "exit_probability", "median_seconds", "p75_seconds", "restricted_mean_seconds")
CURVES = ("curve", "curve_lower", "curve_upper")
COUNTS = ("persons", "reached", "exited", "elsewhere")
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in (*KEY, "next_step")),
        *((name, pyarrow.int64()) for name in COUNTS),
        *((f"{name}{part}", pyarrow.float64()) for name in BOUNDED for part in ("", "_lower", "_upper")),
        ("restricted_to_seconds", pyarrow.float64()),
        *((f"mean_difference_seconds{part}", pyarrow.float64()) for part in ("", "_lower", "_upper")),
        ("p_value", pyarrow.float64()),
        ("q_value", pyarrow.float64()),
        ("longest_follow_up_seconds", pyarrow.float64()),
        *((name, pyarrow.list_(pyarrow.float64())) for name in CURVES),
        ("at_risk", pyarrow.list_(pyarrow.int64())),
    ]
)
Group = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    fewest, days = dbt.config.get("minimum_persons"), dbt.config.get("horizon_days")
    rows = []
    for key, counts in _groups(dbt):
        if key[0] == PREFERENCES:
            rows += _preferences(key, counts, dbt.config.get("preference_days"))
        else:
            rows += _rows(key, counts, fewest, days)
    for cycles in _sales_cycles(dbt, days):
        rows += cycles
    tested = [row for row in rows if "p_value" in row]
    for row, q_value in zip(tested, q_values([row["p_value"] for row in tested]), strict=True):
        row["q_value"] = q_value
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _groups(dbt: Any) -> Iterator[Group]:
    columns = (*KEY, "outcome", "seconds", "persons")
    counts = dbt.ref("int_velocity_counts").project(", ".join(columns)).order(", ".join(columns[:-1]))
    for key, rows in groupby(counts.fetchall(), key=itemgetter(0, 1, 2, 3)):
        yield key, [row[4:] for row in rows]


def _rows(
    key: tuple[str, ...], counts: list[tuple[Any, ...]], fewest: int, days: int
) -> Iterator[dict[str, Any]]:
    """One row per outcome that enough persons had; of everybody also converting at all and leaving."""
    outcomes = sorted({CONVERTED, LEFT} | {outcome for outcome, *_ in counts} - {CENSORED})
    causes = {CENSORED: 0} | {outcome: number for number, outcome in enumerate(outcomes, start=1)}
    found = _incidences(counts, causes)
    named = dict(zip(KEY, key, strict=True))
    for outcome in outcomes:
        is_conversion = named["measure"] == "conversion"
        if outcome == LEFT and is_conversion:
            continue
        is_of_everybody = named["slice"] == "all" and (is_conversion or outcome == LEFT)
        if is_of_everybody or found.events(causes[outcome]) >= fewest:
            measure = {"measure": "dwell_before_leaving"} if outcome == LEFT else {}
            yield named | measure | {"next_step": outcome} | _estimate(found, causes, outcome, days)


def _preferences(key: tuple[str, ...], counts: list[tuple[Any, ...]], days: int) -> Iterator[dict[str, Any]]:
    """Both outcomes of a visit of the preference page, each in the presence of the other, by the last day."""
    causes = {CENSORED: 0} | {outcome: number for number, outcome in enumerate(OF_PREFERENCES, start=1)}
    found = _incidences(counts, causes)
    horizon = days * DAY
    for outcome, cause in ((outcome, causes[outcome]) for outcome in OF_PREFERENCES):
        curve = found.curve(cause, [horizon])
        share = float(curve.shares[0])
        bounds = (float(curve.lower[0]), float(curve.upper[0])) if 0 < share < 1 else (None, None)
        others = sum(found.events(number) for number in causes.values() if number) - found.events(cause)
        yield dict(zip((*KEY, "next_step"), (*key, outcome), strict=True)) | {
            "persons": found.subjects,
            "reached": found.events(cause),
            "exited": 0,
            "elsewhere": others,
            "longest_follow_up_seconds": found.longest,
            **_bounded("probability", Bounded(share, *bounds)),
            **_bounded("median_seconds", found.quantile(cause, 0.5)),
        }


def _sales_cycles(dbt: Any, days: int) -> Iterator[list[dict[str, Any]]]:
    counts = dbt.ref("int_sales_cycle_counts").order("micro_conversion, outcome, seconds").fetchall()
    causes = {CENSORED: 0, CONVERTED: 1, LEFT: 2}
    for step, group in groupby(counts, key=itemgetter(0)):
        rows = [row[1:] for row in group]
        arms = [
            _incidences(
                [(outcome, seconds, row[place]) for outcome, seconds, *row in rows if row[place]], causes
            )
            for place in (0, 1)
        ]
        if not all(arm.subjects for arm in arms):
            continue
        horizon = min(days * DAY, *(arm.longest for arm in arms))
        found = []
        for arm, measure in zip(arms, ("sales_cycle_with", "sales_cycle_without"), strict=True):
            named = dict(zip(KEY, (measure, step, "all", "all"), strict=True))
            found.append(named | {"next_step": CONVERTED} | _estimate(arm, causes, CONVERTED, days, horizon))
        gap = difference(*(arm.restricted_mean(1, horizon) for arm in arms))
        if gap:
            found[0] |= {"p_value": gap.p_value} | _bounded(
                "mean_difference_seconds", Bounded(gap.estimate, gap.lower, gap.upper)
            )
        yield found


def _incidences(counts: list[tuple[Any, ...]], causes: dict[str, int]) -> Incidences:
    outcomes, seconds, persons = zip(*counts, strict=True) if counts else ((), (), ())
    return Incidences(seconds, [causes[outcome] for outcome in outcomes], persons)


def _estimate(
    found: Incidences, causes: dict[str, int], outcome: str, days: int, horizon: float | None = None
) -> dict[str, Any]:
    """The curve over so many days, the mean restricted to the horizon or to the longest follow-up."""
    horizon = min(days * DAY, found.longest) if horizon is None else horizon
    cause = causes[outcome]
    curve = found.curve(cause, DAY * np.arange(1, days + 1))
    reached, exited = found.events(cause), found.events(causes[LEFT])
    others = sum(found.events(number) for number in causes.values() if number) - reached
    figures = {
        "probability": found.probability(cause),
        "exit_probability": found.probability(causes[LEFT]) if outcome != LEFT else Bounded(None, None, None),
        "median_seconds": found.quantile(cause, 0.5),
        "p75_seconds": found.quantile(cause, 0.75),
        "restricted_mean_seconds": found.restricted_mean_interval(cause, horizon),
    }
    row: dict[str, Any] = {
        "persons": found.subjects,
        "reached": reached,
        "exited": exited if outcome != LEFT else 0,
        "elsewhere": others - (exited if outcome != LEFT else 0),
        "restricted_to_seconds": horizon,
        "longest_follow_up_seconds": found.longest,
        "at_risk": curve.at_risk.tolist(),
    }
    for name, figure in figures.items():
        row |= _bounded(name, figure)
    return row | dict(
        zip(CURVES, (part.tolist() for part in (curve.shares, curve.lower, curve.upper)), strict=True)
    )


def _bounded(name: str, found: Bounded) -> dict[str, float | None]:
    return {name: found.value, f"{name}_lower": found.lower, f"{name}_upper": found.upper}
