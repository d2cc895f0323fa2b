"""The last gate before readers: the finished draft, opened as a reader would open it."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from dagster_project.publishing.draft import for_each_table, table_name
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.raw.addresses import has_address
from dagster_project.raw.sql import count, quoted

SEARCHED_TYPES = ("VARCHAR", "JSON", "ENUM", "STRUCT", "MAP")


def verify(draft: Path, rows: Mapping[str, int]) -> None:
    """Raise PublishingRefused when a copy differs in its rows or a column holds an e-mail address."""

    def verify_table(reader: duckdb.DuckDBPyConnection, mart: str) -> None:
        copied = count(reader, f"select count(*) from {table_name(mart)}")
        if copied != rows[mart]:
            raise PublishingRefused(
                f"Nothing was published, since marts.{mart} has {rows[mart]} rows and its copy {copied}; "
                "publish again."
            )
        if column := _column_with_address(reader, mart):
            raise PublishingRefused(
                f"Nothing was published, since marts.{mart}.{column} holds an e-mail address, though loading "
                "masks them; take it out of your seeds and models, else report its spelling as a fault."
            )

    for_each_table(draft, rows, verify_table)


def _column_with_address(reader: duckdb.DuckDBPyConnection, mart: str) -> str | None:
    """The first column that holds an e-mail address. Nested values are searched in their text form."""
    columns = [
        name
        for name, type_, *_ in reader.execute(f"describe {table_name(mart)}").fetchall()
        if any(searched in type_ for searched in SEARCHED_TYPES)
    ]
    if not columns:
        return None
    tests = ", ".join(f"bool_or({has_address(f'{quoted(column)}::varchar')})" for column in columns)
    [found] = reader.execute(f"select {tests} from {table_name(mart)}").fetchall()
    return next((column for column, hit in zip(columns, found, strict=True) if hit), None)
