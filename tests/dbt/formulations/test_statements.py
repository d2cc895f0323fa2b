"""Dispatched statements do the same by either formulation, or nothing where an engine has no need."""

from pathlib import Path

import duckdb
import pytest

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.dispatched import formulations
from tests.dbt.harness import Warehouse


def _both(home: Path, calls: dict[str, str]) -> dict[str, dict[str, str]]:
    """Statements by formulation and by name of the macro."""
    every = {
        f"{prefix} {name}": f"milepost.{prefix}__{name}({arguments})"
        for name, arguments in calls.items()
        for prefix in formulations(name)
    }
    compiled = compile_macros(home, every)
    return {
        prefix: {name: compiled.get(f"{prefix} {name}", compiled[f"default {name}"]) for name in calls}
        for prefix in ("default", "duckdb")
    }


def test_enum_types_hold_what_the_query_gives_and_text_needs_none(
    tmp_path: Path,
) -> None:
    names = "\"select 'b' union all select 'a' union all select 'b'\""
    calls = {
        "create_enum": f"'marts.kind', {names}",
        "widen_event_names": "'fct_events', 'events', 'kinds'",
    }
    statements = _both(tmp_path, calls)
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table kinds as select 'open' as event_name")
        connection.execute("create table events as select 'click' as event_name")
        types = "select type_name, labels from duckdb_types() where schema_name = 'marts' order by all"
        for macro in ("create_enum", "widen_event_names"):
            connection.execute(statements["default"][macro])
        assert connection.execute(types).fetchall() == []
        for macro in ("create_enum", "widen_event_names"):
            connection.execute(statements["duckdb"][macro])
        assert connection.execute(types).fetchall() == [
            ("event_name", ["click", "open"]),
            ("kind", ["a", "b"]),
        ]


def test_tables_are_replaced_and_appended_to_by_name(tmp_path: Path) -> None:
    with Warehouse(tmp_path).connect() as connection:
        connection.execute("create schema made; create table made.target (a integer, b varchar)")
    relation = "api.Relation.create(schema='made', identifier='target')"
    calls = {
        "create_schema_if_missing": "'made'",
        "replace_table_as": "'made.target', \"select 1 as a, 'x' as b\"",
        "append_rows": f"{relation}, 'made.more'",
        "drop_schema": "'made'",
    }
    for statements in _both(tmp_path, calls).values():
        with duckdb.connect() as connection:
            connection.execute(statements["create_schema_if_missing"])
            connection.execute(statements["create_schema_if_missing"])
            connection.execute("create table made.more as select 'y' as b, 2 as a")
            connection.execute(statements["replace_table_as"])
            connection.execute(statements["replace_table_as"])
            connection.execute(statements["append_rows"].replace('"warehouse".', ""))
            assert connection.execute("from made.target order by a").fetchall() == [(1, "x"), (2, "y")]
            connection.execute(statements["drop_schema"])
            with pytest.raises(duckdb.CatalogException):
                connection.execute("from made.target")
