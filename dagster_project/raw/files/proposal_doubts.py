"""What is doubtful of a proposed feed: readings of times and amounts of which another fits as well."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from dagster_project.raw.files.opened import UnreadableFileError
from dagster_project.raw.files.proposal_readings import GROUPS, amount_reading
from dagster_project.raw.files.values import instant, is_local_time
from dagster_project.raw.sql import count, quoted
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import FileFormat

UNKNOWN_NAME = "what_the_rows_are"
GUESSED_ENCODING = "cp1252"
MOST_OTHERS = 5
OTHER = {"day_first": "month_first", "month_first": "day_first"}
ZONE_NAMES = ("timezone", "tz", "zone", "utcoffset")
# A name of a column is none of these.
VALUE = re.compile(r"\S+@\S+\.\S+|\d{4}-\d\d-\d\d.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*|[+-]?\d+[.,]\d+")


class NoProposalError(UnreadableFileError):
    """Nothing in the file can be an event's time or person."""


def refuse_values(names: Sequence[str]) -> None:
    """Raise NoProposalError for a first line of values, one of which would be a column's name."""
    if any(VALUE.fullmatch(name.strip()) for name in names):
        raise NoProposalError(
            "the first line has values where a header has names; write a line of names above it"
        )


def doubts(
    connection: duckdb.DuckDBPyConnection, keys: dict[str, Any], names: Sequence[str], times: Collection[str]
) -> list[str]:
    """Sentences on the proposal; table `sample` has rows of the file."""
    feed = Feed("proposed", "", keys["format"], "UTC", {})
    found = _of_times(connection, feed, keys, names)
    if "skip" in keys:
        found.append(
            "skip is right for this file: where other files have more or fewer lines above the header, write "
            "in its place what the header begins with, as `header`"
        )
    if others := [name for name in times if name not in named_in(keys["columns"].values())]:
        found.append(f"other columns hold times, too: {', '.join(others[:MOST_OTHERS])}")
    if keys.get("encoding") == GUESSED_ENCODING:
        found.append(
            f"the file is not UTF-8, and {GUESSED_ENCODING} is a guess: see whether its letters are right "
            "(cp1257 is that of the Baltic states, cp1250 of Central Europe)"
        )
    if keys.get("constants", {}).get("event_name") == UNKNOWN_NAME:
        found.append(
            "no column says what happened: set event_name to what the rows are, such as webinar_join, "
            "and name it in actions where it is an act of the person"
        )
    amount = keys["columns"].get("revenue")
    if amount is not None and _holds_for_some(connection, GROUPS.format(quoted(amount))):
        found.append(
            f"{amount} has amounts like 1,234 or 1.234: see by decimal and thousands whether that is 1234"
        )
    left = [name for name in names if name not in times and name not in named_in(keys["columns"].values())]
    return found + _of_orders(connection, keys["columns"], left)


def _of_orders(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, Any], left: Sequence[str]
) -> list[str]:
    """On orders and amounts; `left` are the columns that may be an amount."""
    amount, order = columns.get("revenue"), columns.get("order_id")
    found = []
    if amount is None and (order is not None or "currency" in columns):
        numbers = [name for name in left if amount_reading(connection, name)]
        found.append(
            "no column of amounts was recognised; columns of numbers are "
            f"{', '.join(numbers[:MOST_OTHERS])}: map as revenue the one that says what was paid, with "
            "`scale` where it counts cents"
            if numbers
            else "no column of amounts was recognised, and no other column holds numbers: no revenue is known"
        )
    if amount is not None and "currency" not in columns:
        found.append(
            f"no column says in which currency {amount} is: set currency under constants, unless its cells do"
        )
    if order is not None:
        text = f"nullif(trim({quoted(order)}), '')"
        repeats = count(connection, f"select count({text}) - count(distinct {text}) from sample")
        if repeats:
            found.append(
                f"{repeats:,} rows repeat an earlier row's {order}, and an order counts once, with its "
                f"largest {amount or 'amount'}: keep by `where` the row that has its total, or leave "
                "order_id out where each row is a sale of its own"
            )
    return found


def named_in(columns: Iterable[str | list[str]]) -> set[str]:
    """The columns of the file that a mapping names."""
    return {name for column in columns for name in ([column] if isinstance(column, str) else column)}


def _of_times(
    connection: duckdb.DuckDBPyConnection, feed: Feed, keys: dict[str, Any], names: Sequence[str]
) -> list[str]:
    column = keys["columns"]["occurred_at"]
    day = column[0] if isinstance(column, list) else column
    text = f"trim({quoted(day)})"
    found = []
    formats = tuple(keys.get("time_format", ()))
    for given in formats:
        other = replace(feed, file_format=FileFormat(time_formats=(OTHER[given],)))
        if not _holds_for_some(connection, f"{text} <> '' and {instant(text, other)} is null"):
            found.append(f"{day} can be read by {OTHER[given]} as well as by {given}: see which is right")
    read = replace(feed, file_format=FileFormat(time_formats=formats))
    if _holds_for_some(connection, is_local_time(text, read)):
        zones = [name for name in names if re.sub("[^a-z]", "", name.lower()) in ZONE_NAMES]
        said = f" (column {zones[0]} may say it; a feed has one)" if zones else ""
        found.append(f"{day} has no offset, and UTC is a guess: set timezone to that of the tool{said}")
    return found


def _holds_for_some(connection: duckdb.DuckDBPyConnection, condition: str) -> bool:
    return bool(count(connection, f"select count(*) from sample where {condition}"))
