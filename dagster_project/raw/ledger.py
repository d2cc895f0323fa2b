"""The ledger of loads: `raw._loads`, `raw._schema_drift`, and the current batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.landing import Entry
from dagster_project.raw.losses import Content, Filled
from dagster_project.sources.core.accounts import SEPARATOR


class Loaded(NamedTuple):
    """A loaded partition; `changed_at` as DuckDB's text."""

    entry_sha256: str
    content_sha256: str
    changed_at: str


NOT_LOADED = Loaded("", "", "")


class Written(NamedTuple):
    """The counts written to `raw._loads` for a partition."""

    partition: str
    fetched: int
    landed: int
    loaded: int
    quarantined: int

    @property
    def is_complete(self) -> bool:
        return is_complete(self.fetched, self.landed, self.loaded, self.quarantined)


def is_complete(fetched: int, landed: int, loaded: int, quarantined: int) -> bool:
    """Whether no record was lost or added."""
    return fetched == landed == loaded + quarantined


def loaded_partitions(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> dict[str, Loaded]:
    """Partition to its row in `raw._loads`."""
    rows = connection.execute(
        """
        select partition, entry_sha256, content_sha256, changed_at::varchar from raw._loads
        where source = ? and stream = ?
        """,
        [source, stream],
    ).fetchall()
    return {partition: Loaded(*known) for partition, *known in rows}


def loaded_accounts(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """Of which accounts of a source anything is loaded, or was when its table was dropped."""
    rows = connection.execute(
        """
        select source from raw._loads where split_part(source, $separator, 1) = $source
        union
        select source from raw._dropped_loads where split_part(source, $separator, 1) = $source
        """,
        {"separator": SEPARATOR, "source": source},
    ).fetchall()
    return {name for (name,) in rows}


def contents(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    partitions: Sequence[str] | None = None,
    kept_only: bool = False,
) -> dict[str, Content]:
    """What is loaded of the partitions, all by default, or was when the table was dropped.

    With `kept_only`, what is not repeated, in the same partition or in another one.
    """
    values = (
        "loaded - repeated, null, coalesce(kept_filled, filled)"
        if kept_only
        else "loaded, distinct_records, filled"
    )
    rows = connection.execute(
        f"""
        select partition, entry_sha256, {values}
        from (
            select *, 1 as preference from raw._loads
            union all by name
            select *, 2 as preference from raw._dropped_loads
        )
        where source = $source and stream = $stream
            and ($partitions is null or partition in (select unnest($partitions::varchar[])))
        qualify row_number() over (partition by partition order by preference) = 1
        order by partition
        """,
        {
            "source": source,
            "stream": stream,
            "partitions": None if partitions is None else list(partitions),
        },
    ).fetchall()
    return {
        partition: Content(
            entry_sha256 or "",
            loaded or 0,
            {item["field"]: Filled(item["path"], item["records"]) for item in filled or ()},
            distinct,
        )
        for partition, entry_sha256, loaded, distinct, filled in rows
    }


def dropped_partitions(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> set[str]:
    """The partitions that were loaded when the table was dropped, until the next load."""
    rows = connection.execute(
        "select partition from raw._dropped_loads where source = ? and stream = ?", [source, stream]
    ).fetchall()
    return {partition for (partition,) in rows}


def forget_dropped_partitions(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> None:
    connection.execute("delete from raw._dropped_loads where source = ? and stream = ?", [source, stream])


def changed_at(before: Loaded, content_sha256: str, now: datetime) -> str:
    """When the partition's content last changed: now, unless it is the content loaded before."""
    return before.changed_at if before.content_sha256 == content_sha256 else now.isoformat()


def create_batch_table(connection: duckdb.DuckDBPyConnection, root: Path, batch: Sequence[Entry]) -> None:
    """Temp table `_batch`: the provenance of each file's rows, by the path that DuckDB reports."""
    files = [(entry, file) for entry in batch for file in entry.files]
    connection.execute(
        """
        create or replace temp table _batch as
        select
            unnest($file) as _file,
            unnest($landed_file) as _landed_file,
            unnest($extracted_at::timestamptz[]) as _extracted_at,
            unnest($partition) as _partition,
            unnest($records::bigint[]) as _records,
        """,
        {
            "file": [str(root / file.path) for _, file in files],
            "landed_file": [file.path for _, file in files],
            "extracted_at": [entry.extracted_at for entry, _ in files],
            "partition": [entry.partition for entry, _ in files],
            "records": [file.records for _, file in files],
        },
    )


def delete_partitions(
    connection: duckdb.DuckDBPyConnection, source: str, stream: str, table: str, partitions: Sequence[str]
) -> None:
    """Delete the partitions' rows from the raw table, the ledger, the quarantine and the corrections."""
    if not partitions:
        return
    every = list(partitions)
    connection.execute(f"delete from {table} where _partition in (select unnest(?))", [every])
    for ledger in ("_loads", "_quarantine", "_corrections"):
        connection.execute(
            f"delete from raw.{ledger} where source = ? and stream = ? and partition in (select unnest(?))",
            [source, stream, every],
        )


def write_loads(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    stream: str,
    table: str,
    batch: Sequence[Entry],
    before: Mapping[str, Loaded],
    filled: str,
    now: datetime,
) -> list[Written]:
    """Insert one row per partition of `batch`: landed counted from the files, loaded from the table.

    `filled` is SQL of the aggregate that counts the filled columns of a partition's rows, or null.
    """
    rows = connection.execute(
        f"""
        insert into raw._loads by name
        with entries as (
            select
                unnest($partition) as partition,
                unnest($entry_sha256) as entry_sha256,
                unnest($content_sha256) as content_sha256,
                unnest($fetched::bigint[]) as fetched,
                unnest($extracted_at::timestamptz[]) as extracted_at,
                unnest($changed_at::timestamptz[]) as changed_at,
        ),
        landed as (select _partition, sum(_records) as records from _batch group by _partition),
        loaded as (
            select _partition, count(*) as records, {filled} as filled from {table}
            where _partition in (select unnest($partition)) group by _partition
        ),
        quarantined as (
            select partition, count(*) as records from raw._quarantine
            where source = $source and stream = $stream group by partition
        )
        select
            $source as source,
            $stream as stream,
            entries.partition,
            entries.entry_sha256,
            entries.content_sha256,
            entries.fetched,
            coalesce(landed.records, 0) as landed,
            coalesce(loaded.records, 0) as loaded,
            coalesce(quarantined.records, 0) as quarantined,
            0 as repeated,
            entries.extracted_at,
            $now::timestamptz as loaded_at,
            entries.changed_at,
            loaded.filled,
        from entries
        left join landed on entries.partition = landed._partition
        left join loaded on entries.partition = loaded._partition
        left join quarantined on entries.partition = quarantined.partition
        returning partition, fetched, landed, loaded, quarantined
        """,
        {
            "source": source,
            "stream": stream,
            "partition": [entry.partition for entry in batch],
            "entry_sha256": [entry.sha256 for entry in batch],
            "content_sha256": [entry.content_sha256 for entry in batch],
            "fetched": [entry.records for entry in batch],
            "extracted_at": [entry.extracted_at for entry in batch],
            "changed_at": [
                changed_at(before.get(entry.partition, NOT_LOADED), entry.content_sha256, now)
                for entry in batch
            ],
            "now": now,
        },
    ).fetchall()
    return [Written(*row) for row in rows]


def totals(connection: duckdb.DuckDBPyConnection, source: str, stream: str) -> dict[str, int]:
    """Counts over all partitions of a stream."""
    names = ("fetched", "landed", "loaded", "quarantined", "repeated")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
    [row] = connection.execute(
        f"select {sums} from raw._loads where source = ? and stream = ?", [source, stream]
    ).fetchall()
    return dict(zip(names, row, strict=True))
