"""Daily totals that a shop gives of its own orders: what its feed is reconciled with."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.raw.small_files import (
    InPlace,
    Refused,
    SmallFile,
    is_loaded,
    plausible_day,
    read_small_file,
    record_load,
)
from dagster_project.raw.sql import transaction
from dagster_project.sources.event_files import Feed

SOURCE = InPlace.ORDER_TOTALS
COLUMNS = ("day", "currency", "orders", "revenue")
CURRENCY = re.compile(r"[A-Z]{3}")
# As of any amount that loading lets pass.
HIGHEST = Decimal(10) ** 12


class Total(NamedTuple):
    """Orders of one day and currency, and what they came to."""

    day: date
    currency: str
    orders: int
    revenue: Decimal


def load_order_totals(
    connection: duckdb.DuckDBPyConnection, feeds: Sequence[Feed], now: datetime | None = None
) -> None:
    """Bring `raw._order_totals` up to the files that feeds name under `daily_totals`.

    A changed file, or one whose feed's time zone changed, replaces the totals read from it before. Raises
    ConfigurationError when a file does not exist, cannot be read or lacks a column.
    """
    now = now or datetime.now(UTC)
    declared = {feed.name: feed for feed in feeds if feed.daily_totals}
    loaded = connection.execute(
        "select distinct stream from raw._loads where source = ?", [SOURCE]
    ).fetchall()
    for name in sorted({*declared, *(stream for (stream,) in loaded)}):
        _load(connection, name, declared.get(name), now)


def _load(connection: duckdb.DuckDBPyConnection, name: str, feed: Feed | None, now: datetime) -> None:
    file = None
    if feed and feed.daily_totals:
        file = read_small_file(
            Path(feed.daily_totals), f"Feed {name} has daily_totals in {feed.daily_totals}"
        )
    zone = feed.timezone if feed else ""
    if is_loaded(connection, SOURCE, name, file.digest if file else None) and _has_zone(
        connection, name, zone
    ):
        return
    kept, refused = _checked(file, now) if file else ([], [])
    with transaction(connection):
        connection.execute("delete from raw._order_totals where feed = ?", [name])
        if kept:
            connection.executemany(
                "insert into raw._order_totals values (?, ?, ?, ?, ?, ?)",
                [(name, zone, *total) for total in kept],
            )
        record_load(connection, SOURCE, name, file, len(kept), refused, now)


def _has_zone(connection: duckdb.DuckDBPyConnection, name: str, zone: str) -> bool:
    [(other,)] = connection.execute(
        "select count(*) from raw._order_totals where feed = ? and time_zone <> ?", [name, zone]
    ).fetchall()
    return not other


def _checked(file: SmallFile, now: datetime) -> tuple[list[Total], list[Refused]]:
    """Of two rows of one day and currency the last in the file corrects the other."""
    kept: dict[tuple[date, str], tuple[str, Total]] = {}
    refused: list[Refused] = []
    for record, row in file.rows(COLUMNS, COLUMNS, decimals=("revenue",)):
        found = _total(row, now)
        if isinstance(found, str):
            refused.append(Refused(record, found))
            continue
        before = kept.pop((found.day, found.currency), None)
        if before:
            refused.append(Refused(before[0], "a later row has other totals of that day"))
        kept[found.day, found.currency] = record, found
    return [total for _, total in kept.values()], refused


def _total(row: dict[str, str], now: datetime) -> Total | str:
    """The total of a row, or why it has none."""
    currency = row.get("currency", "").upper()
    # Somewhere it is tomorrow already.
    day = plausible_day(row.get("day", ""), now.date() + timedelta(days=1))
    if isinstance(day, str):
        return f"day {day}"
    if not CURRENCY.fullmatch(currency):
        return "currency is not an ISO 4217 code"
    if not re.fullmatch(r"[0-9]{1,12}", row.get("orders", "")):
        return "orders is not a number of orders"
    try:
        revenue = Decimal(row.get("revenue", ""))
    except InvalidOperation:
        return "revenue is not a number"
    if not revenue.is_finite() or not 0 <= revenue < HIGHEST:
        return "revenue is not plausible"
    return Total(day, currency, int(row["orders"]), revenue)
