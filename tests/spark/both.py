"""A world built by both engines of the same raw rows, and their tables compared row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.runtime.dbt_runner import closed_warehouse
from dagster_project.spark.build import SparkProject, build_models
from dagster_project.spark.raw_tables import register_raw_tables
from tests.dbt.harness import Warehouse
from tests.spark.world import FEEDS, fill_world

# By table what is no property of the data: when a build began, numbers of persons and of nodes.
LEFT_OUT = {
    "restatement_ledger": {"run_at"},
    "int_machine_rule_versions": {"built_at"},
    "int_built_partitions": {"built_at"},
    "int_identifier_history": {"changed_at"},
    # The key of a person where there is no journey, or no order.
    "int_attribution_journeys": {"journey_id"},
    # The last digit of a power is the library's; what is made of it is summed to six decimals.
    "int_attribution_paths": {"journey_id", "decay"},
    "int_segment_acts": {"occasion"},
}
NODES = {"node", "neighbour", "component"}


@dataclass(frozen=True)
class Both:
    """One warehouse of DuckDB and one home of Spark."""

    warehouse: Path
    spark_home: Path
    project: SparkProject

    @classmethod
    def built(cls, session: Any, home: Path, spark_home: Path, project: SparkProject) -> "Both":
        warehouse = Warehouse(home, FEEDS)
        fill_world(warehouse)
        left = [f"{name}+" for name in project.python_models]
        # Left open it could not be attached.
        with closed_warehouse():
            outcome = warehouse.dbt(
                "build", "--resource-type", "seed", "--resource-type", "model", "--exclude", *left
            )
        assert outcome.success, outcome.exception
        copy_raw_tables(session, warehouse, spark_home)
        build_models(session, project, with_tests=False)
        return cls(warehouse.path, spark_home, project)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with both: `duck` is the warehouse, and person ids by key of either are tables."""
        connection = duckdb.connect()
        connection.execute(f"set timezone = 'UTC'; attach '{self.warehouse}' as duck (read_only)")
        keys = "select person_key, person_id from {}"
        connection.execute(f"create table duck_persons as {keys.format('duck.intermediate.int_person_keys')}")
        connection.execute(
            f"create table spark_persons as {keys.format(self.scan('intermediate', 'int_person_keys'))}"
        )
        return connection

    def scan(self, schema: str, table: str) -> str:
        return f"read_parquet('{self.spark_home / schema / table / '*.parquet'}')"

    def difference(self, connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
        """What either has and the other has not, in words; empty where they are equal."""
        types = columns(connection, f"duck.{schema}.{table}")
        found = columns(connection, self.scan(schema, table))
        if list(types) != list(found):
            return f"{table} has columns {list(found)} on Spark, {list(types)} on DuckDB"
        left_out = LEFT_OUT.get(table, set()) | NODES
        compared = {name: type_ for name, type_ in types.items() if name not in left_out} or {"1": "integer"}
        stored = selected(f"duck.{schema}.{table}", compared, "duck_persons")
        connection.execute(f"create or replace temp table a as {stored}")
        scanned = selected(self.scan(schema, table), compared, "spark_persons")
        connection.execute(f"create or replace temp table b as {scanned}")
        sides = [
            (name, connection.execute(f"from {one} except all from {other}").fetchall())
            for name, one, other in (("DuckDB", "a", "b"), ("Spark", "b", "a"))
        ]
        return "; ".join(
            f"{table} has {len(rows)} rows on {name} alone, such as {rows[0]}" for name, rows in sides if rows
        )


def columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Name to type."""
    return {name: type_ for name, type_, *_ in connection.execute(f"describe from {relation}").fetchall()}


def selected(relation: str, types: Mapping[str, str], persons: str) -> str:
    """The columns as DuckDB's types, an enum as text, with the id of a person in the place of the key."""
    joins, listed = [], []
    for name, type_ in types.items():
        if name.endswith("person_key") or name in ("referrer_key", "referred_key", "reviewer_key"):
            joins.append(f"left join {persons} as of_{name} on t.{name} = of_{name}.person_key")
            # A key that is nobody's must be found, not pass for none.
            listed.append(
                f"case when t.{name} is not null then coalesce(of_{name}.person_id, 'unknown') end as {name}"
            )
        else:
            as_type = "varchar" if type_.startswith("ENUM") or type_ == "JSON" else type_
            value = name if name == "1" else f't."{name}"'
            listed.append(f'cast({value} as {as_type}) as "{name}"')
    return f"select {', '.join(listed)} from {relation} as t {' '.join(joins)}"


def copy_raw_tables(session: Any, warehouse: Warehouse, home: Path) -> None:
    """What loading left in a warehouse, views over all feeds included, as folders that Spark knows.

    In place of those of any other test: the session keeps a table's folder until the table is dropped.
    """
    with warehouse.connect() as connection:
        relations = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('raw', 'pii')"
            " union all select schema_name, view_name from duckdb_views() where schema_name in ('raw', 'pii')"
        ).fetchall()
        for schema, name in relations:
            folder = home / schema / name
            folder.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy {schema}.{name} to '{folder / 'part-0.parquet'}' (format parquet)")
    register_raw_tables(session, home)
