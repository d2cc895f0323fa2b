"""SQL that compares a time of a record with the record's extraction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dagster_project.raw import plausibility
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.core.stream import Column

TIMES = ("TIMESTAMP", "TIMESTAMPTZ")


@dataclass(frozen=True)
class Time:
    """A time column, cast, of a relation that has the records' `_extracted_at` too.

    A record whose own time is implausible is quarantined; another implausible time is left out. A time that
    is ahead of the extraction by more than clocks differ becomes the time of the extraction.
    """

    column: Column
    is_own_time: bool

    def plausible(self, extracted_at: datetime) -> str:
        """SQL of the column's value, of records extracted at or after `extracted_at`.

        Raises on an implausible time of the record itself.
        """
        impossible = f"error({literal('not a plausible time')})" if self.is_own_time else "null"
        return f"""case
            when {self._is_clearly_plausible(extracted_at)} then {self._name}
            when {self.is_implausible()} then {impossible}
            when {self._is_ahead} then {self._extraction}
            else {self._name}
        end"""

    def correction(self, extracted_at: datetime) -> str:
        """SQL of the reason why the value is not the vendor's, or null."""
        left_out = literal(f"{self.column.name} is not a plausible time and was left out")
        replaced = literal(f"{self.column.name} is after the extraction and was set to it")
        return f"""case
            when {self._is_clearly_plausible(extracted_at)} then null
            when {self.is_implausible()} then {left_out}
            when {self._is_ahead} then {replaced}
        end"""

    def is_implausible(self, value: str = "") -> str:
        """SQL that is true for a time that a record cannot have; `value` is by default the column."""
        return plausibility.is_implausible_time(self._instant(value or self._name), "_extracted_at")

    def _is_clearly_plausible(self, extracted_at: datetime) -> str:
        """A comparison with two constants; converting the zone of every row would be costly."""
        since, until = plausibility.EARLIEST + timedelta(days=1), extracted_at + plausibility.CLOCK_SKEW
        is_between = f"{self._name} between {self._constant(since)} and {self._constant(until)}"
        return f"({self._name} is null or {is_between})"

    @property
    def _is_ahead(self) -> str:
        return plausibility.is_ahead(self._instant(self._name), "_extracted_at")

    @property
    def _name(self) -> str:
        return quoted(self.column.name)

    @property
    def _has_zone(self) -> bool:
        return self.column.type.upper() == "TIMESTAMPTZ"

    @property
    def _extraction(self) -> str:
        """SQL of the record's extraction as the column's type."""
        return (
            "_extracted_at" if self._has_zone else f"timezone({literal(self.column.timezone)}, _extracted_at)"
        )

    def _constant(self, instant: datetime) -> str:
        """SQL of `instant` as the column's type."""
        if self._has_zone:
            return f"timestamptz {literal(instant.isoformat())}"
        local = instant.astimezone(ZoneInfo(self.column.timezone)).replace(tzinfo=None)
        return f"timestamp {literal(local.isoformat())}"

    def _instant(self, value: str) -> str:
        """SQL of the earliest instant that `value` can mean: DuckDB reads a repeated hour as the later one.

        A year near the ends of the type's range has no instant and raises; it counts as infinitely early.
        """
        if self._has_zone:
            return value
        zone = literal(self.column.timezone)
        instant = f"coalesce(try(timezone({zone}, {value})), timestamptz '-infinity')"
        hour_before = f"{instant} - interval 1 hour"
        return f"(case when timezone({zone}, {hour_before}) = {value} then {hour_before} else {instant} end)"
