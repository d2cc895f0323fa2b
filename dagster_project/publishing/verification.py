"""The last gate before readers: the finished draft, opened as a reader would open it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from dagster_project.publishing.digests import TEXT_TYPES, column_with_digest, columns_with
from dagster_project.publishing.draft import for_each_table, table_name
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.raw.addresses import has_address, may_have_address
from dagster_project.raw.sql import count, literal


def verify(draft: Path, rows: Mapping[str, int]) -> None:
    """Raise PublishingRefused when a copy differs in its rows or a column holds an e-mail address."""

    def verify_table(reader: duckdb.DuckDBPyConnection, mart: str) -> None:
        copied = count(reader, f"select count(*) from {table_name(mart)}")
        if copied != rows[mart]:
            raise PublishingRefused(
                f"Nothing was published, since marts.{mart} has {rows[mart]} rows and its copy {copied}; "
                "publish again."
            )
        if column := column_with_address(reader, mart):
            raise PublishingRefused(holds_address(mart, column))

    for_each_table(draft, rows, verify_table)


def verify_digests(warehouse: duckdb.DuckDBPyConnection, draft: Path, marts: Iterable[str]) -> None:
    """Raise PublishingRefused when a copy holds the digest of an address that the warehouse knows."""
    warehouse.execute(f"attach {literal(str(draft))} as draft (read_only)")
    try:
        copies = {f"draft.{table_name(mart)}": mart for mart in marts}
        if found := column_with_digest(warehouse, copies):
            table, column = found
            raise PublishingRefused(holds_digest(copies[table], column))
    finally:
        warehouse.execute("detach draft")


def holds_address(mart: str, column: str) -> str:
    return (
        f"Nothing was published, since marts.{mart}.{column} holds an e-mail address, though loading masks "
        "them; take it out of your seeds and models, else report its spelling as a fault."
    )


def holds_digest(mart: str, column: str) -> str:
    return (
        f"Nothing was published, since marts.{mart}.{column} holds the digest of a contact's address, by "
        "which a list of addresses finds the person; take it out of your seeds and models, else report its "
        "spelling as a fault."
    )


def column_with_address(reader: duckdb.DuckDBPyConnection, mart: str) -> str | None:
    """The first column that holds an e-mail address. Nested values are searched in their text form."""
    columns = [
        name
        for name, type_, *_ in reader.execute(f"describe {table_name(mart)}").fetchall()
        if any(searched in type_ for searched in TEXT_TYPES)
    ]
    # A pattern takes 10 ms to compile for each column of a statement; most have no sign of an address.
    for rule in (may_have_address, has_address):
        columns = columns_with(reader, table_name(mart), columns, rule)
    return next(iter(columns), None)
