"""Columns and rows of the tables and views of the warehouse, for Dagster's catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb

from dagster_project.defs.column_lineage import Columns, table_of
from dagster_project.raw.sql import count, quoted


def columns_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Columns, name to type, by `schema.name`."""
    tables: dict[str, dict[str, str]] = defaultdict(dict)
    for schema, table, column, type_ in connection.execute("""
        select schema_name, table_name, column_name, data_type from duckdb_columns()
        where database_name = current_database() and not internal
        order by schema_name, table_name, column_index
    """).fetchall():
        tables[f"{schema}.{table}"][column] = type_
    return dict(tables)


def of_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Columns],
    nodes: Mapping[str, Mapping[str, Any]],
    outputs: Iterable[dg.Output[None]],
) -> Iterator[dg.Output[None]]:
    """Outputs of tables and views that were not built, each with its columns, of `tables`, and rows."""
    for output in outputs:
        node = nodes[str(output.metadata["unique_id"].value)]
        relation = f"{quoted(node['schema'])}.{quoted(node['alias'])}"
        is_view = node["config"]["materialized"] == "view"
        rows = None if is_view else count(connection, f"select count(*) from {relation}")
        yield described(output, tables.get(table_of(node), {}), rows, {})


def described(
    output: dg.Output[None], columns: Columns, rows: int | None, further: Mapping[str, Any]
) -> dg.Output[None]:
    """The output with its table's column schema and rows (not of views), for Dagster's catalogue."""
    schema = dg.TableSchema([dg.TableColumn(name, type_) for name, type_ in columns.items()])
    found: dict[str, Any] = {
        "dagster/column_schema": schema,
        **({} if rows is None else {"dagster/row_count": rows}),
    }
    return output.with_metadata({**output.metadata, **found, **further})
