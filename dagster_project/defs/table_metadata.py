"""What a build left: columns and rows of every table and view, read over one connection after dbt let go."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb

from dagster_project.defs.column_lineage import Columns, table_of
from dagster_project.warehouse.sql import count, quoted


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


def with_tables(
    connection: duckdb.DuckDBPyConnection,
    nodes: Mapping[str, Mapping[str, Any]],
    events: Iterable[Any],
    lineage: Callable[[Mapping[str, Any], Mapping[str, Columns]], Mapping[str, Any]],
) -> Iterator[Any]:
    """The events of a build, each model's with its column schema, rows (not of views) and `lineage`.

    `nodes` are the manifest's, by unique id.
    """
    tables = columns_by_table(connection)
    for event in events:
        if not isinstance(event, dg.Output):
            yield event
            continue
        node = nodes[str(event.metadata["unique_id"].value)]
        columns = tables.get(table_of(node), {})
        found: dict[str, Any] = {
            "dagster/column_schema": dg.TableSchema([dg.TableColumn(n, t) for n, t in columns.items()]),
            **lineage(node, tables),
        }
        if node["config"]["materialized"] != "view":
            relation = f"{quoted(node['schema'])}.{quoted(node['alias'])}"
            found["dagster/row_count"] = count(connection, f"select count(*) from {relation}")
        yield event.with_metadata({**event.metadata, **found})
