"""DuckDB's formulations give the rows of their textbooks, from acts in physical order and as they come."""

from collections.abc import Mapping

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.dispatched import formulations
from tests.dbt.formulations.relations import AGGREGATES, CALLS, compiled_calls, query
from tests.dbt.formulations.store import KINDS, SMALL, Act, Store, acts
from tests.dbt.formulations.textbook import PERSON

Relations = Mapping[str, str]
STEPS = range(1, 5)
SEQUENCES = ("a", "b")
# Without a number a move may take any time.
GAPS = (0, 1800, 86_400, 10**8, None)


@pytest.fixture(scope="session")
def relations(tmp_path_factory: pytest.TempPathFactory) -> Relations:
    return compile_macros(tmp_path_factory.mktemp("relations"), compiled_calls())


def _fill(store: Store, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    store.connection.execute(f"create or replace temp table {table} ({columns})")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        store.connection.executemany(f"insert into {table} values ({marks})", rows)


def prepare(store: Store, relations: Relations, drawn: list[Act], data: st.DataObject) -> None:
    """Fill the tables that calls read: acts, a graph, numbers, paths, and sequences with their rules."""
    store.keep(drawn)
    edges = data.draw(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=14))
    _fill(store, "nodes", "node integer", [(node,) for node in range(15)])
    _fill(store, "edges", "node integer, neighbour integer", [*edges, *((b, a) for a, b in edges)])
    _fill(store, "lasts", "last bigint", [(data.draw(st.one_of(st.none(), st.integers(0, 9_999))),)])
    # In no order: in that of the window a list would be in order by itself.
    store.connection.execute(
        "create or replace temp table steps_of_paths as select *, row_number() over"
        f" {PERSON} as position, coalesce(lag(kind) over {PERSON} = kind, false) as is_immediate_repeat"
        " from arrived order by hash(event_id)"
    )
    store.connection.execute(
        f"create or replace temp table masks as {relations['default active_periods/week arrived']}"
    )
    steps = data.draw(
        st.lists(
            st.tuples(*[st.sampled_from(SEQUENCES), st.sampled_from(STEPS), st.sampled_from(KINDS)]),
            unique=True,
        )
    )
    _fill(store, "steps_of_kinds", "sequence_id varchar, step_number integer, kind varchar", steps)
    store.connection.execute(
        "create or replace temp table step_events as"
        " select distinct sequence_id, step_number, person_key, position as act_position, occurred_at,"
        " event_id"
        " from steps_of_paths inner join steps_of_kinds using (kind)"
    )
    entries = st.tuples(st.sampled_from(SEQUENCES), st.sampled_from(STEPS))
    moves = st.tuples(st.sampled_from(SEQUENCES), st.sampled_from(STEPS), st.sampled_from(STEPS))
    drawn_moves = data.draw(st.lists(moves, unique=True))
    _fill(
        store,
        "entries",
        "sequence_id varchar, step_number integer",
        data.draw(st.lists(entries, unique=True)),
    )
    _fill(
        store,
        "moves",
        "sequence_id varchar, from_step integer, to_step integer, max_seconds bigint",
        [(*move, data.draw(st.sampled_from(GAPS))) for move in drawn_moves if move[1] < move[2]],
    )


@pytest.mark.parametrize("key", [key for key in CALLS if "duckdb" in formulations(key.partition("/")[0])])
@SMALL
@given(drawn=acts(), data=st.data())
def test_formulations_give_the_same_rows(
    relations: Relations, store: Store, key: str, drawn: list[Act], data: st.DataObject
) -> None:
    prepare(store, relations, drawn, data)
    columns = CALLS[key][1]
    expected = store.rows(query(key, relations[f"default {key} arrived"]), columns)
    # Acts that arrived in any order are in no physical order, which is what these two report.
    is_about_order = key in ("persons_not_contiguous", "acts_out_of_physical_order")
    for acts_table in ("stored",) if is_about_order else ("stored", "arrived"):
        given_rows = store.rows(query(key, relations[f"duckdb {key} {acts_table}"]), columns)
        assert given_rows == expected, acts_table


@SMALL
@given(drawn=acts())
def test_aggregates_without_another_formulation(relations: Relations, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    store.connection.execute(
        f"create or replace temp table steps_of_paths as select *, row_number() over {PERSON} as position,"
        " false as is_immediate_repeat from arrived"
    )
    persons = {
        act[0]: [act[5] for act in sorted(drawn, key=lambda a: a[2:5]) if act[0] == person]
        for act in drawn
        for person in [act[0]]
    }
    expected = {
        "joined_text": [(person, " > ".join(kinds)) for person, kinds in persons.items()],
        "distinct_text": [(person, ", ".join(sorted(set(kinds)))) for person, kinds in persons.items()],
        "sorted_list": [(person, sorted(kinds)) for person, kinds in persons.items()],
    }
    assert expected.keys() == {name for name in AGGREGATES if formulations(name) == ["default"]}
    for name, rows in expected.items():
        assert store.rows(query(name, relations[f"default {name} arrived"])) == sorted(rows)


def test_a_chain_or_a_visit_beyond_the_rounds_is_refused(relations: Relations, store: Store) -> None:
    """The textbooks repeat a fixed number of times; what needs more must not come out wrong."""
    chain = [(node, node + 1) for node in range(20)]
    _fill(store, "nodes", "node integer", [(node,) for node in range(21)])
    _fill(store, "edges", "node integer, neighbour integer", [*chain, *((b, a) for a, b in chain)])
    with pytest.raises(duckdb.ConversionException, match="more than 16 edges"):
        store.rows(relations["default connected_components arrived"])
    assert set(store.rows(relations["duckdb connected_components stored"], "component")) == {(0,)}
    store.connection.execute("delete from arrived")
    store.connection.execute(
        "insert into arrived select 1, 1, timestamp '2026-01-01' + to_minutes(30 * n), 1, n, 'view', false"
        " from range(48 * 20) as numbers(n)"
    )
    with pytest.raises(duckdb.ConversionException, match="more than 14 times the cap"):
        store.rows(relations["default sessionize arrived"])
    assert len(store.rows(relations["duckdb sessionize arrived"])) == 48 * 20
