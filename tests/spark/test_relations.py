"""The dispatched macros over acts give the same rows on Spark, and components are right for any graph."""

import json
import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.spark.build import SparkProject
from tests.dbt.compiled_macros import SEPARATOR, compile_macros
from tests.dbt.formulations.relations import CALLS, compiled_calls, query
from tests.dbt.formulations.store import START, Act, Store, acts
from tests.dbt.formulations.test_relations import prepare

# The order of rows in files says nothing on Spark; components are built by statements of their own.
NOT_HERE = {"persons_not_contiguous", "acts_out_of_physical_order", "connected_components"}
KEYS = [key for key in CALLS if key.partition("/")[0] not in NOT_HERE]
# A failure shows the rows that differ: looking for fewer would take hundreds of statements.
ONCE = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TABLES = ("arrived", "lasts", "steps_of_paths", "masks", "step_events", "entries", "moves")


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_macros(tmp_path_factory.mktemp("relations"), compiled_calls())


@pytest.fixture(scope="module")
def on_spark(project: SparkProject) -> Mapping[str, str]:
    texts = [
        "{{ adapter.dispatch('"
        + key.partition("/")[0]
        + "', 'milepost')("
        + CALLS[key][0].replace("{acts}", "arrived").replace("{ordered}", "false")
        + ") }}"
        for key in KEYS
    ]
    return dict(zip(KEYS, project.compiled(SEPARATOR.join(texts)).split(SEPARATOR), strict=True))


def _show(session: Any, store: Store) -> None:
    for table in TABLES:
        columns = store.connection.table(table).columns
        # Spark has no unsigned numbers.
        listed = ", ".join("event_rank::smallint as event_rank" if c == "event_rank" else c for c in columns)
        rows = store.connection.sql(f"select {listed} from {table}").to_arrow_table()
        session.createDataFrame(rows).createOrReplaceTempView(table)


def _rows(session: Any, sql: str, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.sql(f"select {columns} from ({sql}\n)").collect()]


@ONCE
@given(drawn=acts(), data=st.data())
def test_rows_are_the_same(
    session: Any,
    on_duckdb: Mapping[str, str],
    on_spark: Mapping[str, str],
    drawn: list[Act],
    data: st.DataObject,
) -> None:
    store = Store()
    # Every call in one draw, and one long visit that the cap cuts over and over.
    awake = [
        (9, 77, START + timedelta(minutes=29 * n), n % 3, 90_000 + n, "view", n % 50 == 49)
        for n in range(160)
    ]
    prepare(store, on_duckdb, [*drawn, *awake], data)
    _show(session, store)
    different = {}
    for key in KEYS:
        columns = CALLS[key][1]
        expected = store.rows(query(key, on_duckdb[f"default {key} arrived"]), columns)
        found = sorted(_rows(session, query(key, on_spark[key]), columns), key=repr)
        if found != sorted(expected, key=repr):
            different[key] = (len(found), len(expected), [row for row in found if row not in expected][:2])
    store.connection.close()
    assert different == {}


def test_nulls_are_left_out_of_texts(
    session: Any, on_duckdb: Mapping[str, str], on_spark: Mapping[str, str]
) -> None:
    """A group without any value has none, which is not the empty text."""
    store = Store()
    store.connection.execute(
        "create table steps_of_paths as from (values (1, 'b', 1), (1, null, 2), (1, 'a', 3), (1, 'b', 4),"
        " (2, null, 1)) as steps (person_key, kind, position)"
    )
    rows = store.connection.table("steps_of_paths").to_arrow_table()
    session.createDataFrame(rows).createOrReplaceTempView("steps_of_paths")
    expected = {
        "joined_text": [(1, "b > a > b"), (2, None)],
        "distinct_text": [(1, "a, b"), (2, None)],
    }
    for name, values in expected.items():
        columns = "person_key, value"
        assert sorted(store.rows(query(name, on_duckdb[f"default {name} arrived"]), columns)) == values
        assert sorted(_rows(session, query(name, on_spark[name]), columns)) == values
    store.connection.close()


def _components(edges: list[tuple[int, int]], nodes: int) -> dict[int, int]:
    """The smallest node of each one's component, by merging sets."""
    of = list(range(nodes))

    def root(node: int) -> int:
        while of[node] != node:
            node = of[node]
        return node

    for one, other in edges:
        low, high = sorted((root(one), root(other)))
        of[high] = low
    return {node: root(node) for node in range(nodes)}


@pytest.mark.parametrize("graph", ["a chain", "a star", "pairs", "at random", "no edge"])
def test_components_are_found_in_rounds(session: Any, project: SparkProject, graph: str) -> None:
    draw, nodes = random.Random(5), 150
    order = draw.sample(range(nodes), nodes)
    edges = {
        "a chain": list(pairwise(order)),
        "a star": [(order[0], node) for node in order[1:]],
        "pairs": list(zip(order[::2], order[1::2], strict=True)),
        "at random": [(draw.randrange(nodes), draw.randrange(nodes)) for _ in range(110)],
        "no edge": [],
    }[graph]
    both_ways = [*edges, *((b, a) for a, b in edges)]
    named = pa.table({"node": [f"{node:05}" for node in range(nodes)]})
    links = pa.table(
        {
            "node": pa.array([f"{a:05}" for a, _ in both_ways], pa.string()),
            "neighbour": pa.array([f"{b:05}" for _, b in both_ways], pa.string()),
        }
    )
    for name, table in (("graph_nodes", named), ("graph_edges", links)):
        session.createDataFrame(table).write.mode("overwrite").saveAsTable(f"intermediate.{name}")
    project.operate(
        "propagate_labels",
        json.dumps(
            {
                "prefix": "intermediate.graph",
                "nodes": "intermediate.graph_nodes",
                "edges": "intermediate.graph_edges",
            }
        ),
    )
    tables = [
        row.tableName for row in session.sql("show tables in intermediate like 'graph__labels_*'").collect()
    ]
    assert len(tables) == 1
    found = session.sql(f"select node, component from intermediate.{tables[0]}").collect()
    session.sql(f"drop table intermediate.{tables[0]}")
    assert {int(row.node): int(row.component) for row in found} == _components(edges, nodes)
    # A chain of 150 is done in far fewer rounds than it is long.
    assert int(tables[0].rpartition("_")[2]) < 20
