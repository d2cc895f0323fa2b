"""The credit of each touch by each model, with intervals: the rows of `rpt_attribution`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow
from numpy.typing import NDArray

from dagster_project.statistics.attribution import removal_effects, shapley_values
from dagster_project.statistics.jackknife import jackknife_interval

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
START, CONVERSION, NONE = "(start)", "(conversion)", "(none)"
# The models of `int_attribution_credits`: a dimension without any touch has a row of each, too.
CREDITED = ("first", "last", "linear", "position", "time_decay", "shapley_touches")
OTHER, UNTOUCHED = "(other)", "(no touch)"
SCHEMA = pyarrow.schema(
    [
        ("dimension", pyarrow.string()),
        ("model", pyarrow.string()),
        ("touch", pyarrow.string()),
        *(
            (f"{measure}{bound}", pyarrow.float64())
            for measure in ("conversions", "revenue")
            for bound in ("", "_lower", "_upper")
        ),
    ]
)


@dataclass(frozen=True)
class Totals:
    """Of one dimension, by jackknife bucket."""

    buckets: list[int]
    conversions: Numbers
    touched_conversions: Numbers
    revenue: Numbers
    touched_revenue: Numbers


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    tables = {
        "totals": dbt.ref("int_attribution_totals"),
        "credits": dbt.ref("int_attribution_credits"),
        "transitions": dbt.ref("int_attribution_transitions"),
        "coalitions": dbt.ref("int_attribution_coalitions"),
        "players": dbt.ref("int_attribution_players"),
    }
    rows: list[dict[str, Any]] = []
    for [dimension] in tables["totals"].project("dimension").distinct().order("1").fetchall():
        own = {name: table.filter(f"dimension = '{dimension}'") for name, table in tables.items()}
        totals = _totals(own["totals"])
        for name, touches, shares in _models(own, totals):
            found = {"dimension": dimension, "model": name}
            rows += [found | row for row in _rows(touches, shares, totals)]
    return pyarrow.Table.from_pylist(rows, schema=SCHEMA)


def _totals(relation: Any) -> Totals:
    found = relation.order("bucket").fetchnumpy()
    names = ("conversions", "touched_conversions", "revenue", "touched_revenue")
    return Totals(
        [int(bucket) for bucket in found["bucket"]],
        *(np.asarray(found[name], dtype=np.float64) for name in names),
    )


def _models(
    own: dict[str, Any], totals: Totals
) -> Iterator[tuple[str, list[str], Callable[[Mask], Numbers]]]:
    """Each model's name, its touches, and their shares of conversions and of revenue from some buckets."""
    for name in CREDITED:
        yield name, *_credited(own["credits"].filter(f"model = '{name}'"), totals)
    yield "markov", *_markov(own["transitions"], totals)
    yield "shapley_coalitions", *_shapley(own["coalitions"], own["players"], totals)


def _credited(relation: Any, totals: Totals) -> tuple[list[str], Callable[[Mask], Numbers]]:
    found = relation.order("touch, bucket").fetchnumpy()
    touches, places = np.unique(found["touch"].astype(str), return_inverse=True)
    tables = []
    for measure in ("conversions", "revenue"):
        table = np.zeros((len(totals.buckets), len(touches)))
        np.add.at(table, (np.searchsorted(totals.buckets, found["bucket"]), places), found[measure])
        tables.append(table)
    of = (totals.touched_conversions, totals.touched_revenue)

    def shares(mask: Mask) -> Numbers:
        return np.array(
            [
                _parts(table[mask].sum(axis=0), whole[mask].sum())
                for table, whole in zip(tables, of, strict=True)
            ]
        )

    return touches.tolist(), shares


def _markov(relation: Any, totals: Totals) -> tuple[list[str], Callable[[Mask], Numbers]]:
    found = relation.order("from_state, to_state, bucket").fetchnumpy()
    left, right = found["from_state"].astype(str), found["to_state"].astype(str)
    states = [*sorted({*left, *right} - {START, CONVERSION, NONE}), START, CONVERSION, NONE]
    number = {state: place for place, state in enumerate(states)}
    counts = np.zeros((len(totals.buckets), len(states), len(states)))
    at = (
        np.searchsorted(totals.buckets, found["bucket"]),
        [number[s] for s in left],
        [number[s] for s in right],
    )
    np.add.at(counts, at, found["journeys"])
    size = len(states) - 3

    def shares(mask: Mask) -> Numbers:
        chosen = counts[mask].sum(axis=0)
        effects = removal_effects(
            chosen[:size, :size], chosen[:size, size + 1], chosen[:size, size + 2], chosen[size, :size]
        )
        return np.array([_parts(effects, effects.sum())] * 2)

    return states[:size], shares


def _shapley(coalitions: Any, players: Any, totals: Totals) -> tuple[list[str], Callable[[Mask], Numbers]]:
    names = {
        player: OTHER if is_other else touch
        for player, touch, is_other in players.project("player, touch, is_other").order("1, 2").fetchall()
    }
    found = coalitions.fetchnumpy()
    counts = np.zeros((2, len(totals.buckets), 2 ** len(names)))
    at = (np.searchsorted(totals.buckets, found["bucket"]), found["coalition"].astype(np.int64))
    for table, measure in zip(counts, ("journeys", "conversions"), strict=True):
        np.add.at(table, at, found[measure])

    def shares(mask: Mask) -> Numbers:
        journeys, conversions = counts[:, mask].sum(axis=1)
        values = shapley_values(journeys, conversions)
        return np.array([_parts(values, values.sum())] * 2)

    return [names[player] for player in sorted(names)], shares


def _parts(values: Numbers, whole: float) -> Numbers:
    return values / whole if whole else np.zeros(len(values))


def _rows(touches: list[str], shares: Callable[[Mask], Numbers], totals: Totals) -> Iterator[dict[str, Any]]:
    bounds = jackknife_interval(shares, totals.buckets)
    of = {
        "conversions": (totals.touched_conversions.sum(), totals.conversions.sum()),
        "revenue": (totals.touched_revenue.sum(), totals.revenue.sum()),
    }
    for place, touch in enumerate(touches):
        row: dict[str, Any] = {"touch": touch}
        for number, (measure, (touched, _)) in enumerate(of.items()):
            for suffix, values in zip(("", "_lower", "_upper"), bounds, strict=True):
                value = float(values[number, place]) * touched
                row[measure + suffix] = value if np.isfinite(value) else None
        yield row
    yield {"touch": UNTOUCHED} | {measure: whole - touched for measure, (touched, whole) in of.items()}
