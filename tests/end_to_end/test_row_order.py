"""DuckDB may hand the same rows over in another order after every build: no published figure may show it."""

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.defs.manifest import dbt_project, read_manifest
from tests.end_to_end.conftest import CalmWorld

MODELS = {
    node["name"]: node
    for node in read_manifest(dbt_project())["nodes"].values()
    if node["resource_type"] == "model" and node["language"] == "python"
}


@dataclass(frozen=True)
class Config:
    """`dbt.config` of a Python model."""

    values: Mapping[str, Any]

    def __call__(self, **_: str) -> None:
        """As `dbt.config(materialized=…)`."""

    def get(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class Dbt:
    """What dbt hands a Python model, with the rows of other models in the order of a hash of them."""

    connection: duckdb.DuckDBPyConnection
    config: Config
    seed: int

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        [(schema,)] = self.connection.execute(
            "select table_schema from information_schema.tables"
            " where table_catalog = 'warehouse' and table_name = ?",
            [name],
        ).fetchall()
        # A table of its own: an order that stands in a query need not outlive what is built on it.
        self.connection.execute(
            f"create or replace temp table {name} as from warehouse.{schema}.{name} as source"
            f" order by hash(source::varchar || '{self.seed}')"
        )
        return self.connection.table(f"temp.{name}")


@pytest.fixture(scope="module")
def warehouse(calm: CalmWorld) -> Iterator[duckdb.DuckDBPyConnection]:
    path = calm.home.data / "warehouse.duckdb"
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{path}' as warehouse (read_only)")
        yield connection


def rows_of(node: Mapping[str, Any], connection: duckdb.DuckDBPyConnection, seed: int) -> list[str]:
    path = Path(dbt_project().project_dir) / node["original_file_path"]
    spec = importlib.util.spec_from_file_location(node["name"], path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.model(Dbt(connection, Config(node["config"] | node["config"]["meta"]), seed), None)
    return sorted(str(row) for row in found.to_pylist())


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_python_model_gives_the_same_rows_in_any_order(
    warehouse: duckdb.DuckDBPyConnection, model: str
) -> None:
    first, *others = (rows_of(MODELS[model], warehouse, seed) for seed in range(12))
    for other in others:
        assert other == first
