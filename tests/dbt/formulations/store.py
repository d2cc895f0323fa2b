"""Made-up acts in a table in physical order, as fct_events is, and the rows of queries over it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

KINDS = ("open", "click", "view", "cart", "buy")
# An hour before the clocks of Tallinn go back, five days before a month ends, on the last day of a week.
START = datetime(2026, 10, 25)
# About the gap and the cap of sessions, ties, and the weeks and months of cohorts.
GAPS = (0, 0.5, 1, 60, 1799.999999, 1800, 1800.000001, 3600, 86_399, 86_400, 86_401, 604_800, 7_776_000)
SMALL = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Act = tuple[int, int, datetime, int, int, str, bool]
COLUMNS = (
    "person_key integer, person_hash bigint, occurred_at timestamp, event_rank utinyint, event_id bigint,"
    " kind varchar, ends_journey boolean"
)


@st.composite
def acts(draw: st.DrawFn) -> list[Act]:
    """Acts of up to four persons in any order; some acts follow each other so long that they pass the cap."""
    drawn: list[Act] = []
    ids = draw(st.randoms(use_true_random=False))
    for person in range(draw(st.integers(0, 4))):
        at = START
        runs = st.tuples(st.sampled_from(GAPS), st.sampled_from([1, 1, 1, 1, 2, 3, 60]))
        for gap, repeats in draw(st.lists(runs, max_size=6)):
            for _ in range(repeats):
                at += timedelta(seconds=gap)
                rank, kind = ids.randint(0, 2), ids.choice(KINDS)
                drawn.append(
                    (person, 7919 * person + 13, at, rank, len(drawn) * 7 % 3_001, kind, kind == "buy")
                )
    return drawn


class Store:
    """Tables `stored`, in physical order, and `arrived` of the same acts, and queries over them."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("set timezone = 'UTC'; create schema marts")
        # The textbook has Spark's name for a digest, which the standard has none of.
        self.connection.execute("create macro sha2(content, bits) as sha256(content)")
        self.connection.execute("create type marts.journey_stage as enum ('customer', 'decision')")
        self.connection.execute(f"create table stored ({COLUMNS}); create table arrived as from stored")

    def keep(self, acts: Iterable[Act]) -> None:
        """Store the acts, each person's in order, but the persons as after a few increments."""
        listed = list(acts)
        self.replace("arrived", listed)
        self.replace("stored", sorted(listed, key=lambda act: (act[0] * 7 % 5, act[0], *act[2:5])))

    def replace(self, table: str, acts: Sequence[Act]) -> None:
        """Put the acts into a table just as they come."""
        self.connection.execute(f"delete from {table}")
        if acts:
            columns = [pyarrow.array(column) for column in zip(*acts, strict=True)]
            self.connection.register("given_acts", pyarrow.table(columns, [str(n) for n in range(7)]))
            self.connection.execute(f"insert into {table} from given_acts")
            self.connection.unregister("given_acts")

    def rows(self, query: str, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"select {columns} from ({query}\n) order by all").fetchall()
