"""Statements about tables: the textbook form and DuckDB's give the same tables, on DuckDB."""

from pathlib import Path

import pytest

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.harness import Warehouse

TARGET = "api.Relation.create(schema='pii', identifier='contacts')"
ROWS = "(select null as first_seen_at, 2 as email, 1 as contact_key) as new_rows"
CALLS = {
    "replace": "replace_table_as('delta.kept', 'select 2 as a union all select 3')",
    "append": f"append_rows({TARGET}, '{ROWS}')",
}


@pytest.fixture(scope="module")
def statements(home: Path) -> dict[str, str]:
    forms = ("default", "duckdb")
    calls = {f"{form} {name}": f"milepost.{form}__{call}" for form in forms for name, call in CALLS.items()}
    schemas = {
        "create schema": "milepost.create_schema_if_missing('delta')",
        "drop schema": "milepost.drop_schema('delta')",
    }
    return compile_macros(home / "compiled", calls | schemas)


@pytest.mark.parametrize("form", ["default", "duckdb"])
def test_a_table_is_replaced_and_its_schema_dropped(
    statements: dict[str, str], tmp_path: Path, form: str
) -> None:
    with Warehouse(tmp_path).connect() as connection:
        for _ in range(2):
            connection.execute(statements["create schema"])
        connection.execute("create table delta.kept as select 1 as before")
        connection.execute(statements[f"{form} replace"])
        assert connection.sql("select a from delta.kept order by a").fetchall() == [(2,), (3,)]
        connection.execute(statements["drop schema"])
        assert connection.sql("from duckdb_schemas() where schema_name = 'delta'").fetchall() == []


@pytest.mark.parametrize("form", ["default", "duckdb"])
def test_rows_are_appended_column_by_name(statements: dict[str, str], tmp_path: Path, form: str) -> None:
    with Warehouse(tmp_path).connect() as connection:
        connection.execute("insert into pii.contacts values ('old', 'old', null)")
        connection.execute(statements[f"{form} append"])
        assert connection.sql("from pii.contacts").fetchall() == [("old", "old", None), ("1", "2", None)]
