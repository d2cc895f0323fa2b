"""After Spark: its tables in the small warehouse, and what DuckDB builds of them.

Which models these are follows from dbt's manifest (`SparkProject`): those in Python, which infer from counts,
and what is made of them.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.publishing.large import LargeMart
from dagster_project.raw.connection import connect
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.runtime.dbt_runner import WITHOUT_UNIT_TESTS, Outcome, Project, run
from dagster_project.runtime.worker import worker
from dagster_project.spark.build import parse_project
from dagster_project.spark.small_warehouse import SparkSettings

MARTS = "marts"
# Types of few values are DuckDB's own (see macros/definitions/enum_types.sql); Spark has their text.
ENUM_SCHEMA = "marts."
# A person's key is a hash on Spark, and wider than the number that DuckDB deals.
WIDER = {"person_key": "bigint"}


@dataclass(frozen=True)
class Built:
    """A table that Spark built; `columns` are name to type and description where the model declares them."""

    schema: str
    name: str
    description: str
    columns: Mapping[str, tuple[str | None, str]]
    has_contract: bool

    @classmethod
    def of(cls, node: Any) -> "Built":
        """Of a model in dbt's manifest."""
        columns = {each.name: (each.data_type, each.description) for each in node.columns.values()}
        is_documented = bool(node.config.persist_docs.get("relation"))
        return cls(
            node.schema, node.name, node.description if is_documented else "", columns, node.contract.enforced
        )

    @property
    def types(self) -> dict[str, str]:
        """The contract's, in its order; none without one."""
        if not self.has_contract:
            return {}
        return {name: _seen_type(name, str(type_)) for name, (type_, _) in self.columns.items()}


def _seen_type(column: str, type_: str) -> str:
    """Of a column of a contract, as Spark's table has it in the small warehouse."""
    wider = next((wide for suffix, wide in WIDER.items() if column.endswith(suffix)), None)
    return wider or ("varchar" if type_.startswith(ENUM_SCHEMA) else type_)


def take_in_and_build(settings: SparkSettings, show: Callable[[str], None] = lambda _: None) -> None:
    """Everything after Spark's build, up to the checks."""
    project = parse_project()
    left = project.left_to_duckdb
    models: list[Any] = [node for id_, node in project.manifest.nodes.items() if id_.startswith("model.")]
    with connect(settings) as connection:
        built = [Built.of(node) for node in models if node.unique_id not in left]
        take_in(connection, settings.spark_home, built, settings.copied_rows)
    names = sorted(node.name for node in models if node.unique_id in left)
    build_small_tables(settings.spark_home, names, show)


def take_in(
    connection: duckdb.DuckDBPyConnection, home: Path, tables: Iterable[Built], copied_rows: int
) -> None:
    """Make Spark's tables those of the small warehouse: copies up to so many rows, else views."""
    present = _present(connection)
    for table in tables:
        files = literal(str(home / table.schema / table.name / "*.parquet"))
        rows = count(
            connection, f"select coalesce(sum(num_rows), 0)::bigint from parquet_file_metadata({files})"
        )
        kind = "table" if rows <= copied_rows else "view"
        name = f"{table.schema}.{quoted(table.name)}"
        if before := present.get((table.schema, table.name)):
            connection.execute(f"drop {before} {name}")
        casts = ", ".join(
            f"cast({quoted(column)} as {type_}) as {quoted(column)}" for column, type_ in table.types.items()
        )
        connection.execute(f"create {kind} {name} as select {casts or '*'} from read_parquet({files})")
        _describe(connection, kind, name, table)


def large_marts(connection: duckdb.DuckDBPyConnection, home: Path) -> list[LargeMart]:
    """The marts that are views over Spark's files."""
    views = [
        name for (schema, name), kind in _present(connection).items() if (schema, kind) == (MARTS, "view")
    ]
    found = []
    for name in sorted(views):
        if (home / MARTS / name).is_dir():
            described = connection.execute(f"describe {MARTS}.{quoted(name)}").fetchall()
            columns = {column: type_ for column, type_, *_ in described}
            found.append(LargeMart(name, home / MARTS / name, columns))
    return found


def _present(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Schema and name of every table and view, to which of both it is."""
    rows = connection.execute("""
        select schema_name, table_name, 'table' from duckdb_tables() where database_name = current_database()
        union all
        select schema_name, view_name, 'view' from duckdb_views() where database_name = current_database()
    """).fetchall()
    return {(schema, name): kind for schema, name, kind in rows}


def _describe(connection: duckdb.DuckDBPyConnection, kind: str, name: str, table: Built) -> None:
    """The descriptions, which readers of the published file see."""
    if not table.description:
        return
    connection.execute(f"comment on {kind} {name} is {literal(table.description)}")
    for column, (_, description) in table.columns.items():
        if description:
            connection.execute(f"comment on column {name}.{quoted(column)} is {literal(description)}")


def build_small_tables(
    home: Path, models: Iterable[str], show: Callable[[str], None] = lambda _: None
) -> None:
    """Build the seeds and `models` in the small warehouse, and run the tests of these.

    The warehouse must be closed. Raises RuntimeError that names what failed and why.
    """
    before = os.environ.get("MILEPOST_HOME")
    os.environ["MILEPOST_HOME"] = str(home)  # where dbt's profile looks for the warehouse
    try:
        without_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        _dbt(("--select", "resource_type:seed", *without_tests), show)
        _dbt(("--select", *models, *WITHOUT_UNIT_TESTS), show)
    finally:
        if before is None:
            del os.environ["MILEPOST_HOME"]
        else:
            os.environ["MILEPOST_HOME"] = before


def _dbt(selection: tuple[str, ...], show: Callable[[str], None]) -> None:
    outcome = None
    for message in worker.stream(run, Project(), ("build",), selection, None, WIDER):
        if isinstance(message, Outcome):
            outcome = message
        elif isinstance(message, str):
            show(message)
    if outcome is None or not outcome.is_successful:
        raise RuntimeError(outcome.explanation if outcome else "dbt ended without an outcome.")
