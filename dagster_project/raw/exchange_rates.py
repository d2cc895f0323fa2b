"""Exchange rates from a file: a row that cannot be one is quarantined, by itself, and all others count.

The columns are those of seed exchange_rates. A changed file replaces the rates read from it before.
"""

import csv
import hashlib
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.raw.sql import transaction
from dagster_project.settings import YEARS
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses

VARIABLE = "MILEPOST_EXCHANGE_RATES"
SOURCE, STREAM = "exchange_rates", "file"
COLUMNS = ("rate_date", "base_currency", "currency", "rate")
CURRENCY = re.compile(r"[A-Z]{3}")
# Rates are fixed for a weekend before it, hardly for longer.
DAYS_AHEAD = 7


class Rate(NamedTuple):
    """One unit of `base` is worth `rate` units of `currency`, from `day` on."""

    day: date
    base: str
    currency: str
    rate: float


class Refused(NamedTuple):
    """A row that is not a rate, as the file has it, with the reason."""

    record: str
    reason: str


def load_exchange_rates(
    connection: duckdb.DuckDBPyConnection, environment: Mapping[str, str], now: datetime | None = None
) -> None:
    """Bring `raw._exchange_rates` up to the file that `MILEPOST_EXCHANGE_RATES` names; empty without it.

    Raises ConfigurationError when the file does not exist, cannot be read or lacks a column.
    """
    now = now or datetime.now(UTC)
    path = Path(environment[VARIABLE]) if environment.get(VARIABLE) else None
    content = _content(path) if path else b""
    digest = hashlib.sha256(content).hexdigest() if path else ""
    before = connection.execute(
        "select entry_sha256 from raw._loads where source = ? and stream = ?", [SOURCE, STREAM]
    ).fetchall()
    if before == ([(digest,)] if path else []):
        return
    kept, refused = _checked(path, content, now) if path else ([], [])
    with transaction(connection):
        connection.execute("delete from raw._exchange_rates")
        for table in ("_loads", "_quarantine"):
            connection.execute(f"delete from raw.{table} where source = ? and stream = ?", [SOURCE, STREAM])
        if path:
            _write(connection, path.name, digest, kept, refused, now)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{VARIABLE} names {path}, which cannot be read ({error.strerror}); correct the path or unset "
            "the variable."
        ) from error


def _checked(path: Path, content: bytes, now: datetime) -> tuple[list[Rate], list[Refused]]:
    kept: list[Rate] = []
    refused: list[Refused] = []
    for record, row in _rows(path, content):
        found = _rate(row, now)
        if isinstance(found, str):
            refused.append(Refused(record, found))
        else:
            kept.append(found)
    # All rates go by way of one currency; of those of one day the last in the file corrects the others.
    bases = Counter(rate.base for rate in kept)
    base = max(bases, key=lambda name: (bases[name], name), default="")
    last = {(rate.day, rate.currency): rate for rate in kept if rate.base == base}
    for rate in kept:
        if rate.base != base:
            refused.append(Refused(repr(tuple(map(str, rate))), f"its base is not {base}, as of most rows"))
        elif last[rate.day, rate.currency] != rate:
            refused.append(Refused(repr(tuple(map(str, rate))), "a later row has another rate of that day"))
    return list(last.values()), refused


def _rows(path: Path, content: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Every row as it stands there, and by column."""
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=False)
    names = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ConfigurationError(
            f"{VARIABLE} names {path}, which has no column {missing[0]}; its first line must be "
            f"{','.join(COLUMNS)}."
        )
    for values in reader:
        if any(value.strip() for value in values):
            by_name = dict(zip(names, (value.strip() for value in values), strict=False))
            # A comma is a decimal one only where it separates no columns.
            if delimiter != "," and "rate" in by_name:
                by_name["rate"] = by_name["rate"].replace(",", ".")
            yield delimiter.join(values), by_name


def _rate(row: dict[str, str], now: datetime) -> Rate | str:
    """The rate of a row, or why it has none."""
    base, currency = (row.get(name, "").upper() for name in ("base_currency", "currency"))
    try:
        day = date.fromisoformat(row.get("rate_date", ""))
    except ValueError:
        return "rate_date is not a day like 2026-11-15"
    if not YEARS[0] <= day.year or day > now.date() + timedelta(days=DAYS_AHEAD):
        return "rate_date is not plausible"
    if not CURRENCY.fullmatch(base) or not CURRENCY.fullmatch(currency):
        return "a currency is not an ISO 4217 code"
    if base == currency:
        return "both currencies are the same"
    try:
        rate = float(row.get("rate", ""))
    except ValueError:
        return "rate is not a number"
    if not math.isfinite(rate) or rate <= 0:
        return "rate is not positive"
    return Rate(day, base, currency, rate)


def _write(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    digest: str,
    kept: list[Rate],
    refused: list[Refused],
    now: datetime,
) -> None:
    if kept:
        columns = dict(zip(COLUMNS, map(list, zip(*kept, strict=True)), strict=True))
        unnested = ", ".join(f"unnest(${column}) as {column}" for column in COLUMNS)
        connection.execute(f"insert into raw._exchange_rates select {unnested}", columns)
    for record, reason in refused:
        connection.execute(
            "insert into raw._quarantine (source, stream, partition, file, reason, record, quarantined_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [SOURCE, STREAM, name, name, reason, without_addresses(record), now],
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
            "source": SOURCE,
            "stream": STREAM,
            "partition": name,
            "digest": digest,
            "rows": rows,
            "kept": len(kept),
            "refused": len(refused),
            "now": now,
        },
    )
