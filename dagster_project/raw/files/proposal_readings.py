"""How the columns of a file of unknown layout can be read, by the cells of its sample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from dagster_project.raw.files.amounts import amount
from dagster_project.raw.files.values import instant
from dagster_project.raw.sql import count, quoted
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import FileFormat

# Of the filled cells that a reading must fit.
FITS = 0.9
TIME_READINGS: tuple[tuple[str, ...], ...] = ((), ("day_first",), ("month_first",))
AMOUNT_READINGS = ((None, None), (",", None), (",", "."), (None, ","), (",", " "))
CLOCK = "regexp_full_match(trim({}), '(?i)[0-2]?[0-9](:[0-5][0-9]){{1,2}}( ?[ap]\\.?m\\.?)?')"
DOTTED_CLOCK = "regexp_full_match(trim({}), '[0-2]?[0-9][.][0-5][0-9]')"
CLOCK_NAMES = (
    "time",
    "clock",
    "kell",
    "kellaaeg",
    "zeit",
    "uhrzeit",
    "aika",
    "kello",
    "heure",
    "hora",
    "tid",
)
# Three digits after the only sign: thousands, or thousandths.
GROUPS = r"regexp_full_match({}, '[^0-9]*[0-9]{{1,3}}[.,][0-9]{{3}}[^0-9]*')"
# What tools write where they have nothing.
NOTHING = "('', '-', '--', 'n/a', 'null', 'none')"


def times_of(
    connection: duckdb.DuckDBPyConnection, feed: Feed, names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The columns of times, and how each can be read."""
    readings = ((name, time_reading(connection, feed, name)) for name in names)
    return {name: reading for name, reading in readings if reading is not None}


def share(connection: duckdb.DuckDBPyConnection, name: str, condition: str) -> float:
    """Of the filled cells of a column, how many fit; 0 for a column without any."""
    [(filled, fitting)] = connection.execute(
        f"select count(*), count(*) filter ({condition}) from sample "
        f"where lower(trim({quoted(name)})) not in {NOTHING}"
    ).fetchall()
    return fitting / filled if filled else 0.0


def clock_of(connection: duckdb.DuckDBPyConnection, day: str, names: Sequence[str]) -> str | None:
    """The column with the time of day, where `day` has none."""
    if share(connection, day, f"contains({quoted(day)}, ':')") > 0:
        return None
    for name in names:
        shape = DOTTED_CLOCK if name.strip().lower() in CLOCK_NAMES else CLOCK
        if any(share(connection, name, one.format(quoted(name))) >= FITS for one in (CLOCK, shape)):
            return name
    return None


def same_with_clock(
    connection: duckdb.DuckDBPyConnection, feed: Feed, day: str, times: Mapping[str, tuple[str, ...]]
) -> str:
    """The column that says the time of the same days, where `day` says none; else `day` itself."""
    has_clock = "contains({}, ':')"
    if share(connection, day, has_clock.format(quoted(day))) > 0:
        return day
    dates = {
        name: f"cast({instant(f'trim({quoted(name)})', _read(feed, formats))} as date)"
        for name, formats in times.items()
    }
    for name in times:
        if share(connection, name, has_clock.format(quoted(name))) >= FITS and (
            share(connection, name, f"{dates[name]} = {dates[day]}") >= FITS
        ):
            return name
    return day


def _read(feed: Feed, formats: tuple[str, ...]) -> Feed:
    return replace(feed, file_format=FileFormat(time_formats=formats))


def values(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return count(connection, f"select count(distinct lower({quoted(name)})) from sample")


def is_unique(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    [(rows, values)] = connection.execute(
        f"select count(*), count(distinct nullif(trim({quoted(name)}), '')) from sample"
    ).fetchall()
    return bool(rows == values)


def time_reading(connection: duckdb.DuckDBPyConnection, feed: Feed, name: str) -> tuple[str, ...] | None:
    """How the column can be read as times of this century; None where it cannot.

    Of two readings that fit, the one that fits more, else the one in which the times lie closer together.
    """
    found: dict[tuple[str, ...], tuple[float, int]] = {}
    for formats in TIME_READINGS:
        time = instant(f"trim({quoted(name)})", _read(feed, formats))
        is_time = f"{time} between timestamptz '2000-01-01' and timestamptz '2100-01-01'"
        if (fitting := share(connection, name, is_time)) >= FITS:
            if not formats:
                return formats
            span = f"select epoch(max({time}) - min({time}))::bigint from sample where {is_time}"
            found[formats] = -fitting, count(connection, span)
    return min(found, key=found.__getitem__) if found else None


def amount_reading(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str | None, str | None] | None:
    """Amounts with three digits after every comma have thousands sooner than thousandths."""
    if share(connection, name, f"not contains({quoted(name)}, ',')") < 1 and (
        share(connection, name, f"not contains({quoted(name)}, ',') or {GROUPS.format(quoted(name))}") == 1
    ):
        return None, ","
    found = {}
    for decimal, thousands in AMOUNT_READINGS:
        rules = FileFormat(decimal=decimal, thousands=thousands)
        is_amount = f"{amount(f'trim({quoted(name)})', 'null', rules)} is not null"
        found[decimal, thousands] = share(connection, name, is_amount)
    best = max(found, key=found.__getitem__)  # the first of those that fit alike
    return best if found[best] >= FITS else None
