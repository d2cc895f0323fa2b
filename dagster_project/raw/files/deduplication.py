"""Deduplicating the events of a feed, within one file and across files.

Key hashes find candidates at the cost of an integer column; only candidates are compared by their full key,
so that a hash collision never merges two events.
"""

import duckdb

from dagster_project.raw.files.event_sql import key_columns
from dagster_project.raw.sql import count
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def deduplicate_within_file(
    connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, partition: str
) -> int:
    """Keep the first row of each event of a file and count its copies; returns the number of rows removed."""
    duplicates = count(
        connection,
        f"select count(*) - count(distinct _key_hash) from {table} where _partition = ?",
        [partition],
    )
    if not duplicates:
        return 0
    connection.execute(
        f"""
        create or replace temp table _deduplicated as
        with candidates as (
            select rowid as place, {_key(feed)} as key from {table}
            where _partition = $partition and _key_hash in (
                select _key_hash from {table} where _partition = $partition
                group by _key_hash having count(*) > 1
            )
        )
        select place, min(place) over by_key as kept, count(*) over by_key as copies
        from candidates
        window by_key as (partition by key)
        """,
        {"partition": partition},
    )
    connection.execute(f"""
        update {table} as events set _copies = _deduplicated.copies
        from _deduplicated
        where events.rowid = _deduplicated.place and _deduplicated.place = _deduplicated.kept
    """)
    return count(
        connection,
        f"delete from {table} where rowid in (select place from _deduplicated where place <> kept)",
    )


def mark_duplicates_across_files(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> None:
    """Mark the events of a file that another file, later by address, has too."""
    if count(connection, f"select count(distinct _partition) from {table}") < 2:
        connection.execute(f"update {table} set _is_repeated_later = false where _is_repeated_later")
        return
    connection.execute(f"""
        create or replace temp table _duplicates as
        with candidates as (
            select rowid as place, _partition, {_key(feed)} as key from {table}
            where _key_hash in (select _key_hash from {table} group by _key_hash having count(*) > 1)
        )
        select place from candidates
        qualify _partition < max(_partition) over (partition by key)
    """)
    connection.execute(f"""
        update {table} set _is_repeated_later = not _is_repeated_later
        where _is_repeated_later <> (rowid in (select place from _duplicates))
    """)


def record_duplicates(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> None:
    """Write a hash of the rows that a later file has too to `raw._loads.repeats`, one number per file.

    A new file can hide rows of another file that did not change: this number shows that its rows changed.
    """
    connection.execute(
        f"""
        update raw._loads as loads set repeats = marked.repeats
        from (
            select _partition, bit_xor(_key_hash) filter (where _is_repeated_later) as repeats
            from {table} group by _partition
        ) as marked
        where loads.source = $source and loads.stream = $stream and loads.partition = marked._partition
            and loads.repeats is distinct from marked.repeats
        """,
        {"source": SOURCE_NAME, "stream": feed.name},
    )


def _key(feed: Feed) -> str:
    """SQL of the full natural key as one value, in which nulls are equal."""
    every = f"{{{', '.join(f'{name}: {name}' for name in key_columns(feed))}}}"
    if "event_id" not in feed.columns:
        return every
    return f"case when event_id is null then ({every})::varchar else event_id end"
