"""What campaigns cost, from a file: the rows of a campaign add up, be they of days or of invoices."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import duckdb

from dagster_project.raw.csv_table import CsvTable, load_csv_table
from dagster_project.raw.small_files import FileRows, InPlace, Refused, plausible_day
from dagster_project.sources.core.redaction import without_addresses

COLUMNS = ("campaign", "day", "cost", "currency")
CURRENCY = re.compile(r"[A-Z]{3}")
AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
# What is booked ahead counts from its day on; a later one is a typing error.
DAYS_AHEAD = 366
LARGEST = Decimal(10) ** 12


class Cost(NamedTuple):
    """What was spent on a campaign on a day."""

    campaign: str
    day: date
    cost: Decimal
    currency: str


def load_campaign_costs(
    connection: duckdb.DuckDBPyConnection, environment: Mapping[str, str], now: datetime | None = None
) -> None:
    """Bring `raw._campaign_costs` up to the file that `MILEPOST_CAMPAIGN_COSTS` names; empty without it.

    Raises ConfigurationError when the file does not exist, cannot be read or lacks a column.
    """
    load_csv_table(connection, CAMPAIGN_COSTS, environment, now)


def _checked(rows: FileRows, now: datetime) -> tuple[list[Cost], list[Refused]]:
    kept: list[Cost] = []
    refused: list[Refused] = []
    for record, row in rows:
        found = _cost(row, now)
        if isinstance(found, str):
            refused.append(Refused(record, found))
        else:
            kept.append(found)
    return kept, refused


def _cost(row: dict[str, str], now: datetime) -> Cost | str:
    """The cost of a row, or why it has none."""
    campaign, currency = row.get("campaign", ""), row.get("currency", "").upper()
    if not campaign:
        return "campaign is empty"
    day = plausible_day(row.get("day", ""), now.date() + timedelta(days=DAYS_AHEAD))
    if isinstance(day, str):
        return f"day {day}"
    if not CURRENCY.fullmatch(currency):
        return "currency is not an ISO 4217 code"
    try:
        # Of a number like 1,234.50 it is unknown which comma is the decimal one.
        if not AMOUNT.fullmatch(row.get("cost", "")):
            return "cost is not a number"
        cost = Decimal(row["cost"])
    except InvalidOperation:
        return "cost is not a number"
    if cost < 0:
        return "cost is negative"
    if cost >= LARGEST:
        return "cost is not plausible"
    return Cost(without_addresses(campaign), day, round(cost, 4), currency)


CAMPAIGN_COSTS = CsvTable(
    variable="MILEPOST_CAMPAIGN_COSTS",
    source=InPlace.CAMPAIGN_COSTS,
    table="raw._campaign_costs",
    columns=COLUMNS,
    required=COLUMNS,
    numbers=("cost",),
    check=_checked,
)
