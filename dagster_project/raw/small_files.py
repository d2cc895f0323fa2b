"""Small CSV files that a person or another program keeps: a row that is not valid costs only itself."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.settings import YEARS
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses


class InPlace(StrEnum):
    """The ledgers' names for what is read where it lies: no copy of it lands."""

    AUDIENCE_ASSIGNMENTS = "audience_assignments"
    CAMPAIGN_COSTS = "campaign_costs"
    EMAIL_CONTENTS = "email_contents"
    EXCHANGE_RATES = "exchange_rates"
    ORDER_TOTALS = "order_totals"


class Refused(NamedTuple):
    """A row that is not what the file is for, as the file has it, with the reason."""

    record: str
    reason: str


FileRows = Iterator[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class SmallFile:
    """A file's content; `named` says in messages what names it."""

    path: Path
    content: bytes
    named: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def rows(self, columns: Sequence[str], required: Sequence[str], decimals: Sequence[str]) -> FileRows:
        """Every row as it stands there, and by column; ConfigurationError when a required one is missing."""
        text = self.content.decode("utf-8-sig", errors="replace")
        head = text.splitlines()[0] if text else ""
        delimiter = max(",;\t", key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
        names = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in required if name not in names]:
            raise ConfigurationError(
                f"{self.named}, which has no column {missing[0]}; its first line must be {','.join(columns)}."
            )
        for values in reader:
            if any(value.strip() for value in values):
                by_name = dict(zip(names, (value.strip() for value in values), strict=False))
                # A comma is a decimal one only where it separates no columns.
                for name in decimals if delimiter != "," else ():
                    by_name[name] = by_name.get(name, "").replace(",", ".")
                yield delimiter.join(values), by_name


def plausible_day(text: str, latest: date) -> date | str:
    """A day as 2026-11-15, or what is wrong with it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "is not a day like 2026-11-15"
    return day if YEARS[0] <= day.year and day <= latest else "is not plausible"


def read_small_file(path: Path, named: str) -> SmallFile:
    """The file at `path`; ConfigurationError when it cannot be read."""
    try:
        return SmallFile(path, path.read_bytes(), named)
    except OSError as error:
        raise ConfigurationError(
            f"{named}, which cannot be read ({error.strerror}); correct the path or leave it out."
        ) from error


def is_loaded(
    connection: duckdb.DuckDBPyConnection, source: InPlace, stream: str, digest: str | None
) -> bool:
    """Whether the last load read this content; without a file, whether nothing is loaded."""
    before = connection.execute(
        "select entry_sha256 from raw._loads where source = ? and stream = ?", [source, stream]
    ).fetchall()
    return before == ([(digest,)] if digest else [])


def record_load(
    connection: duckdb.DuckDBPyConnection,
    source: InPlace,
    stream: str,
    file: SmallFile | None,
    kept: int,
    refused: Sequence[Refused],
    now: datetime,
) -> None:
    """Replace the entries of this stream in the ledgers; without a file, remove them."""
    for table in ("_loads", "_quarantine"):
        connection.execute(f"delete from raw.{table} where source = ? and stream = ?", [source, stream])
    if file is None:
        return
    name = file.path.name
    for record, reason in refused:
        connection.execute(
            "insert into raw._quarantine (source, stream, partition, file, reason, record, quarantined_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [source, stream, name, name, reason, without_addresses(record), now],
        )
    connection.execute(
        """
        insert into raw._loads by name
        select $source as source, $stream as stream, $partition as partition, $digest as entry_sha256,
            $digest as content_sha256, $rows as fetched, $rows as landed, $kept as loaded,
            $refused as quarantined, 0 as repeated, $now::timestamptz as extracted_at,
            $now::timestamptz as loaded_at, $now::timestamptz as changed_at
        """,
        {
            "source": source,
            "stream": stream,
            "partition": name,
            "digest": file.digest,
            "rows": kept + len(refused),
            "kept": kept,
            "refused": len(refused),
            "now": now,
        },
    )
