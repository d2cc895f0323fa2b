"""Loading the rows of one landed event file into its feed's raw table, the invalid ones into quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec

from dagster_project.landing import Entry
from dagster_project.raw.addresses import masked
from dagster_project.raw.corrections import record_drift
from dagster_project.raw.files.absence import count_filled, refuse_unmapped_file
from dagster_project.raw.files.deduplication import number_equal_rows
from dagster_project.raw.files.event_sql import addresses_in, event_relation, text_of
from dagster_project.raw.files.identity import key_hash
from dagster_project.raw.files.inspection import ADVICE
from dagster_project.raw.files.json_paths import steps
from dagster_project.raw.files.opened import OpenedFile, UnreadableFileError
from dagster_project.raw.files.reading import first_line, readable
from dagster_project.raw.files.repeated_hour import separate_passes
from dagster_project.raw.files.swallowed import swallowed_rows
from dagster_project.raw.losses import Filled
from dagster_project.raw.schema import table_name
from dagster_project.raw.sql import count, literal
from dagster_project.raw.streams.contacts import add_addresses
from dagster_project.sources.event_files import SOURCE_NAME, Feed

UNREADABLE = "the row cannot be read"
SWALLOWED = "the row stands within a cell, whose quote an earlier row opens and a later one closes"


@dataclass(frozen=True)
class LoadedFile:
    """Valid rows, rows quarantined, distinct events, values by field, columns that the file does not have,
    rows that the feed's rules leave out.
    """

    rows: int = 0
    rejected: int = 0
    distinct: int = 0
    filled: Mapping[str, Filled] = field(default_factory=dict)
    absent: Sequence[str] = ()
    left_out: int = 0


class FileLoader:
    """Loads files of one feed, within the caller's transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, root: Path, feed: Feed, now: datetime) -> None:
        self._connection, self._root, self._feed, self._now = connection, root, feed, now
        self._table = table_name(SOURCE_NAME, feed.name)

    def load(self, entry: Entry) -> LoadedFile:
        """Raises UnreadableFileError."""
        path = self._root / entry.files[0].path
        with readable(self._connection, self._feed, path) as opened:
            return LoadedFile() if opened is None else self._load(entry, opened)

    def _load(self, entry: Entry, opened: OpenedFile) -> LoadedFile:
        self._drop_rejects()
        read = self._insert(entry, opened)
        invalid, filled = count_filled(self._connection, self._feed, self._table, entry.partition)
        unreadable = self._quarantine_rejects(entry) if opened.has_rejects else 0
        self._drop_rejects()
        separate_passes(
            self._connection,
            self._feed,
            self._table,
            entry.partition,
            opened,
            text_of(self._feed, opened, "occurred_at"),
        )
        if invalid:
            self._drop_rejects()
            self._quarantine_invalid_rows(entry, opened)
        if invalid or unreadable:
            self._refuse_filled_over(entry, opened)
        if invalid == read:
            refuse_unmapped_file(self._connection, self._feed, entry.partition, opened.names)
        if read == 0:
            self._refuse_without(opened.requirements)
        left_out = self._left_out(opened, read)
        if opened.has_lines and read == unreadable == left_out == 0:
            raise UnreadableFileError(
                "the file has text below its header, and none of it is a row; correct `skip`, `quote` or "
                "`delimiter` of its feed"
            )
        if opened.breaks > read + left_out + unreadable:
            unreadable += self._quarantine_swallowed(entry, opened)
        self._add_addresses(entry, opened)
        repeated = number_equal_rows(self._connection, self._feed, self._table, entry.partition)
        absent = self._record_missing_columns(entry, opened)
        rows = read - invalid
        return LoadedFile(rows, invalid + unreadable, rows - repeated, filled, absent, left_out)

    def _left_out(self, opened: OpenedFile, read: int) -> int:
        """How many rows the feed's rules leave out, and records of which they make no row."""
        without = 0
        if opened.without_rows is not None:
            self._drop_rejects()
            without = count(self._connection, opened.without_rows)
        if opened.every_row is None:
            return without
        self._drop_rejects()
        return without + count(self._connection, f"select count(*) from {opened.every_row}") - read

    def quarantine(self, entry: Entry, reason: str) -> int:
        """Quarantine the file as one record that names it."""
        landed = str(self._root / entry.files[0].path)
        text = literal(f"{entry.partition}: {reason.replace(landed, 'the landed copy')}")
        return self._quarantine(entry, f"select {text} as reason, null::varchar as record")

    def _insert(self, entry: Entry, opened: OpenedFile) -> int:
        """Insert every row; an invalid one gets `_ordinal` 0, by which it is deleted afterwards."""
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
                    case when _reason is null then 1 else 0 end as _ordinal,
                    false as _is_repeated
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
            f"delete from {self._table} where _partition = ? and _ordinal = 0", [entry.partition]
        )

    def _quarantine_rejects(self, entry: Entry) -> int:
        """A row that cannot be read, with a quote that is not closed, takes the lines after it along."""
        if not count(self._connection, "select count(*) from _rejected"):
            return 0  # a fifth of what a small file costs is compiling the pattern of masks
        self._quarantine(
            entry,
            f"select {literal(UNREADABLE)} || ': ' || any_value(error_message) as reason, "
            "any_value(csv_line) as record from _rejected group by line",
        )
        return count(
            self._connection,
            """
            select coalesce(sum(lines), 0)::bigint from (
                select 1 + max(length(regexp_replace(rtrim(csv_line, chr(10)), '[^\n]', '', 'g'))) as lines
                from _rejected group by line
            )
            """,
        )

    def _quarantine_swallowed(self, entry: Entry, opened: OpenedFile) -> int:
        """Rows that an open quote makes part of a cell: they are found where a cell has several lines."""
        self._drop_rejects()
        lines = swallowed_rows(self._feed, opened)
        return (
            self._quarantine(entry, f"select {literal(SWALLOWED)} as reason, line as record from {lines}")
            if lines
            else 0
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

    def _refuse_filled_over(self, entry: Entry, opened: OpenedFile) -> None:
        """Raise UnreadableFileError where a row may be filled from above one that cannot be read.

        What stands in that row is not known: the rows below it would be another's.
        """
        if all(rule.key for rule in self._feed.file_format.fill_down):
            return
        defect = opened.defect[1] if opened.defect else ""
        found = count(
            self._connection,
            """
            select count(*) from raw._quarantine
            where source = $source and stream = $stream and partition = $partition
                and (starts_with(reason, $unreadable) or reason = $defect)
            """,
            {
                "source": SOURCE_NAME,
                "stream": self._feed.name,
                "partition": entry.partition,
                "unreadable": UNREADABLE,
                "defect": defect,
            },
        )
        if found:
            raise UnreadableFileError(
                f"{found:,} rows cannot be read, and fill_down would fill the rows below them from above; "
                "correct them, or name the key in fill_down by which rows belong together"
            )

    def _refuse_without(self, requirements: Sequence[tuple[str, str]]) -> None:
        """Raise UnreadableFileError where the feed's rules leave no row because they do not fit the file."""
        for sql, sentence in requirements:
            self._drop_rejects()
            if not count(self._connection, sql):
                raise UnreadableFileError(sentence)

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

    def _record_missing_columns(self, entry: Entry, opened: OpenedFile) -> list[str]:
        """Record mapped columns that the file does not have as schema drift; returns excluded ones too."""
        missing = sorted({c for c in self._feed.columns.values() if c not in opened.columns})
        if missing:
            drifted = msgspec.structs.replace(entry, drift={"missing": missing})
            record_drift(self._connection, [drifted])
        if opened.names is None:
            return missing
        names = {*opened.names, *opened.columns}
        return [
            *missing,
            *(name for name in self._feed.exclude if str(steps(name)[0]) not in names and name not in names),
        ]


def _is_of_the_file(error: duckdb.Error, path: str) -> bool:
    """Whether the file's content is the cause; else the disk, memory or warehouse is.

    Errors of damaged Parquet headers have no class of their own.
    """
    is_of_content = isinstance(error, duckdb.DataError | duckdb.InvalidInputException)
    return is_of_content or type(error) is duckdb.Error or path in str(error)
