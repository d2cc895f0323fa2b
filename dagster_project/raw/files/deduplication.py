"""Keeping an event of a feed once, however often its files repeat it.

Hashes find candidates at the cost of an integer column; only candidates are compared by their whole key, so a
hash collision never merges two events.
"""

import duckdb

from dagster_project.raw.files.columns import key_columns
from dagster_project.raw.sql import count
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def collapse_copies(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, partition: str) -> int:
    """Within one file: keep the first row of each event and count its copies. Returns the rows removed."""
    repeated = count(
        connection,
        f"select count(*) - count(distinct _key_hash) from {table} where _partition = ?",
        [partition],
    )
    if not repeated:
        return 0
    connection.execute(
        f"""
        create or replace temp table _collapsed as
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
        update {table} as events set _copies = _collapsed.copies
        from _collapsed
        where events.rowid = _collapsed.place and _collapsed.place = _collapsed.kept
    """)
    return count(
        connection, f"delete from {table} where rowid in (select place from _collapsed where place <> kept)"
    )


def mark_repeats(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> None:
    """Across files: mark the events that a file later by address has too."""
    if count(connection, f"select count(distinct _partition) from {table}") < 2:
        connection.execute(f"update {table} set _is_repeated_later = false where _is_repeated_later")
        return
    connection.execute(f"""
        create or replace temp table _repeats as
        with candidates as (
            select rowid as place, _partition, {_key(feed)} as key from {table}
            where _key_hash in (select _key_hash from {table} group by _key_hash having count(*) > 1)
        )
        select place from candidates
        qualify _partition < max(_partition) over (partition by key)
    """)
    connection.execute(f"""
        update {table} set _is_repeated_later = not _is_repeated_later
        where _is_repeated_later <> (rowid in (select place from _repeats))
    """)


def note_repeats(connection: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> None:
    """Write which rows a later file has too to `raw._loads.repeats`, as one number per file.

    A file can come to hide rows of another that did not change itself; who reads the table learns it here.
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
    """The whole natural key as one value; nulls are equal in it."""
    every = f"{{{', '.join(f'{name}: {name}' for name in key_columns(feed))}}}"
    if "event_id" not in feed.columns:
        return every
    return f"case when event_id is null then ({every})::varchar else event_id end"
