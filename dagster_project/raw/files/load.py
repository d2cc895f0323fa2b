"""Loading a feed's landed event files into its raw table: changed files only, each event once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from dagster_project.landing import Entry, read_manifest
from dagster_project.raw import ledger
from dagster_project.raw.addresses import masked
from dagster_project.raw.files.absence import count_filled, refuse_lost_events, refuse_unmapped_file
from dagster_project.raw.files.deduplication import (
    deduplicate_within_file,
    mark_duplicates_across_files,
    record_duplicates,
)
from dagster_project.raw.files.event_sql import addresses_in, event_relation, key_hash
from dagster_project.raw.files.inspection import ADVICE
from dagster_project.raw.files.opened import OpenedFile, UnreadableFileError
from dagster_project.raw.files.reading import first_line, open_file
from dagster_project.raw.losses import Filled
from dagster_project.raw.refusals import recorded_refusals
from dagster_project.raw.schema import table_name
from dagster_project.raw.sql import count, literal, transaction
from dagster_project.raw.streams.contacts import add_addresses
from dagster_project.raw.streams.load import LoadResult, result
from dagster_project.raw.verify import verify_files
from dagster_project.sources.event_files import SOURCE_NAME, Feed


def load_feed(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    feed: Feed,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LoadResult:
    """Synchronize the feed's raw table with its landed files, in one transaction.

    A file that is new, changed, or whose feed's configuration changed is loaded; the events of a removed file
    are deleted. Events are deduplicated by event_id, or without one by all mapped columns; of several files
    the last by address is kept. Rows that are not valid events go to `raw._quarantine`; so does, as one
    record, a file that is not of its format at all.
    Raises LandingError when a landed copy is damaged, before anything is written, and LossRefused when loaded
    events would be lost: they stay.
    """
    entries = read_manifest(root, SOURCE_NAME, feed.name)
    before = ledger.loaded_partitions(connection, SOURCE_NAME, feed.name)
    marks = {entry.partition: _marks(entry, feed) for entry in entries}
    pending = [
        e for e in entries if before.get(e.partition, ledger.NOT_LOADED).entry_sha256 != marks[e.partition][0]
    ]
    gone = sorted(set(before) - set(marks))
    verify_files(root, pending)
    with recorded_refusals(connection, SOURCE_NAME, feed.name, now()):
        if pending or gone:
            _FeedLoader(connection, root, feed, before, now()).run(pending, gone, marks)
            ledger.forget_dropped_partitions(connection, SOURCE_NAME, feed.name)
    changed = [
        e.partition
        for e in pending
        if before.get(e.partition, ledger.NOT_LOADED).content_sha256 != marks[e.partition][1]
    ]
    return result(connection, SOURCE_NAME, feed.name, pending, gone, changed)


def _marks(entry: Entry, feed: Feed) -> tuple[str, str]:
    """Checksums of the entry and of its content, each combined with the feed's configuration."""
    return (
        hashlib.sha256(f"{entry.sha256} {feed.digest}".encode()).hexdigest(),
        hashlib.sha256(f"{entry.content_sha256} {feed.digest}".encode()).hexdigest(),
    )


def _is_of_the_file(error: duckdb.Error, path: str) -> bool:
    """Whether the file's content is the cause; else the disk, memory or warehouse is.

    Errors of damaged Parquet headers have no class of their own.
    """
    is_of_content = isinstance(error, duckdb.DataError | duckdb.InvalidInputException)
    return is_of_content or type(error) is duckdb.Error or path in str(error)


class _UnreadableEntry(Exception):
    """Ends an attempt: after DuckDB's error the transaction cannot be continued."""

    def __init__(self, partition: str, reason: str) -> None:
        super().__init__(reason)
        self.partition = partition


class _FeedLoader:
    """One run of `load_feed`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        root: Path,
        feed: Feed,
        before: Mapping[str, ledger.Loaded],
        now: datetime,
    ) -> None:
        self._connection, self._root, self._feed = connection, root, feed
        self._before, self._now = before, now
        self._table = table_name(SOURCE_NAME, feed.name)

    def run(self, pending: Sequence[Entry], gone: Sequence[str], marks: dict[str, tuple[str, str]]) -> None:
        """Load all files or none; a file that proves unreadable is quarantined in the next attempt."""
        unreadable: dict[str, str] = {}
        while True:
            try:
                with transaction(self._connection):
                    self._run(pending, gone, marks, unreadable)
                return
            except _UnreadableEntry as found:
                unreadable[found.partition] = str(found)

    def _run(
        self,
        pending: Sequence[Entry],
        gone: Sequence[str],
        marks: dict[str, tuple[str, str]],
        unreadable: dict[str, str],
    ) -> None:
        replaced = [entry.partition for entry in pending if entry.partition in self._before]
        before = ledger.contents(self._connection, SOURCE_NAME, self._feed.name)
        ledger.delete_partitions(
            self._connection, SOURCE_NAME, self._feed.name, self._table, [*replaced, *gone]
        )
        for entry in pending:
            self._load_file(entry, *marks[entry.partition], unreadable.get(entry.partition))
        refuse_lost_events(self._connection, self._feed, before, pending, unreadable)
        ledger.record_corrections(
            self._connection, SOURCE_NAME, self._feed.name, self._table, pending, self._now
        )
        mark_duplicates_across_files(self._connection, self._feed, self._table)
        record_duplicates(self._connection, self._feed, self._table)

    def _load_file(self, entry: Entry, entry_mark: str, content_mark: str, unreadable: str | None) -> None:
        if unreadable is not None:
            landed = str(self._root / entry.files[0].path)
            reason = literal(f"{entry.partition}: {unreadable.replace(landed, 'the landed copy')}")
            self._quarantine(entry, f"select {reason} as reason, null::varchar as record")
            rows, rejected, repeated = 0, 1, 0
            filled: dict[str, Filled] = {}
        else:
            try:
                rows, rejected, repeated, filled = self._read_file(entry)
            except UnreadableFileError as error:
                raise _UnreadableEntry(entry.partition, str(error)) from error
        self._connection.execute(
            """
            insert into raw._loads by name
            select
                $source as source, $stream as stream, $partition as partition,
                $entry as entry_sha256, $content as content_sha256,
                $rows + $rejected as fetched, $rows + $rejected as landed, $rows as loaded,
                $rejected as quarantined, $repeated as repeated, $now::timestamptz as loaded_at,
                $changed_at::timestamptz as changed_at, $filled as filled
            """,
            {
                "source": SOURCE_NAME,
                "stream": self._feed.name,
                "partition": entry.partition,
                "entry": entry_mark,
                "content": content_mark,
                "rows": rows,
                "rejected": rejected,
                "repeated": repeated,
                "now": self._now,
                "changed_at": ledger.changed_at(
                    self._before.get(entry.partition, ledger.NOT_LOADED), content_mark, self._now
                ),
                "filled": [
                    {"field": field, "path": column.path, "records": column.records}
                    for field, column in filled.items()
                ],
            },
        )

    def _read_file(self, entry: Entry) -> tuple[int, int, int, dict[str, Filled]]:
        """Valid rows (duplicates included), rows quarantined, duplicates removed, values by field."""
        opened = open_file(self._connection, self._feed, self._root / entry.files[0].path)
        if opened is None:
            return 0, 0, 0, {}
        self._drop_rejects()
        read = self._insert(entry, opened)
        invalid, filled = count_filled(self._connection, self._feed, self._table, entry.partition)
        unreadable = self._quarantine_rejects(entry) if opened.has_rejects else 0
        if invalid:
            self._drop_rejects()
            self._quarantine_invalid_rows(entry, opened)
        if invalid == read:
            refuse_unmapped_file(self._connection, self._feed, entry.partition)
        self._add_addresses(entry, opened)
        repeated = deduplicate_within_file(self._connection, self._feed, self._table, entry.partition)
        self._record_missing_columns(entry, opened)
        return read - invalid, invalid + unreadable, repeated, filled

    def _insert(self, entry: Entry, opened: OpenedFile) -> int:
        """Insert every row; an invalid one gets `_copies` 0, by which it is deleted afterwards."""
        try:
            return count(
                self._connection,
                f"""
                insert into {self._table} by name
                select
                    _events.* exclude (_reason),
                    $file as _landed_file,
                    $extracted_at::timestamptz as _extracted_at,
                    $partition as _partition,
                    {key_hash(self._feed)} as _key_hash,
                    case when _reason is null then 1 else 0 end as _copies,
                    false as _is_repeated_later
                from {event_relation(self._feed, opened, entry.extracted_at)} as _events
                """,
                {
                    "file": entry.files[0].path,
                    "extracted_at": entry.extracted_at,
                    "partition": entry.partition,
                },
            )
        except duckdb.Error as error:
            if not _is_of_the_file(error, entry.files[0].path):
                raise
            raise UnreadableFileError(
                f"the file is not {self._feed.format}: {first_line(error)}; {ADVICE}"
            ) from error

    def _quarantine_invalid_rows(self, entry: Entry, opened: OpenedFile) -> None:
        """Read the file again for the text of its invalid rows, which should be few."""
        relation = event_relation(self._feed, opened, entry.extracted_at, with_record=True)
        self._quarantine(
            entry,
            f"select _reason as reason, _record as record from {relation} where _reason is not null",
        )
        self._connection.execute(
            f"delete from {self._table} where _partition = ? and _copies = 0", [entry.partition]
        )

    def _quarantine_rejects(self, entry: Entry) -> int:
        return self._quarantine(
            entry,
            "select 'the row cannot be read: ' || any_value(error_message) as reason, "
            "any_value(csv_line) as record from _rejected group by line",
        )

    def _quarantine(self, entry: Entry, found: str) -> int:
        return count(
            self._connection,
            f"""
            insert into raw._quarantine
            select $source, $stream, $partition, $file, {masked("reason")}, {masked("record")},
            $now::timestamptz from ({found})
            """,
            {
                "source": SOURCE_NAME,
                "stream": self._feed.name,
                "partition": entry.partition,
                "file": entry.files[0].path,
                "now": self._now,
            },
        )

    def _drop_rejects(self) -> None:
        for table in ("_rejected", "_rejected_scans"):
            self._connection.execute(f"drop table if exists {table}")

    def _add_addresses(self, entry: Entry, opened: OpenedFile) -> None:
        found = addresses_in(self._feed, opened)
        if found:
            self._drop_rejects()
            seen_at = literal(entry.extracted_at.isoformat())
            add_addresses(
                self._connection,
                f"select unnest([{', '.join(found)}]) as _address, timestamptz {seen_at} as _seen_at "
                f"from {opened.relation}",
            )

    def _record_missing_columns(self, entry: Entry, opened: OpenedFile) -> None:
        """Record mapped columns that the file does not have as schema drift."""
        missing = sorted({c for c in self._feed.columns.values() if c not in opened.columns})
        if missing:
            drifted = msgspec.structs.replace(entry, drift={"missing": missing})
            ledger.record_drift(self._connection, [drifted])
