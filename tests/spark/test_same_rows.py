"""Spark builds the same rows as DuckDB: every mart, and every table on the way to one."""

from typing import Any

from dagster_project.spark.build import build_models
from tests.spark.both import Both

# Marts that Spark does not build though they are SQL alone, and why.
NOT_ON_SPARK: dict[str, str] = {}


def _differences(both: Both, *schemas: str) -> tuple[int, dict[str, str]]:
    """Tables compared, and what differs by table."""
    tables = [
        (schema, name)
        for name, schema in both.project.built.items()
        if schema in schemas and name not in NOT_ON_SPARK
    ]
    with both.connect() as connection:
        found = {name: both.difference(connection, schema, name) for schema, name in tables}
    return len(tables), {name: text for name, text in found.items() if text}


def test_every_mart_has_the_same_rows(both: Both) -> None:
    compared, differences = _differences(both, "marts")
    print(f"{compared} marts compared")
    assert compared > 35
    assert differences == {}


def test_every_table_on_the_way_has_the_same_rows(both: Both) -> None:
    compared, differences = _differences(both, "staging", "intermediate")
    print(f"{compared} tables compared")
    assert compared > 200
    assert differences == {}


def test_every_data_test_passes_on_spark(session: Any, both: Both) -> None:
    shown: list[str] = []
    build_models(session, both.project, select=["test_type:data"], show=shown.append)
    assert [line for line in shown if " WARN " in line] == []
    assert len([line for line in shown if " PASS " in line]) > 450


def test_what_spark_leaves_to_duckdb_is_python_or_made_of_it(both: Both) -> None:
    parents = both.project.manifest.parent_map
    nodes = both.project.manifest.nodes
    left = both.project.left_to_duckdb
    assert left
    for name in left:
        is_python = nodes[name].language == "python"
        assert is_python or left & set(parents[name]), name
    assert set(NOT_ON_SPARK) <= set(both.project.built)


def test_the_world_has_what_engines_could_read_differently(both: Both) -> None:
    """Otherwise equal rows would prove little."""
    found = {
        "both passes of the repeated hour": """
            select count(distinct occurred_at) = 2 from duck.marts.fct_events
            where event_name = 'order' and occurred_at in ('2026-10-25 00:30:00', '2026-10-25 01:30:00')
        """,
        "a session that the cap cuts": """
            select max(epoch(ended_at - started_at)) > 80000 and count(*) > 1
            from duck.marts.fct_sessions
            where started_at between '2026-10-10 05:00:00' and '2026-10-11 09:00:00'
        """,
        "a shared mailbox": """
            select count(*) > 0 from duck.intermediate.int_identity_edges where verdict = 'shared_mailbox'
        """,
        "an order in two namespaces": "select count(*) > 0 from duck.intermediate.int_order_matches",
        "an order of a separate shop": """
            select bool_or(order_namespaces = 'app')
                and bool_or(order_namespaces = 'google_analytics, orders')
            from duck.marts.fct_macro_conversions where order_id = 'T-2'
        """,
        "users of a namespace": """
            select count(*) > 0 from duck.intermediate.int_person_identifiers where identifier like 'app:%'
        """,
        "a refund": "select count(*) > 0 from duck.marts.fct_refunds",
        "two currencies": """
            select count(distinct currency) > 1 from duck.marts.fct_macro_conversions where revenue > 0
        """,
        "nested properties": "select count(*) > 3 from duck.marts.fct_events where properties like '%{%'",
        "an emoji": "select count(*) > 0 from duck.marts.fct_events where properties like '%👨‍👩‍👧%'",
    }
    with both.connect() as connection:
        lacking = [name for name, query in found.items() if connection.execute(query).fetchall() != [(True,)]]
    assert lacking == []


def test_views_and_incremental_models_are_whole_tables(both: Both) -> None:
    for name, schema in both.project.built.items():
        assert list((both.spark_home / schema / name).glob("*.parquet")), name
