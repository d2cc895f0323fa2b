"""A raw table filled from a CSV file that an environment variable names.

A row that cannot be one is quarantined, by itself, and all others count. A changed file replaces the rows
read from it before.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from dagster_project.raw.sql import transaction
from dagster_project.settings import YEARS
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses

STREAM = "file"


class Refused(NamedTuple):
    """A row that cannot be one, as the file has it, with the reason."""

    record: str
    reason: str


FileRows = Iterator[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class CsvTable:
    """Where the rows come from and go to; `check` tells those that count from those that are refused."""

    variable: str
    source: str
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
    path = Path(named) if named else None
    content = _content(declared, path) if path else b""
    digest = hashlib.sha256(content).hexdigest() if path else ""
    before = connection.execute(
        "select entry_sha256 from raw._loads where source = ? and stream = ?", [declared.source, STREAM]
    ).fetchall()
    if before == ([(digest,)] if path else []):
        return
    kept, refused = declared.check(_rows(declared, path, content), now) if path else ([], [])
    with transaction(connection):
        connection.execute(f"delete from {declared.table}")
        for table in ("_loads", "_quarantine"):
            connection.execute(
                f"delete from raw.{table} where source = ? and stream = ?", [declared.source, STREAM]
            )
        if path:
            _write(connection, declared, path.name, digest, kept, refused, now)


def plausible_day(text: str, latest: date) -> date | str:
    """A day like 2026-11-15, or what is wrong with it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "is not a day like 2026-11-15"
    return day if YEARS[0] <= day.year and day <= latest else "is not plausible"


def _content(declared: CsvTable, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{declared.variable} names {path}, which cannot be read ({error.strerror}); correct the path or "
            "unset the variable."
        ) from error


def _rows(declared: CsvTable, path: Path, content: bytes) -> FileRows:
    """Every row as it stands there, and by column."""
    text = content.decode("utf-8-sig", errors="replace")
    head = text.splitlines()[0] if text else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    names = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in declared.required if name not in names]:
        raise ConfigurationError(
            f"{declared.variable} names {path}, which has no column {missing[0]}; its first line must be "
            f"{','.join(declared.columns)}."
        )
    for values in reader:
        if any(value.strip() for value in values):
            by_name = dict(zip(names, (value.strip() for value in values), strict=False))
            # A comma is a decimal one only where it separates no columns.
            for name in declared.numbers if delimiter != "," else ():
                if name in by_name:
                    by_name[name] = by_name[name].replace(",", ".")
            yield delimiter.join(values), by_name


def _write(
    connection: duckdb.DuckDBPyConnection,
    declared: CsvTable,
    name: str,
    digest: str,
    kept: Sequence[tuple[Any, ...]],
    refused: list[Refused],
    now: datetime,
) -> None:
    if kept:
        columns = dict(zip(declared.columns, map(list, zip(*kept, strict=True)), strict=True))
        unnested = ", ".join(f"unnest(${column}) as {column}" for column in declared.columns)
        connection.execute(f"insert into {declared.table} by name select {unnested}", columns)
    for record, reason in refused:
        connection.execute(
            "insert into raw._quarantine (source, stream, partition, file, reason, record, quarantined_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [declared.source, STREAM, name, name, reason, without_addresses(record), now],
        )
    rows = len(kept) + len(refused)
    connection.execute(
        """
        insert into raw._loads by name
        select $source as source, $stream as stream, $partition as partition, $digest as entry_sha256,
            $digest as content_sha256, $rows as fetched, $rows as landed, $kept as loaded,
            $refused as quarantined, 0 as repeated, $now::timestamptz as extracted_at,
            $now::timestamptz as loaded_at, $now::timestamptz as changed_at
        """,
        {
            "source": declared.source,
            "stream": STREAM,
            "partition": name,
            "digest": digest,
            "rows": rows,
            "kept": len(kept),
            "refused": len(refused),
            "now": now,
        },
    )
