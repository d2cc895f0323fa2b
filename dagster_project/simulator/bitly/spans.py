"""`unit`, `units` and `unit_reference`: the time span of a request."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.datastructures import QueryParams

from dagster_project.simulator.bitly.responses import invalid

UNITS: Final = ("minute", "hour", "day", "week", "month")


@dataclass(frozen=True)
class Span:
    """`starts` of the buckets, newest first; `end` is the exclusive end of the newest.

    `reference` is echoed in the response.
    """

    unit: str
    units: int
    reference: datetime
    starts: tuple[datetime, ...]
    end: datetime

    @property
    def start(self) -> datetime:
        return self.starts[-1] if self.starts else self.end


def format_instant(instant: datetime) -> str:
    """`2025-10-13T00:00:00+0000`, without a colon in the offset."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z")


def read(query: QueryParams, now: datetime, created: datetime) -> Span:
    """The span of a query; -1 units reach back to the link's creation."""
    unit = query.get("unit", "day")
    if unit not in UNITS:
        raise invalid("unit")
    try:
        units = int(query.get("units", "-1"))
    except ValueError:
        raise invalid("units") from None
    if units == 0 or units < -1:
        raise invalid("units")
    reference = _reference(query.get("unit_reference", ""), now)
    newest = _floor(reference, unit)
    starts = [newest]
    while len(starts) < units or (units == -1 and starts[-1] > created):
        starts.append(_floor(starts[-1] - timedelta(seconds=1), unit))
        if len(starts) > 100_000:
            raise invalid("units")
    return Span(unit, units, reference, tuple(starts), _floor(newest + _at_least_one(unit), unit))


def _reference(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        # A plus sign that was not encoded arrives as a space.
        reference = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise invalid("unit_reference") from None
    return reference.replace(tzinfo=UTC) if reference.tzinfo is None else reference.astimezone(UTC)


def _floor(instant: datetime, unit: str) -> datetime:
    """The start of the UTC minute, hour, day, ISO week or month."""
    if unit == "minute":
        return instant.replace(second=0, microsecond=0)
    if unit == "hour":
        return instant.replace(minute=0, second=0, microsecond=0)
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def _at_least_one(unit: str) -> timedelta:
    """A duration that, added to a unit's start, falls into the next unit."""
    return {
        "minute": timedelta(minutes=1),
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=31),
    }[unit]
