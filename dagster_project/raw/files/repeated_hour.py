"""The hour that the clocks show twice when daylight-saving time ends, resolved by the order of a file.

Loading takes a local time of that hour as the later one. A file in the order of time shows the clocks
falling back: what stands before is an hour earlier. The file's own time stays in `_given_at`, by which rows
are equal.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import duckdb

from dagster_project.raw.files.opened import OpenedFile
from dagster_project.raw.files.values import is_local_time
from dagster_project.raw.sql import literal
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.time_zones import zone_info

# Logs are written by several processes: so much may a row stand before an earlier one.
JITTER = "interval 5 minute"
AROUND = "interval 1 day"


def separate_passes(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    table: str,
    partition: str,
    opened: OpenedFile,
    text: str,
) -> None:
    """Correct the times of the first pass; `text` is SQL of a row's time in `opened`, all of whose rows the
    table has.
    """
    [(first, last)] = connection.execute(
        f"select min(occurred_at), max(occurred_at) from {table} where _partition = ? and _ordinal > 0",
        [partition],
    ).fetchall()
    if first is None:
        return
    hours = list(repeated_hours(zone_info(feed.timezone), first, last))
    hours = [hour for hour in hours if _has_rows(connection, table, partition, *hour)]
    if not hours:
        return
    connection.execute(
        f"""
        create or replace temp table _local_times as
        select events.rowid as place, events.occurred_at
        from (
            select rowid, occurred_at, row_number() over (order by rowid) as number
            from {table} where _partition = $partition
        ) as events
        join (select row_number() over () as number, {is_local_time(text, feed)} as is_local
            from {opened.relation}) as texts using (number)
        where is_local
        """,
        {"partition": partition},
    )
    for start, length in hours:
        _correct(connection, table, start, length)
    connection.execute("drop table _local_times")


def repeated_hours(zone: tzinfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """The starts of the second passes between two instants, and how long they last."""
    day = first.astimezone(UTC) - timedelta(days=1)
    while day <= last:
        after = day + timedelta(days=1)
        shift = _offset(day, zone) - _offset(after, zone)
        if shift > timedelta():
            early, late = day, after
            while late - early > timedelta(seconds=1):
                middle = early + (late - early) / 2
                early, late = (
                    (middle, late) if _offset(middle, zone) == _offset(day, zone) else (early, middle)
                )
            yield late.replace(microsecond=0), shift
        day = after


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _bounds(start: datetime, length: timedelta) -> tuple[str, str]:
    return f"timestamptz {literal(start.isoformat())}", f"interval {int(length.total_seconds())} second"


def _has_rows(
    connection: duckdb.DuckDBPyConnection, table: str, partition: str, start: datetime, length: timedelta
) -> bool:
    begin, duration = _bounds(start, length)
    found = connection.execute(
        f"select 1 from {table} where _partition = ? and occurred_at >= {begin} "
        f"and occurred_at < {begin} + {duration} limit 1",
        [partition],
    ).fetchall()
    return bool(found)


def _correct(connection: duckdb.DuckDBPyConnection, table: str, start: datetime, length: timedelta) -> None:
    """A file that goes up and down over the day is in another order, which says nothing."""
    begin, duration = _bounds(start, length)
    is_repeated = f"occurred_at >= {begin} and occurred_at < {begin} + {duration}"
    [(rises, falls)] = connection.execute(f"""
        select
            count(*) filter (occurred_at > before + {JITTER}),
            count(*) filter (occurred_at < before - {JITTER})
        from (
            select occurred_at, lag(occurred_at) over (order by place) as before from _local_times
            where occurred_at between {begin} - {AROUND} and {begin} + {AROUND} and not ({is_repeated})
        )
    """).fetchall()
    if rises and falls:
        return
    order = "desc" if falls else "asc"
    connection.execute(f"""
        update {table} set _given_at = occurred_at, occurred_at = occurred_at - {duration}
        where rowid in (
            select place from (
                select place, bool_or(falls_back) over (order by place {order}) as is_second_pass,
                    bool_or(falls_back) over () as is_seen
                from (
                    select place, occurred_at < max(occurred_at) over (order by place {order}) - {JITTER}
                        as falls_back
                    from _local_times where {is_repeated}
                )
            )
            where is_seen and not is_second_pass
        )
    """)
