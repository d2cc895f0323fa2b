"""A raw table filled from a CSV file that an environment variable names; a changed file replaces its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.raw.small_files import (
    FileRows,
    InPlace,
    Refused,
    is_loaded,
    read_small_file,
    record_load,
)
from dagster_project.raw.sql import transaction

STREAM = "file"


@dataclass(frozen=True)
class CsvTable:
    """Where the rows come from and go to; `check` returns valid rows and refused ones."""

    variable: str
    source: InPlace
    table: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    numbers: tuple[str, ...]
    check: Callable[[FileRows, datetime], tuple[Sequence[tuple[Any, ...]], list[Refused]]]


def load_csv_table(
    connection: duckdb.DuckDBPyConnection,
    declared: CsvTable,
    environment: Mapping[str, str],
    now: datetime | None = None,
) -> None:
    """Bring the table up to the file that its variable names; empty without it.

    Raises ConfigurationError when the file does not exist, cannot be read or lacks a column.
    """
    now = now or datetime.now(UTC)
    named = environment.get(declared.variable)
    file = read_small_file(Path(named), f"{declared.variable} names {named}") if named else None
    if is_loaded(connection, declared.source, STREAM, file.digest if file else None):
        return
    kept, refused = (
        declared.check(file.rows(declared.columns, declared.required, declared.numbers), now)
        if file
        else ([], [])
    )
    with transaction(connection):
        connection.execute(f"delete from {declared.table}")
        if kept:
            columns = dict(zip(declared.columns, map(list, zip(*kept, strict=True)), strict=True))
            unnested = ", ".join(f"unnest(${column}) as {column}" for column in declared.columns)
            connection.execute(f"insert into {declared.table} by name select {unnested}", columns)
        record_load(connection, declared.source, STREAM, file, len(kept), refused, now)
