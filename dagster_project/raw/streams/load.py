"""Loading landed files into raw tables: changed partitions only, each replaced as a whole."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.landing import Entry, current_entries
from dagster_project.raw import ledger
from dagster_project.raw.corrections import record_corrections, record_drift
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.refusals import recorded_refusals
from dagster_project.raw.schema import PROVENANCE, table_name
from dagster_project.raw.sql import literal, quoted, transaction, without_optimizers
from dagster_project.raw.streams.absence import LossGuard, filled_columns, refuse_missing
from dagster_project.raw.streams.contacts import with_contact_keys
from dagster_project.raw.streams.quarantine import quarantine_invalid_records
from dagster_project.raw.streams.shape import Shape
from dagster_project.raw.verify import verify_files
from dagster_project.sources.core.accounts import source_name as source_of
from dagster_project.sources.core.stream import Stream

# Entries per transaction: enough that a year of days takes two commits, few enough for one file list.
MAX_BATCH_ENTRIES = 256
# Records per transaction, unless one entry has more: an insert holds about 190 bytes per record in memory.
MAX_BATCH_RECORDS = 1_000_000

# What DuckDB raises for an invalid record, unlike for a full disk or a missing file.
INVALID_RECORD_ERRORS = (duckdb.InvalidInputException, duckdb.DataError)


@dataclass(frozen=True)
class LoadResult:
    """What a load changed, and the counts of the stream's raw table afterwards.

    `fetched`, `landed`, `loaded`, `quarantined` count the records of all current partitions, and
    fetched = landed = loaded + quarantined. `repeated` of the loaded ones are duplicates that are kept once.
    `partitions_loaded` were (re)written, `partitions_removed` are no longer in landing; `partitions_changed`
    are those of both whose records differ from before.
    """

    source: str
    stream: str
    fetched: int
    landed: int
    loaded: int
    quarantined: int
    repeated: int
    partitions_loaded: tuple[str, ...]
    partitions_removed: tuple[str, ...]
    partitions_changed: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return ledger.is_complete(self.fetched, self.landed, self.loaded, self.quarantined)


def load(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    source_name: str,
    stream: Stream,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    just_landed: Container[str] = (),
) -> LoadResult:
    """Synchronize the stream's raw table with its manifest, of the account that `source_name` names.

    Partitions are compared by their entry's checksum; a changed one is deleted and inserted, one that is no
    longer in the manifest is deleted, up to 256 partitions and a million records per transaction. Records
    that do not have the declared types go to `raw._quarantine`. Raises LandingError when a manifest entry or
    landed file is damaged, before anything is written, LossRefused when loaded records would be lost (they
    stay), and WarehouseError when the counts do not add up.
    The entries of `just_landed` (checksums of those that this process wrote) are not verified by checksum.
    """
    entries = current_entries(root, source_name, stream.name)
    before = ledger.loaded_partitions(connection, source_name, stream.name)
    pending = [e for e in entries if before.get(e.partition, ledger.NOT_LOADED).entry_sha256 != e.sha256]
    gone = sorted(set(before) - {entry.partition for entry in entries})
    dropped = ledger.dropped_partitions(connection, source_name, stream.name)
    with recorded_refusals(connection, source_name, stream.name, now()):
        if gone or dropped:
            known = ledger.contents(connection, source_name, stream.name)
            refuse_missing(connection, root, source_name, stream, known, entries)
        verify_files(root, pending, just_landed)
        _Loader(connection, root, source_name, stream, before, now).run(pending, gone)
    if dropped:
        ledger.forget_dropped_partitions(connection, source_name, stream.name)
    changed = [
        e for e in pending if before.get(e.partition, ledger.NOT_LOADED).content_sha256 != e.content_sha256
    ]
    return result(connection, source_name, stream.name, pending, gone, [e.partition for e in changed])


def load_apart(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    source_name: str,
    stream: Stream,
    entries: Sequence[Entry],
    now: datetime,
) -> None:
    """Load `entries` into the stream's table, which is empty: as one of several that load it.

    Nothing is compared with what was loaded before: who puts the parts together does that.
    """
    verify_files(root, entries)
    _Loader(connection, root, source_name, stream, {}, lambda: now).run(entries, ())


def result(
    connection: duckdb.DuckDBPyConnection,
    source_name: str,
    stream_name: str,
    loaded: Sequence[Entry],
    gone: Sequence[str],
    changed: Sequence[str],
) -> LoadResult:
    """The result, counted from the ledger."""
    totals = ledger.totals(connection, source_name, stream_name)
    return LoadResult(
        source=source_name,
        stream=stream_name,
        **totals,
        partitions_loaded=tuple(entry.partition for entry in loaded),
        partitions_removed=tuple(gone),
        partitions_changed=tuple(sorted({*changed, *gone})),
    )


def combined(source_name: str, stream_name: str, results: Sequence[LoadResult]) -> LoadResult:
    """The result of the stream over its accounts."""
    return LoadResult(
        source=source_name,
        stream=stream_name,
        fetched=sum(result.fetched for result in results),
        landed=sum(result.landed for result in results),
        loaded=sum(result.loaded for result in results),
        quarantined=sum(result.quarantined for result in results),
        repeated=sum(result.repeated for result in results),
        partitions_loaded=tuple(name for result in results for name in result.partitions_loaded),
        partitions_removed=tuple(name for result in results for name in result.partitions_removed),
        partitions_changed=tuple(name for result in results for name in result.partitions_changed),
    )


def _batches(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in order, as many per batch as fit in one transaction."""
    batches: list[list[Entry]] = []
    room = 0
    for entry in entries:
        if not batches or len(batches[-1]) == MAX_BATCH_ENTRIES or room < entry.records:
            batches.append([])
            room = MAX_BATCH_RECORDS
        batches[-1].append(entry)
        room -= entry.records
    return batches


class _Loader:
    """One run of `load`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        root: Path,
        source_name: str,
        stream: Stream,
        before: Mapping[str, ledger.Loaded],
        now: Callable[[], datetime],
    ) -> None:
        self._connection, self._root, self._source, self._stream = connection, root, source_name, stream
        self._before, self._now = before, now
        self._shape = Shape(stream)
        self._table = table_name(source_of(source_name), stream.name)
        self._filled = filled_columns(stream)

    def run(self, pending: Sequence[Entry], gone: Sequence[str]) -> None:
        for batch in _batches(pending) or ([[]] if gone else []):
            self._load_batch(batch, gone)
            gone = ()

    def _load_batch(self, batch: Sequence[Entry], gone: Sequence[str]) -> None:
        """Load the batch at once if all records are valid, else one by one, by the slow path where needed."""
        try:
            if any(file.misshapen for entry in batch for file in entry.files):
                raise InvalidRecord
            with transaction(self._connection):
                self._replace(batch, gone)
        except (*INVALID_RECORD_ERRORS, InvalidRecord):
            if len(batch) > 1:
                for position, entry in enumerate(batch):
                    self._load_batch([entry], () if position else gone)
            else:
                with transaction(self._connection):
                    self._replace(batch, gone, quarantine=True)

    def _replace(self, batch: Sequence[Entry], gone: Sequence[str], quarantine: bool = False) -> None:
        now = self._now()
        replaced = [entry.partition for entry in batch if entry.partition in self._before]
        guard = LossGuard(self._connection, self._source, self._stream, self._table, batch)
        ledger.delete_partitions(
            self._connection, self._source, self._stream.name, self._table, [*replaced, *gone]
        )
        ledger.create_batch_table(self._connection, self._root, batch)
        files = [str(self._root / file.path) for entry in batch for file in entry.files]
        if files:
            rows = self._read(files)
            if quarantine:
                rows = quarantine_invalid_records(
                    self._connection, self._source, self._stream.name, self._shape, files, now
                )
            self._insert(rows, batch)
        written = ledger.write_loads(
            self._connection,
            self._source,
            self._stream.name,
            self._table,
            batch,
            self._before,
            self._filled,
            now,
        )
        self._check(written, quarantine)
        guard.check(now)
        record_corrections(self._connection, self._source, self._stream.name, self._table, batch, now)
        record_drift(self._connection, batch)

    def _read(self, files: Sequence[str]) -> str:
        names = ", ".join(literal(file) for file in files)
        return (
            f"read_json([{names}], format = 'newline_delimited', records = true, compression = 'zstd', "
            f"filename = '_file', columns = {self._shape.read_columns})"
        )

    def _insert(self, rows: str, batch: Sequence[Entry]) -> None:
        """Insert with contact keys, in the join order as written (see `without_optimizers`)."""
        extracted_at = min(entry.extracted_at for entry in batch)
        provenance = ", ".join(f"_batch.{quoted(name)}" for name in PROVENANCE)
        relation = (
            f"select {self._shape.select_list}, {provenance} "
            f"from _read as _rows join _batch on _rows._file = _batch._file {self._shape.joins}"
        )
        with (
            with_contact_keys(self._connection, self._shape, rows) as sources,
            without_optimizers(self._connection, "build_side_probe_side"),
        ):
            self._connection.execute(
                f"with {sources} "
                f"insert into {self._table} by name "
                f"{self._shape.plausible(self._shape.masked(relation), extracted_at)}"
            )

    def _check(self, written: Sequence[ledger.Written], quarantine: bool) -> None:
        """The slow path may find the records that lack; what it cannot find is lost."""
        for partition, fetched, landed, loaded, quarantined in (
            row for row in written if not row.is_complete
        ):
            if not quarantine:
                raise InvalidRecord
            raise WarehouseError(
                f"Of {fetched} records fetched and {landed} landed for {self._source}/{self._stream.name} "
                f"{partition}, {loaded} were loaded and {quarantined} quarantined; the load was rolled back. "
                "Pull the partition again."
            )


class InvalidRecord(Exception):
    """A batch has an invalid record that DuckDB loads without an error."""
