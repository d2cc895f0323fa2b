"""Loading a feed's landed event files into its raw table: changed files only, each event once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from dagster_project.landing import Entry, read_manifest
from dagster_project.raw import ledger
from dagster_project.raw.addresses import masked_apart
from dagster_project.raw.corrections import record_corrections
from dagster_project.raw.files.absence import FeedGuard
from dagster_project.raw.files.deduplication import (
    mark_repeated_rows,
    record_repeated_rows,
)
from dagster_project.raw.files.file_load import FileLoader, LoadedFile
from dagster_project.raw.files.identity import placeholders
from dagster_project.raw.files.near_copies import NearCopyError, block_near_copies
from dagster_project.raw.files.opened import UnreadableFileError
from dagster_project.raw.refusals import recorded_refusals
from dagster_project.raw.schema import table_name
from dagster_project.raw.sql import transaction
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
    are deleted. Events are deduplicated (see `deduplication`). Rows that are not valid events go to
    `raw._quarantine`; so does, as one record, a file that is not of its format at all.
    Raises LandingError when a landed copy is damaged, before anything is written; LossRefused when loaded
    events would be lost: they stay; NearCopyError when a file is another one's copy but for columns that are
    not mapped: it is left out, the others are loaded.
    """
    before = ledger.loaded_partitions(connection, SOURCE_NAME, feed.name)
    files = files_in_time(connection, root, feed)
    entries = [entry for entry, _ in files]
    marks = {entry.partition: each for entry, each in files}
    pending = [
        e for e in entries if before.get(e.partition, ledger.NOT_LOADED).entry_sha256 != marks[e.partition][0]
    ]
    gone = sorted(set(before) - set(marks))
    verify_files(root, pending)
    with recorded_refusals(connection, SOURCE_NAME, feed.name, now()):
        if pending or gone:
            names = [entry.partition for entry in entries]
            _FeedLoader(connection, root, feed, before, now()).run(pending, gone, marks, names)
            ledger.forget_dropped_partitions(connection, SOURCE_NAME, feed.name)
    changed = [
        e.partition
        for e in pending
        if before.get(e.partition, ledger.NOT_LOADED).content_sha256 != marks[e.partition][1]
    ]
    return result(connection, SOURCE_NAME, feed.name, pending, gone, changed)


def _without_addresses(connection: duckdb.DuckDBPyConnection, entries: list[Entry]) -> list[Entry]:
    """The entries with masks for e-mail addresses in the names of files, which tables and messages have."""
    names = masked_apart(connection, [entry.partition for entry in entries])
    return [
        msgspec.structs.replace(entry, partition=name) if name != entry.partition else entry
        for entry, name in zip(entries, names, strict=True)
    ]


def _age(entry: Entry) -> tuple[datetime, str]:
    """By this the latest file is the last: when it was modified, where that is known, then its address."""
    modified_at = entry.metadata.get("modified_at")
    time = datetime.fromisoformat(modified_at) if modified_at else entry.extracted_at
    return time.replace(microsecond=0), entry.partition


def _marks(entry: Entry, feed: Feed) -> tuple[str, str]:
    """Checksums of the entry and of its content, each combined with how the feed's files are read.

    The entry's changes with DuckDB's version too, because hashes of another version cannot be compared.
    """
    reading = f"{feed.digest} {placeholders()}" if "event_id" in feed.columns else feed.digest
    return (
        hashlib.sha256(f"{entry.sha256} {reading} {duckdb.__version__}".encode()).hexdigest(),
        hashlib.sha256(f"{entry.content_sha256} {reading}".encode()).hexdigest(),
    )


def files_in_time(
    connection: duckdb.DuckDBPyConnection, root: Path, feed: Feed
) -> list[tuple[Entry, tuple[str, str]]]:
    """The feed's landed files, the latest last, each with its checksums (see `_marks`)."""
    entries = sorted(_without_addresses(connection, read_manifest(root, SOURCE_NAME, feed.name)), key=_age)
    return [(entry, _marks(entry, feed)) for entry in entries]


def load_apart(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    feed: Feed,
    files: Sequence[tuple[Entry, tuple[str, str]]],
    now: datetime,
) -> dict[str, str]:
    """Load each of `files` into the feed's table, which is empty: as one of several that load it.

    Files are not compared with each other nor with what was loaded before: who puts the parts together does
    that. Returns the files that cannot be read, with the reasons; they are in quarantine.
    """
    entries = [entry for entry, _ in files]
    verify_files(root, entries)
    loader = _FeedLoader(connection, root, feed, {}, now)
    unreadable: dict[str, str] = {}
    for entry, marks in files:
        loader.run_apart(entry, marks, unreadable)
    table = table_name(SOURCE_NAME, feed.name)
    record_corrections(connection, SOURCE_NAME, feed.name, table, entries, now)
    return unreadable


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
        self._connection, self._feed = connection, feed
        self._before, self._now = before, now
        self._table = table_name(SOURCE_NAME, feed.name)
        self._files = FileLoader(connection, root, feed, now)

    def run(
        self,
        pending: Sequence[Entry],
        gone: Sequence[str],
        marks: dict[str, tuple[str, str]],
        files: Sequence[str],
    ) -> None:
        """Load all files or none; a file that proves unreadable is quarantined in the next attempt."""
        unreadable: dict[str, str] = {}
        while True:
            try:
                with transaction(self._connection):
                    blocked = self._run(pending, gone, marks, files, unreadable)
                break
            except _UnreadableEntry as found:
                unreadable[found.partition] = str(found)
        if blocked:
            raise NearCopyError(self._feed.name, blocked)

    def run_apart(self, entry: Entry, marks: tuple[str, str], unreadable: dict[str, str]) -> None:
        """Load one file; if it proves unreadable, it is quarantined in the next attempt."""
        while True:
            try:
                with transaction(self._connection):
                    self._load_file(entry, *marks, unreadable)
                return
            except _UnreadableEntry as found:
                unreadable[found.partition] = str(found)

    def _run(
        self,
        pending: Sequence[Entry],
        gone: Sequence[str],
        marks: dict[str, tuple[str, str]],
        files: Sequence[str],
        unreadable: dict[str, str],
    ) -> list[str]:
        """Returns a sentence for each file that is blocked."""
        replaced = [entry.partition for entry in pending if entry.partition in self._before]
        guard = FeedGuard(self._connection, self._feed)
        ledger.delete_partitions(
            self._connection, SOURCE_NAME, self._feed.name, self._table, [*replaced, *gone]
        )
        for entry in pending:
            self._load_file(entry, *marks[entry.partition], unreadable)
        loaded = [entry.partition for entry in pending]
        guard.compare_files(loaded)
        blocked = block_near_copies(self._connection, self._feed, self._table, loaded, files)
        record_corrections(self._connection, SOURCE_NAME, self._feed.name, self._table, pending, self._now)
        mark_repeated_rows(self._connection, self._feed, self._table, files)
        record_repeated_rows(self._connection, self._feed, self._table)
        guard.refuse(list(blocked), unreadable)
        return list(blocked.values())

    def _load_file(
        self, entry: Entry, entry_mark: str, content_mark: str, unreadable: dict[str, str]
    ) -> None:
        loaded = LoadedFile()
        if entry.partition not in unreadable:
            try:
                loaded = self._files.load(entry)
            except UnreadableFileError as error:
                if isinstance(error.__cause__, duckdb.Error):
                    raise _UnreadableEntry(entry.partition, str(error)) from error
                # Found without an error of DuckDB: the transaction goes on, and the other files load once.
                ledger.delete_partitions(
                    self._connection, SOURCE_NAME, self._feed.name, self._table, [entry.partition]
                )
                unreadable[entry.partition] = str(error)
        if entry.partition in unreadable:
            loaded = LoadedFile(rejected=self._files.quarantine(entry, unreadable[entry.partition]))
        self._connection.execute(
            """
            insert into raw._loads by name
            select
                $source as source, $stream as stream, $partition as partition,
                $entry as entry_sha256, $content as content_sha256,
                $rows + $rejected as fetched, $rows + $rejected as landed, $rows as loaded,
                $rejected as quarantined, 0 as repeated, $distinct as distinct_records,
                $extracted_at::timestamptz as extracted_at, $now::timestamptz as loaded_at,
                $changed_at::timestamptz as changed_at, $filled as filled,
                $absent::varchar[] as absent_columns, $left_out as left_out
            """,
            {
                "source": SOURCE_NAME,
                "stream": self._feed.name,
                "partition": entry.partition,
                "entry": entry_mark,
                "content": content_mark,
                "rows": loaded.rows,
                "rejected": loaded.rejected,
                "distinct": loaded.distinct,
                "absent": list(loaded.absent),
                "left_out": loaded.left_out,
                "extracted_at": entry.extracted_at,
                "now": self._now,
                "changed_at": ledger.changed_at(
                    self._before.get(entry.partition, ledger.NOT_LOADED), content_mark, self._now
                ),
                "filled": [
                    {"field": field, "path": column.path, "records": column.records}
                    for field, column in loaded.filled.items()
                ],
            },
        )
