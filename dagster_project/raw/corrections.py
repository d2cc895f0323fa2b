"""What loading corrected, and what a source's records have more or less than declared, in their ledgers."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from dagster_project.landing import Entry
from dagster_project.sources.core.redaction import without_addresses


def record_corrections(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    table: str,
    batch: Sequence[Entry],
    now: datetime,
) -> None:
    """Count the corrected rows of `batch`, by partition and reason; a row can have several reasons."""
    connection.execute(
        f"""
        insert into raw._corrections
        select $source, $stream, _partition, reason, count(*), $now::timestamptz
        from (
            select _partition, unnest(string_split(_correction, '; ')) as reason
            from {table}
            where _correction is not null and _partition in (select unnest($partitions))
        )
        group by all
        """,
        {
            "source": source,
            "stream": stream,
            "partitions": [entry.partition for entry in batch],
            "now": now,
        },
    )


def record_drift(connection: duckdb.DuckDBPyConnection, batch: Sequence[Entry]) -> None:
    """Record when each added or missing field was first seen."""
    found = [
        (entry.source, entry.stream, without_addresses(name), kind, entry.extracted_at)
        for entry in batch
        for kind, names in entry.drift.items()
        for name in names
    ]
    if not found:
        return
    columns = ("source", "stream", "field", "kind", "seen_at")
    lists = dict(zip(columns, map(list, zip(*found, strict=True)), strict=True))
    connection.execute(
        """
        create or replace temp table _drift as
        select source, stream, field, kind, min(seen_at) as seen_at
        from (
            select
                unnest($source) as source,
                unnest($stream) as stream,
                unnest($field) as field,
                unnest($kind) as kind,
                unnest($seen_at::timestamptz[]) as seen_at,
        )
        group by all
        """,
        lists,
    )
    connection.execute("""
        insert into raw._schema_drift
        select * from _drift anti join raw._schema_drift using (source, stream, field, kind)
    """)
