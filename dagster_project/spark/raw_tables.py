"""Raw tables as folders of Parquet files: put in place, seen by the small warehouse, known to Spark."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import duckdb

from dagster_project.raw.schema import FEED_VIEWS, feed_view, table_name
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import SOURCE_NAME

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What SQL models read of what loading keeps in a warehouse: all of it but the streams' and feeds' tables.
KEPT_SCHEMAS = ("raw", "pii")


def put_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    staged: Sequence[Path],
    home: Path,
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Make the files of `staged`, if there are rows, the folder of a raw table, and the table a view over it.

    `more` are columns that the folder has next to the table's own.
    """
    columns = {**columns_of(connection, table), **more}
    target = home / "raw" / table
    # Spark leaves checksums and an empty `_SUCCESS` next to its files.
    if files := [file for folder in staged for file in sorted(folder.glob("*.parquet"))]:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for number, file in enumerate(files):
            file.rename(target / f"part-{number:06d}.parquet")
    else:
        nulls = "".join(f", null::{type_} as {name}" for name, type_ in more.items())
        write_folder(connection, f"select *{nulls} from raw.{quoted(table)} limit 0", target)
    [(comment,)] = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'raw' and table_name = ?", [table]
    ).fetchall()
    connection.execute(f"drop table raw.{quoted(table)}")
    connection.execute(f"create view raw.{quoted(table)} as {scan(target, columns)}")
    connection.execute(f"comment on view raw.{quoted(table)} is {literal(str(comment))}")


def write_folder(connection: duckdb.DuckDBPyConnection, query: str, folder: Path) -> None:
    """A folder with one Parquet file, which says its columns also where it has no rows."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = literal(str(folder / "part-0.parquet"))
    connection.execute(f"copy ({query}) to {target} (format parquet, compression zstd)")


def write_kept_tables(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Ledgers, keys, contacts and what is read from small files, as folders next to the raw tables."""
    kept = connection.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name in (select unnest(?))"
        " and database_name = current_database()",
        [list(KEPT_SCHEMAS)],
    ).fetchall()
    for schema, table in kept:
        write_folder(connection, f"from {schema}.{quoted(table)}", home / schema / table)


def put_feed_views(connection: duckdb.DuckDBPyConnection, feeds: list[str], home: Path) -> None:
    """The views over all feeds, over their folders; without a feed as empty folders."""
    for view, (_, condition) in FEED_VIEWS.items():
        shutil.rmtree(home / "raw" / view, ignore_errors=True)
        if feeds:
            query = feed_view(sorted(feeds), condition, row="_row")
            connection.execute(f"create or replace view raw.{view} as {query}")
        else:
            write_folder(connection, f"from raw.{view}", home / "raw" / view)


def register_raw_tables(session: "SparkSession", home: Path) -> None:
    """Make the folders of raw tables known to a session, and the views over all feeds."""
    folders = {
        schema: sorted(path.name for path in (home / schema).iterdir() if path.is_dir())
        for schema in KEPT_SCHEMAS
    }
    for view in FEED_VIEWS:
        if session.catalog.tableExists(f"raw.{view}"):
            is_view = session.catalog.getTable(f"raw.{view}").tableType == "VIEW"
            session.sql(f"drop {'view' if is_view else 'table'} raw.{view}")
    for schema, names in folders.items():
        for name in names:
            session.sql(f"drop table if exists {schema}.`{name}`")
            session.sql(f"create table {schema}.`{name}` using parquet location '{home / schema / name}'")
    prefix = f"{SOURCE_NAME}__"
    feeds = [name.removeprefix(prefix) for name in folders["raw"] if name.startswith(prefix)]
    if feeds and SOURCE_NAME not in folders["raw"]:
        for view, (_, condition) in FEED_VIEWS.items():
            # Both write a name in backticks or plain alike; these names need neither.
            query = feed_view(feeds, condition, row="_row").replace("union all by name", "union all")
            session.sql(f"create or replace view raw.{view} as {query.replace(chr(34), '`')}")


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Name to type."""
    described = connection.execute(f"describe {table_name(*table.split('__', 1))}").fetchall()
    return {name: type_ for name, type_, *_ in described}


def scan(folder: Path, columns: Mapping[str, str]) -> str:
    """SELECT of a folder's rows as `columns`."""
    casts = ", ".join(f"cast({quoted(name)} as {type_}) as {quoted(name)}" for name, type_ in columns.items())
    return f"select {casts} from read_parquet({literal(str(folder / '*.parquet'))})"
