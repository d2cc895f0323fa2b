"""The same results from polars, ClickHouse (chdb) and retentioneering, each by its fastest method.

Sessions: count, and the sum of the acts' numbers within them. Transitions: count by pair of kinds. Funnel:
persons by level. Cohorts: active persons by first week and weeks since.
"""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow
import pyarrow.parquet
from chdb.session import Session

from tests.benchmarks.event_store import STEPS, WINDOW_DAYS

Transitions = dict[tuple[str, str], int]
Levels = dict[int, int]
Cohorts = dict[tuple[date, int], int]


class Polars:
    """Shifts and forward fills over the sorted frame: cheaper than `over`."""

    def __init__(self, acts: pyarrow.Table) -> None:
        self.acts = pl.DataFrame(acts).lazy()
        self.is_first = (pl.col("person_key") != pl.col("person_key").shift()).fill_null(True)

    def sessions(self) -> tuple[int, int]:
        gap = pl.col("occurred_at") - pl.col("occurred_at").shift() > timedelta(minutes=30)
        position = pl.int_range(pl.len())
        begins = self.is_first | gap
        first = pl.when(begins).then(position).forward_fill()
        result = self.acts.select(begins.alias("begins"), (position - first + 1).alias("number"))
        return result.select(pl.col("begins").sum(), pl.col("number").sum()).collect().row(0)  # type: ignore[return-value]

    def transitions(self) -> Transitions:
        previous = pl.when(~self.is_first).then(pl.col("kind").shift()).alias("previous")
        result = self.acts.select(previous, "kind").drop_nulls().group_by("previous", "kind").len().collect()
        return {(before, kind): count for before, kind, count in result.rows()}

    def funnel(self) -> Levels:
        window = timedelta(days=WINDOW_DAYS)
        none = pl.lit(0).cast(pl.Datetime("us"))
        began = pl.when(pl.col("kind") == STEPS[0]).then("occurred_at").when("is_first").then(none)
        result = self.acts.with_columns(
            self.is_first.alias("is_first"),
            (pl.col("person_key") != pl.col("person_key").shift(-1)).fill_null(True).alias("is_last"),
        ).with_columns(began.forward_fill().alias("1"))
        for level, step in enumerate(STEPS[1:], start=2):
            before = pl.col(str(level - 1))
            is_reached = (pl.col("kind") == step) & (before >= pl.col("occurred_at") - window)
            began = pl.when("is_first").then(none).when(is_reached).then(before)
            result = result.with_columns(began.forward_fill().alias(str(level)))
        level = pl.sum_horizontal(
            (pl.col(str(level)) > none).cast(pl.Int32) for level in range(1, len(STEPS) + 1)
        )
        return dict(result.filter("is_last").group_by(level.alias("level")).len().collect().rows())

    def cohorts(self) -> Cohorts:
        weeks = self.acts.select(
            "person_key", pl.col("occurred_at").dt.truncate("1w").dt.date().alias("week")
        ).unique()
        first = weeks.group_by("person_key").agg(pl.col("week").min().alias("cohort"))
        result = weeks.join(first, on="person_key").group_by("cohort", "week").len().collect()
        return {(cohort, (week - cohort).days // 7): count for cohort, week, count in result.rows()}


class ClickHouse:
    """A MergeTree in the same order, read in that order where requested."""

    def __init__(self, home: Path, acts: pyarrow.Table) -> None:
        parquet = home / "acts.parquet"
        pyarrow.parquet.write_table(acts.cast(_plain(acts.schema)), parquet)
        self.session = Session(str(home / "clickhouse"))
        self.session.query("create database milepost engine = Atomic")
        self.session.query(
            "create table milepost.stored (person_key Int32, instant UInt64, kind LowCardinality(String))"
            " engine = MergeTree order by (person_key, instant)"
        )
        self.session.query(
            "insert into milepost.stored select person_key, toUnixTimestamp64Micro(occurred_at), kind"
            f" from file('{parquet}')"
        )
        self.session.query("optimize table milepost.stored final")

    def funnel(self, is_in_order: bool) -> Levels:
        conditions = ", ".join(f"kind = '{step}'" for step in STEPS)
        result = self.session.query(
            "select level, count() from ("
            f"select windowFunnel({WINDOW_DAYS * 86_400_000_000})(instant, {conditions}) as level"
            " from milepost.stored group by person_key"
            f") group by level settings max_threads = 2, optimize_aggregation_in_order = {int(is_in_order)}",
            "CSV",
        )
        return {int(level): int(count) for level, count in (line.split(",") for line in str(result).split())}

    def close(self) -> None:
        self.session.close()


class Retentioneering:
    """Its event stream of a slice; building it, which includes sorting, is measured separately."""

    def __init__(self, acts: pyarrow.Table) -> None:
        os.environ["RETENTIONEERING_NO_TRACK"] = "1"
        from retentioneering.eventstream.eventstream import Eventstream

        schema = {"path_cols": ["person_key"], "event_col": "kind", "timestamp_col": "occurred_at"}
        self.stream: Any = Eventstream(acts.to_pandas(), schema=schema)

    def sessions(self) -> int:
        return int(self.stream.split_sessions(timeout="30m").df["session_id"].nunique())

    def transitions(self) -> Transitions:
        matrix = self.stream.transition_graph_data(edge_weight="count")
        ends = {"path_start", "path_end"}
        return {
            (before, after): int(count)
            for before, row in matrix.to_dict("index").items()
            for after, count in row.items()
            if count and not {before, after} & ends
        }

    def funnel(self) -> list[int]:
        """Persons that reached each step in order, in any time: it does not support a window."""
        return [step["unique_paths"] for step in self.stream.funnel_data(list(STEPS))["steps"]]


def _plain(schema: pyarrow.Schema) -> pyarrow.Schema:
    fields = [field.with_type(pyarrow.string()) if field.name == "kind" else field for field in schema]
    return pyarrow.schema(fields)
