"""A Python model of the project, run on tables of a DuckDB connection instead of on other models."""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

MODELS = Path(__file__).parents[2] / "dbt" / "models"
Row = Mapping[str, Any]


class _Dbt:
    """What dbt hands a Python model: its configuration, and other models as relations of DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.ref = connection.table

    def config(self, **_: str) -> None:
        """As `dbt.config(materialized=…)`."""


def table(
    connection: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], rows: Sequence[Row]
) -> None:
    """Columns that a row does not name are null."""
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    connection.execute(f"create table {name} ({columns})")
    for row in rows:
        assert not row.keys() - types.keys()
        connection.execute(
            f"insert into {name} values ({', '.join('?' * len(types))})",
            [row.get(column) for column in types],
        )


def run(connection: duckdb.DuckDBPyConnection, model: str) -> list[dict[str, Any]]:
    """The rows of the model at `model`, its path below dbt/models without a suffix."""
    spec = importlib.util.spec_from_file_location(model.replace("/", "."), MODELS / f"{model}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: pa.Table = module.model(_Dbt(connection), None)
    return found.to_pylist()
