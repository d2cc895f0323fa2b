"""Exchange rates from a file, with the columns of seed exchange_rates."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

import duckdb

from dagster_project.raw.csv_table import CsvTable, load_csv_table
from dagster_project.raw.small_files import FileRows, InPlace, Refused, plausible_day

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
    load_csv_table(connection, EXCHANGE_RATES, environment, now)


def _checked(rows: FileRows, now: datetime) -> tuple[list[Rate], list[Refused]]:
    kept: list[Rate] = []
    refused: list[Refused] = []
    for record, row in rows:
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
    day = plausible_day(row.get("rate_date", ""), now.date() + timedelta(days=DAYS_AHEAD))
    if isinstance(day, str):
        return f"rate_date {day}"
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


EXCHANGE_RATES = CsvTable(
    variable="MILEPOST_EXCHANGE_RATES",
    source=InPlace.EXCHANGE_RATES,
    table="raw._exchange_rates",
    columns=COLUMNS,
    required=COLUMNS,
    numbers=("rate",),
    check=_checked,
)
