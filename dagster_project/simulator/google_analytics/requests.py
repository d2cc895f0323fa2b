"""Parsing requests like the API: snake or camel case, numbers as text, enums as names or numbers."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dagster_project.simulator.google_analytics.fields import PROPERTY_TIME_ZONE
from dagster_project.simulator.google_analytics.responses import invalid

MAXIMUM_ROWS: Final = 250_000
_DEFAULT_ROWS: Final = 10_000
_DAYS_AGO: Final = re.compile(r"(\d+)daysAgo")

_REPORT_FIELDS: Final = frozenset(
    {
        "property",
        "dateRanges",
        "dimensions",
        "metrics",
        "dimensionFilter",
        "metricFilter",
        "orderBys",
        "limit",
        "offset",
        "metricAggregations",
        "keepEmptyRows",
        "currencyCode",
        "returnPropertyQuota",
        "cohortSpec",
        "comparisons",
        "conversionSpec",
    }
)

_NOT_SIMULATED: Final = frozenset({"cohortSpec", "comparisons", "conversionSpec"})

MATCH_TYPES: Final = (
    "MATCH_TYPE_UNSPECIFIED",
    "EXACT",
    "BEGINS_WITH",
    "ENDS_WITH",
    "CONTAINS",
    "FULL_REGEXP",
    "PARTIAL_REGEXP",
)
OPERATIONS: Final = (
    "OPERATION_UNSPECIFIED",
    "EQUAL",
    "LESS_THAN",
    "LESS_THAN_OR_EQUAL",
    "GREATER_THAN",
    "GREATER_THAN_OR_EQUAL",
)
ORDER_TYPES: Final = ("ORDER_TYPE_UNSPECIFIED", "ALPHANUMERIC", "CASE_INSENSITIVE_ALPHANUMERIC", "NUMERIC")
AGGREGATIONS: Final = ("METRIC_AGGREGATION_UNSPECIFIED", "TOTAL", "", "", "COUNT", "MINIMUM", "MAXIMUM")


def read(body: bytes) -> dict[str, Any]:
    """The request's fields under their camelCase names."""
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        raise invalid("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(fields, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return dict(_camel(fields))


def check_fields(report: Mapping[str, Any]) -> None:
    """Refuses unknown fields, and fields that would change the rows but are not simulated."""
    for name in _NOT_SIMULATED & report.keys():
        if report[name]:
            raise invalid(f"{name} is not part of this simulation.")
    for name in report:
        if name not in _REPORT_FIELDS:
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            re.sub(r"_([a-z])", lambda m: m[1].upper(), name): _camel(item) for name, item in value.items()
        }
    return [_camel(item) for item in value] if isinstance(value, list) else value


def whole_number(value: Any, name: str, default: int) -> int:
    """An int64, which JSON may carry as text."""
    if value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise invalid(f"Invalid value at '{name}' (TYPE_INT64), \"{value}\"") from None


def enum(value: Any, names: Sequence[str], default: str) -> str:
    if isinstance(value, int) and 0 < value < len(names):
        return names[value]
    return value if isinstance(value, str) and value in names else default


def page(report: Mapping[str, Any]) -> tuple[int, int]:
    """Limit and offset."""
    limit = whole_number(report.get("limit"), "limit", _DEFAULT_ROWS) or _DEFAULT_ROWS
    offset = whole_number(report.get("offset"), "offset", 0)
    if limit < 0 or offset < 0:
        raise invalid("The limit and the offset must not be negative.")
    return min(limit, MAXIMUM_ROWS), offset


def date_ranges(report: Mapping[str, Any], now: datetime) -> list[tuple[str, date, date]]:
    """Name, first and last day of each range, resolved in the property's time zone."""
    entries = report.get("dateRanges") or []
    if not entries:
        raise invalid("A report needs at least one date range.")
    if len(entries) > 4:
        raise invalid(f"Requests are limited to 4 date ranges. This request has {len(entries)} date ranges.")
    today = now.astimezone(ZoneInfo(PROPERTY_TIME_ZONE)).date()
    ranges = [
        (
            str(entry.get("name") or f"date_range_{position}"),
            _day(str(entry.get("startDate", "")), today),
            _day(str(entry.get("endDate", "")), today),
        )
        for position, entry in enumerate(entries)
    ]
    for _, first, last in ranges:
        if first > last:
            raise invalid(f"Invalid date range: startDate {first} is after endDate {last}.")
    return ranges


def _day(text: str, today: date) -> date:
    if text == "today":
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    if match := _DAYS_AGO.fullmatch(text):
        return today - timedelta(days=int(match[1]))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(f"Invalid date: {text}. Use YYYY-MM-DD, NdaysAgo, yesterday or today.") from None
