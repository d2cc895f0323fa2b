"""What a value may be: the limits that loading applies and that the checks allow, defined once.

A value that a type holds can still be one that the models cannot: the year 15, NaN, an event of 2106.
"""

from datetime import UTC, datetime, timedelta

from dagster_project.raw.sql import literal

# Older times are sentinels (1970-01-01, year 1) or two-digit years.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# A clock may be ahead of the extraction by this much.
CLOCK_SKEW = timedelta(minutes=10)
# Up to here a time is taken as that of a wrong clock or zone; beyond, it is not a time of the record.
LARGEST_CLOCK_ERROR = timedelta(days=1)
# Sums of billions of such amounts fit DECIMAL(38, 6).
AMOUNT_LIMIT = 1e12


def interval(length: timedelta) -> str:
    """`length` as an SQL interval."""
    return f"interval {int(length.total_seconds())} second"


def is_implausible_time(instant: str, extracted_at: str, type_: str = "TIMESTAMPTZ") -> str:
    """SQL that is true for an instant that a record of that extraction cannot have."""
    earliest = f"{type_} {literal(EARLIEST.isoformat())}"
    return f"({instant} < {earliest} or {instant} > {extracted_at} + {interval(LARGEST_CLOCK_ERROR)})"


def is_ahead(instant: str, extracted_at: str) -> str:
    """SQL that is true for an instant further after its extraction than clocks differ."""
    return f"{instant} > {extracted_at} + {interval(CLOCK_SKEW)}"


def is_not_a_number(number: str, text: str) -> str:
    """SQL that is true where `number`, the cast of `text`, is not finite or was 1_000, which SQL allows."""
    return f"({number} is null or not isfinite({number}) or contains({text}, '_'))"


def is_too_large(number: str) -> str:
    """SQL that is true for a number that is too large for an amount, and for one that is not finite."""
    return f"not abs({number}) < {AMOUNT_LIMIT:.0f}"
