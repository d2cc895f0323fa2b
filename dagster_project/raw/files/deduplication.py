"""Deduplicating the events of a feed, within one file and across files.

Rows with one event_id are one event: the first of a file, and of several files the latest one's. Without an
id, equal rows of one file are as many events; equal rows of several files are the same events.
Key hashes find candidates at the cost of an integer column; only candidates are compared by their content.
"""

from collections.abc import Sequence

import duckdb

from dagster_project.raw.files.identity import counted_columns, same_event
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def number_equal_rows(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, partition: str) -> int:
    """Number the equal rows of a file in its order; until then each has the number 1.

    Returns how many rows have the event_id of an earlier row.
    """
    duplicates = count(
        connection,
        f"select count(*) - count(distinct _key_hash) from {table} where _partition = ?",
        [partition],
    )
    if not duplicates:
        return 0
    candidates = f"""
        from {table} where _partition = $partition and _key_hash in (
            select _key_hash from {table} where _partition = $partition group by all having count(*) > 1
        )
    """
    connection.execute(
        f"""
        create or replace temp table _numbered as
        select rowid as place, row_number() over (partition by {same_event(feed)} order by rowid) as ordinal
        {candidates}
        qualify ordinal > 1
        """,
        {"partition": partition},
    )
    connection.execute(f"""
        update {table} as events set _ordinal = _numbered.ordinal
        from _numbered where events.rowid = _numbered.place
    """)
    connection.execute("drop table _numbered")
    return count(
        connection,
        f"select count(*) from {table} where _partition = ? and {has_earlier_id(feed)}",
        [partition],
    )


def has_earlier_id(feed: Feed) -> str:
    """SQL that is true for a row whose event_id an earlier row of its file has."""
    return "event_id is not null and _ordinal > 1" if "event_id" in feed.columns else "false"


def mark_repeated_rows(
    connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, files: Sequence[str]
) -> None:
    """Mark the rows for which another stands; `files` are the feed's partitions, the latest last."""
    is_second = has_earlier_id(feed)
    candidates = f"""
        from {table} join _files on _partition = _files.partition
        where not ({is_second}) and _key_hash in (
            select _key_hash from {table} group by all having count(*) > 1
        )
    """
    connection.execute(
        """
        create or replace temp table _files as
        select unnest($files) as partition, generate_subscripts($files, 1) as place_in_time
        """,
        {"files": list(files)},
    )
    connection.execute(
        f"create or replace temp table _repeated as select rowid as place from {table} where {is_second}"
    )
    if len(files) > 1:
        connection.execute(f"""
            insert into _repeated
            select {table}.rowid {candidates}
            qualify place_in_time < max(place_in_time) over (partition by {same_event(feed)}, _ordinal)
        """)
    connection.execute(f"""
        update {table} set _is_repeated = not _is_repeated
        where _is_repeated <> (rowid in (select place from _repeated))
    """)
    connection.execute("drop table _repeated; drop table _files")


def record_repeated_rows(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> None:
    """Write to `raw._loads`, per file, how many rows are repeated, a hash of them, and what the others fill.

    A new file can hide rows of another file that did not change: the hash shows that its rows changed.
    """
    changed = connection.execute(
        f"""
        update raw._loads as loads set repeats = marked.repeats, repeated = marked.repeated
        from (
            select
                _partition,
                bit_xor(hash(_key_hash, _ordinal)) filter (where _is_repeated) as repeats,
                count(*) filter (where _is_repeated) as repeated
            from {table} group by _partition
        ) as marked
        where loads.source = $source and loads.stream = $stream and loads.partition = marked._partition
            and (loads.repeats is distinct from marked.repeats or loads.repeated <> marked.repeated)
        returning partition
        """,
        {"source": SOURCE_NAME, "stream": feed.name},
    ).fetchall()
    if changed:
        _record_kept_values(connection, feed, table, [partition for (partition,) in changed])


def _record_kept_values(
    connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, partitions: Sequence[str]
) -> None:
    """Of files with repeated rows, in how many of their other rows each mapped column has a value."""
    items = ", ".join(
        f"{{'field': {literal(field)}, 'path': {literal(path)}, 'records': "
        f"count({quoted(column)}) filter (where not _is_repeated)}}"
        for field, (column, path) in counted_columns(feed).items()
    )
    connection.execute(
        f"""
        update raw._loads as loads set kept_filled = kept.filled
        from (
            select _partition, case when bool_or(_is_repeated) then [{items}] end as filled
            from {table} where _partition in (select unnest($partitions)) group by _partition
        ) as kept
        where loads.source = $source and loads.stream = $stream and loads.partition = kept._partition
        """,
        {"source": SOURCE_NAME, "stream": feed.name, "partitions": list(partitions)},
    )
