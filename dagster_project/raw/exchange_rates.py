"""Exchange rates from a file: a row that cannot be one is quarantined, by itself, and all others count.

The columns are those of seed exchange_rates. A changed file replaces the rates read from it before.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.raw.small_files import (
    InPlace,
    Refused,
    SmallFile,
    is_loaded,
    read_small_file,
    record_load,
)
from dagster_project.raw.sql import transaction
from dagster_project.settings import YEARS

VARIABLE = "MILEPOST_EXCHANGE_RATES"
SOURCE, STREAM = InPlace.EXCHANGE_RATES, "file"
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


def load_exchange_rates(
    connection: duckdb.DuckDBPyConnection, environment: Mapping[str, str], now: datetime | None = None
) -> None:
    """Bring `raw._exchange_rates` up to the file that `MILEPOST_EXCHANGE_RATES` names; empty without it.

    Raises ConfigurationError when the file does not exist, cannot be read or lacks a column.
    """
    now = now or datetime.now(UTC)
    path = Path(environment[VARIABLE]) if environment.get(VARIABLE) else None
    file = read_small_file(path, f"{VARIABLE} names {path}") if path else None
    if is_loaded(connection, SOURCE, STREAM, file.digest if file else None):
        return
    kept, refused = _checked(file, now) if file else ([], [])
    with transaction(connection):
        connection.execute("delete from raw._exchange_rates")
        if kept:
            columns = dict(zip(COLUMNS, map(list, zip(*kept, strict=True)), strict=True))
            unnested = ", ".join(f"unnest(${column}) as {column}" for column in COLUMNS)
            connection.execute(f"insert into raw._exchange_rates select {unnested}", columns)
        record_load(connection, SOURCE, STREAM, file, len(kept), refused, now)


def _checked(file: SmallFile, now: datetime) -> tuple[list[Rate], list[Refused]]:
    kept: list[Rate] = []
    refused: list[Refused] = []
    for record, row in file.rows(COLUMNS, decimals=("rate",)):
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
