"""The last gate before readers: the finished draft, opened as a reader would open it."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from dagster_project.publishing.draft import for_each_table, table_name
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.raw.sql import count, quoted

# Both as written and as it stands in a URL's query.
ADDRESS_PATTERN = r"[A-Za-z0-9._+\-]+(@|%40)[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+"
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
                f"Nothing was published, since marts.{mart}.{column} holds an e-mail address; mask it in "
                "staging and build again."
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
    tests = ", ".join(_holds_address(f"{quoted(column)}::varchar") for column in columns)
    [found] = reader.execute(f"select {tests} from {table_name(mart)}").fetchall()
    return next((column for column, hit in zip(columns, found, strict=True) if hit), None)


def _holds_address(text: str) -> str:
    """SQL; `contains` is an order of magnitude cheaper than the pattern and excludes nearly every value."""
    return (
        f"coalesce(bool_or((contains({text}, '@') or contains({text}, '%40')) "
        f"and regexp_matches({text}, '{ADDRESS_PATTERN}')), false)"
    )
