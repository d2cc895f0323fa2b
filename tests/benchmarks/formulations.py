"""Sessions, transitions, funnels and cohorts of an event table: macros, textbook SQL and other engines.

    python -m tests.benchmarks.formulations [events]

20 million events of a million persons by default. All compute the same results from the same acts, and the
results are compared: textbook SQL with `partition by … order by`, polars on a frame in memory, ClickHouse's
`windowFunnel` by chdb on a MergeTree in the same order, and retentioneering on 2 million events, because it
keeps several copies of them in pandas: its ratios are per event. Everything runs three times, macro and
textbook in turns, because the speed of a shared machine varies within seconds; the minimum CPU and wall time
count. The macros read on one core, the funnel's on two like the textbook, polars and ClickHouse: it is the
one definition of reports and of a funnel of one's own, with a window, in two halves of the persons. It gives
the acts that reach a step, from which persons by furthest step are counted. The bar of the transitions is for
looking up each act's previous act. Counting them by the kinds of both acts is reported separately: it takes
0.07 s for every engine, two fifths of the macro's query then.
Polars gives counts only: no session ids, no cap, no guard.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from tests.benchmarks.event_store import STEPS, compile_formulations, open_store, table
from tests.benchmarks.measuring import Measure, measure, verdict
from tests.benchmarks.peers import ClickHouse, Polars, Retentioneering
from tests.dbt.formulations import textbook

EVENTS = 20_000_000
SLICE = 2_000_000
RUNS = 3


def _append_result(answers: list[Any], work: Callable[[], Any]) -> None:
    answers.append(work())


def in_turns(events: int, works: dict[str, Callable[[], Any]]) -> tuple[list[Measure], Any]:
    """The best of a few runs of each, in turns, and the result, which is the same for all."""
    answers: list[Any] = []
    runs = [
        [measure(name, events, partial(_append_result, answers, work)) for name, work in works.items()]
        for _ in range(RUNS)
    ]
    assert all(answer == answers[0] for answer in answers), list(works)
    return [
        Measure(name, events, min(run.wall for run in of_one), min(run.cpu for run in of_one))
        for name, of_one in zip(works, zip(*runs, strict=True), strict=True)
    ], answers[0]


def best_of(name: str, events: int, work: Callable[[], Any]) -> tuple[Measure, Any]:
    """The best of a few runs of one, and its result."""
    [best], answer = in_turns(events, {name: work})
    return best, answer


def reached(funnel: Callable[[], dict[int, int]]) -> dict[int, int]:
    """Levels without the persons who took no first step, whom the macro leaves out."""
    return {level: persons for level, persons in funnel().items() if level}


class Queries:
    """The queries to DuckDB over a macro's or the textbook's SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def count(self, query: str) -> int:
        return len(self._rows(query))

    def sessions(self, sessionized: str) -> tuple[int, ...]:
        """Sessions, sum of the numbers within them, and a sum of all rows."""
        [row] = self._rows(
            "select count(*) filter (where session_event_number = 1), sum(session_event_number),"
            f" bit_xor(hash(event_id, session_id)) from ({sessionized})"
        )
        return tuple(map(int, row))

    def transitions(self, followed: str) -> int:
        """Acts that have a previous act: only the look-up, without a grouping."""
        [(number,)] = self._rows(f"select count(previous_kind) from ({followed})")
        return int(number)

    def transitions_by_kind(self, followed: str) -> dict[tuple[str, str], int]:
        """The same, counted by the kinds of both acts."""
        rows = self._rows(
            f"select previous_kind, kind, count(*) from ({followed}) where has_previous"
            " group by previous_kind, kind"
        )
        return {(before, kind): count for before, kind, count in rows}

    def levels(self, *funnels: str) -> dict[int, int]:
        """Persons by the furthest step they reached, of those who reached any."""
        reached = " union all ".join(f"select person_key, step_number from ({funnel})" for funnel in funnels)
        levels = f"select max(step_number) as level from ({reached}) group by person_key"
        return dict(self._rows(f"select level, count(*) from ({levels}) group by level"))

    def cohorts(self, retention: str) -> dict[tuple[Any, int], int]:
        return {
            (start, number): active
            for start, number, active in self._rows(
                f"select cohort_start, period_number, active from ({retention})"
            )
        }


def against_textbook(
    queries: Queries, macros: dict[str, str], events: int
) -> tuple[dict[str, Measure], dict[str, Any], bool]:
    """The macros' measures and results by query, and whether the bars are met."""
    plain_transitions = (
        "select *, previous_kind is not null as has_previous"
        f" from (select kind, lag(kind) over {textbook.PERSON} as previous_kind from {{}})"
    )
    masks = f"with masks as ({macros['masks stored']}) select * from ({macros['retention']})"
    cases: list[tuple[str, Callable[[str], Any], str, str]] = [
        ("sessions", queries.sessions, macros["sessions stored"], textbook.sessions("stored")),
        (
            "transitions",
            queries.transitions,
            macros["transitions stored"],
            plain_transitions.format("stored"),
        ),
        (
            "transitions by kind",
            queries.transitions_by_kind,
            macros["transitions stored"],
            plain_transitions.format("stored"),
        ),
        (
            "transitions by text",
            queries.transitions_by_kind,
            macros["transitions texts"],
            plain_transitions.format("texts"),
        ),
        ("cohorts", queries.cohorts, masks, textbook.retention("stored", "week")),
    ]
    bars: dict[str, float | None] = {"sessions": 5.0, "transitions": 15.0, "cohorts": 1.0}
    own: dict[str, Measure] = {}
    answers: dict[str, Any] = {}
    held = True
    for name, query, formulation, plain in cases:
        works = {
            f"{name}: macro": partial(query, formulation),
            f"{name}: textbook": partial(query, plain),
        }
        [own[name], other], answers[name] = in_turns(events, works)
        held &= verdict(f"{name}: textbook's CPU to the macro's", other.cpu / own[name].cpu, bars.get(name))
        print(f"{name}: textbook's wall time to the macro's {other.wall / own[name].wall:.2f}")
    return own, answers, held


def against_peers(
    home: Path,
    queries: Queries,
    macros: dict[str, str],
    own: dict[str, Measure],
    answers: dict[str, Any],
    events: int,
) -> bool:
    """The funnel against ClickHouse, everything against polars; returns whether the funnel's bar is met."""
    acts = table(queries.connection, "stored")
    clickhouse = ClickHouse(home, acts)
    works = {
        "funnel: macro": partial(queries.levels, macros["funnel lower"], macros["funnel upper"]),
        "funnel: macro, sorted first": partial(
            queries.levels, macros["sorted funnel lower"], macros["sorted funnel upper"]
        ),
        "funnel: windowFunnel": partial(reached, partial(clickhouse.funnel, False)),
        "funnel: windowFunnel, aggregated in order": partial(reached, partial(clickhouse.funnel, True)),
    }
    [own["funnel"], _, *others], answers["funnel"] = in_turns(events, works)
    clickhouse.close()
    held = verdict(
        "funnel: wall time to windowFunnel's best", own["funnel"].wall / min(o.wall for o in others), 1, False
    )
    print(f"funnel: CPU to windowFunnel's least {own['funnel'].cpu / min(o.cpu for o in others):.2f}")
    polars = Polars(acts)
    for name, query in {
        "sessions": polars.sessions,
        "transitions by kind": polars.transitions,
        "funnel": partial(reached, polars.funnel),
        "cohorts": polars.cohorts,
    }.items():
        other, result = best_of(f"{name}: polars", events, query)
        assert result == (answers[name][:2] if name == "sessions" else answers[name]), name
        print(
            f"{name}: polars' CPU to the macro's {other.cpu / own[name].cpu:.2f},"
            f" wall {other.wall / own[name].wall:.2f}"
        )
    return held


def against_retentioneering(
    queries: Queries, macros: dict[str, str], own: dict[str, Measure], events: int
) -> None:
    """A slice by retentioneering; its results must equal the macros' on that slice."""
    size = min(SLICE, events)
    queries.connection.execute(
        f"create or replace table slice as from stored where person_key < {size // 20}"
    )
    acts = table(queries.connection, "slice")
    size = len(acts)
    made: list[Retentioneering] = []
    measure("retentioneering: building its stream", size, lambda: made.append(Retentioneering(acts)))
    levels = queries.levels(macros["endless funnel slice"])
    expected = {
        "sessions": queries.sessions(macros["sessions slice"])[0],
        "transitions by kind": queries.transitions_by_kind(macros["transitions slice"]),
        "funnel": [
            sum(n for level, n in levels.items() if level >= step) for step in range(1, len(STEPS) + 1)
        ],
    }
    for name, query in {
        "sessions": made[0].sessions,
        "transitions by kind": made[0].transitions,
        "funnel": made[0].funnel,
    }.items():
        other, result = best_of(f"{name}: retentioneering", size, query)
        assert result == expected[name], name
        ratio = other.cpu / size / (own[name].cpu / events)
        print(f"{name}: retentioneering's CPU an event to the macro's {ratio:.1f}")


def main(events: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        macros = compile_formulations(home / "dbt", events)
        with open_store(home / "store.duckdb", events) as connection:
            queries = Queries(connection)
            for name in ("not contiguous", "out of order"):
                _, wrong = best_of(f"guard: {name}", events, partial(queries.count, macros[name]))
                assert wrong == 0
            own, answers, held = against_textbook(queries, macros, events)
            for name, query, key in (
                ("sorted sessions", queries.sessions, "sessions"),
                ("guarded transitions stored", queries.transitions_by_kind, "transitions by kind"),
            ):
                _, result = best_of(name, events, partial(query, macros[name]))
                assert result == answers[key]
            held &= against_peers(home, queries, macros, own, answers, events)
            against_retentioneering(queries, macros, own, events)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS))
