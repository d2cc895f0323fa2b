"""The raw tables: one per stream, typed as declared, created even when the source is not configured."""

from collections.abc import Iterable, Mapping

import duckdb

from dagster_project.raw import ledger
from dagster_project.raw.ledger_tables import create_ledgers, has_ledgers, with_fingerprint
from dagster_project.raw.refusals import forget_losses
from dagster_project.raw.sql import count, literal, quoted, transaction
from dagster_project.sources.core.accounts import SEPARATOR
from dagster_project.sources.core.stream import Source, Stream
from dagster_project.sources.event_files import EVENT_COLUMNS, SOURCE_NAME, Feed

# Where a row came from; `_partition` is the day, a cursor range's or snapshot's ordinal, or a file's address.
PROVENANCE = {"_landed_file": "VARCHAR", "_extracted_at": "TIMESTAMPTZ", "_partition": "VARCHAR"}

# Why a value of the row is not the vendor's; null for nearly every row.
CORRECTION = {"_correction": "VARCHAR"}

# The view of the rows that `raw.event_files` leaves out.
COPIES = "event_file_copies"

# Views over all feeds: what each has, and of which rows.
FEED_VIEWS = {
    SOURCE_NAME: ("Events of all feeds, each once. One row per feed and event.", "not _is_repeated"),
    COPIES: ("Rows of all feeds for which another row stands. One row per row.", "_is_repeated"),
}

# For feeds only, what makes a row one event: hashes of its identity and of its mapped columns alone, its
# number among equal rows of its file, whether another row stands for it, its own time if that was replaced.
FEED_COLUMNS = {
    "_key_hash": "UBIGINT",
    "_mapped_hash": "UBIGINT",
    "_ordinal": "BIGINT",
    "_is_repeated": "BOOLEAN",
    "_given_at": "TIMESTAMPTZ",
}


def table_name(source_name: str, stream_name: str) -> str:
    """The raw table of a stream, qualified and quoted."""
    return f"raw.{quoted(f'{source_name}__{stream_name}')}"


def stream_columns(stream: Stream) -> dict[str, str]:
    """Name to DuckDB type; a column declared as an address holds its contact key, as 32 bytes."""
    columns = {c.name: "BLOB" if c.pii == "address" else c.type for c in stream.columns}
    return columns | PROVENANCE | CORRECTION


def compressions(stream: Stream) -> dict[str, str]:
    """Column to compression, where DuckDB's choice of dictionary and FSST is a bad one (measured with 2.0.0).

    For the long, rarely repeated texts of a million actions that choice makes the whole load take 2.1 times
    the CPU and the column 4.9 times the size of zstd. Contact keys are random bytes and do not compress.
    """
    texts = {c.name: "zstd" for c in stream.columns if c.pii == "text" or c.type.upper() == "JSON"}
    return texts | {c.name: "uncompressed" for c in stream.columns if c.pii == "address"}


def create_raw_tables(
    connection: duckdb.DuckDBPyConnection, sources: Iterable[Source], feeds: Iterable[Feed] | None = ()
) -> None:
    """Create what is missing: schemas, ledgers, every stream's and feed's table, the view over all feeds.

    A table whose declaration changed (names, types, places in the record) is dropped with its rows in the
    ledgers, so that the next load fills it again from landing. So is the table of a feed that is not among
    `feeds`; None leaves all feeds unchanged. When nothing changed this is little more than one query.
    """
    present = _present(connection)
    with transaction(connection):
        if not has_ledgers(present):
            create_ledgers(connection)
        for source in sources:
            for stream in source.streams:
                columns, compression = stream_columns(stream), compressions(stream)
                _create(connection, present, source.name, stream.name, columns, compression, _comment(stream))
        if feeds is not None:
            _create_feeds(connection, present, list(feeds))


def streams_to_reload(
    connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]
) -> list[tuple[Source, Stream]]:
    """Those whose table `create_raw_tables` would drop, because its declaration changed."""
    present = _present(connection)
    return [
        (source, stream)
        for source in sources
        for stream in source.streams
        if present.get(f"{source.name}__{stream.name}", _comment(stream)) != _comment(stream)
    ]


def _comment(stream: Stream) -> str:
    return with_fingerprint(stream.description, (stream.columns, stream_columns(stream)))


def _present(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Tables and views of schema `raw`, and their comments."""
    return dict(
        connection.execute("""
            select table_name, comment from duckdb_tables()
            where schema_name = 'raw' and database_name = current_database()
            union all
            select view_name, comment from duckdb_views()
            where schema_name = 'raw' and database_name = current_database()
        """).fetchall()
    )


def _create(
    connection: duckdb.DuckDBPyConnection,
    present: Mapping[str, str],
    source_name: str,
    stream_name: str,
    columns: Mapping[str, str],
    compression: Mapping[str, str],
    comment: str,
) -> None:
    if present.get(f"{source_name}__{stream_name}") == comment:
        return
    if "_loads" in present:  # a new warehouse has no table to drop
        drop_stream(connection, source_name, stream_name)
    table = table_name(source_name, stream_name)
    declared = ", ".join(
        f"{quoted(name)} {type_} {f'using compression {compression[name]}' if name in compression else ''}"
        for name, type_ in columns.items()
    )
    connection.execute(f"create table {table} ({declared})")
    connection.execute(f"comment on table {table} is {literal(comment)}")


def drop_stream(
    connection: duckdb.DuckDBPyConnection, source_name: str, stream_name: str, forget: bool = False
) -> None:
    """Drop a stream's table and its rows of every account in the ledgers; landing still has all its records.

    Unless the stream is to be forgotten, the next load compares with what was loaded.
    """
    if source_name == SOURCE_NAME:
        for view in (SOURCE_NAME, COPIES):
            connection.execute(f"drop view if exists raw.{view}")
    of_all_accounts = {"separator": SEPARATOR, "source": source_name, "stream": stream_name}
    # A view, where the rows lie in files outside the warehouse.
    kind = "view" if _is_view(connection, f"{source_name}__{stream_name}") else "table"
    connection.execute(f"drop {kind} if exists {table_name(source_name, stream_name)}")
    connection.execute(
        """
        insert into raw._dropped_loads by name
        select
            source, stream, partition, entry_sha256, loaded, repeated, distinct_records, filled, kept_filled
        from raw._loads where split_part(source, $separator, 1) = $source and stream = $stream
        """,
        of_all_accounts,
    )
    for name in ("_loads", "_quarantine", "_corrections", "_schema_drift"):
        connection.execute(
            f"""
            delete from raw.{name} where split_part(source, $separator, 1) = $source and stream = $stream
            """,
            of_all_accounts,
        )
    if forget:
        ledger.forget_dropped_partitions(connection, source_name, stream_name)
        forget_losses(connection, source_name, stream_name)


def _is_view(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = "select count(*) from duckdb_views() where schema_name = 'raw' and view_name = $1"
    return bool(count(connection, found, [name]))


def _create_feeds(
    connection: duckdb.DuckDBPyConnection, present: Mapping[str, str], feeds: list[Feed]
) -> None:
    columns = {**EVENT_COLUMNS, **PROVENANCE, **CORRECTION, **FEED_COLUMNS}
    for feed in feeds:
        comment = with_fingerprint(f"Events of the files {feed.shown_path}.", columns)
        _create(connection, present, SOURCE_NAME, feed.name, columns, {"properties": "zstd"}, comment)
    settings = [(feed.name, *setting) for feed in feeds for setting in feed.settings]
    connection.execute("delete from raw._feed_settings")
    if settings:
        connection.executemany("insert into raw._feed_settings values (?, ?, ?)", settings)
    names = {feed.name for feed in feeds}
    for table in present:
        source_name, _, name = table.partition("__")
        if source_name == SOURCE_NAME and name and name not in names:
            drop_stream(connection, SOURCE_NAME, name, forget=True)
    present = _present(connection)
    for view, (description, condition) in FEED_VIEWS.items():
        query = feed_view(sorted(names), condition)
        comment = with_fingerprint(description, query)
        if present.get(view) != comment:
            connection.execute(f"create or replace view raw.{view} as {query}")
            connection.execute(f"comment on view raw.{view} is {literal(comment)}")


def feed_view(names: list[str], condition: str, row: str = "rowid") -> str:
    """SQL of the rows of all feeds that fulfil `condition`.

    `_row`, SQL of `row`, ascends over the rows of a file: they are inserted in the order of the file.
    """
    identity = {name: FEED_COLUMNS[name] for name in ("_key_hash", "_ordinal", "_given_at")}
    types = {**EVENT_COLUMNS, **PROVENANCE, **identity, "_row": "BIGINT"}
    columns = ", ".join(f"{row} as _row" if name == "_row" else quoted(name) for name in types)
    selects = [
        f"select {literal(name)} as feed, {columns} from {table_name(SOURCE_NAME, name)} where {condition}"
        for name in names
    ]
    if not selects:
        nulls = ", ".join(f"null::{type_} as {quoted(name)}" for name, type_ in types.items())
        selects = [f"select null::varchar as feed, {nulls} where false"]
    return " union all by name ".join(selects)
