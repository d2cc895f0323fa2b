"""Collecting pages into partitions and committing them, by kind of stream."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_project.landing.drift import FieldSampler
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import PAGES_PER_COMMIT, FileWriter
from dagster_project.landing.manifest import SAFE_NAME, Entry, next_ordinal, write_entry
from dagster_project.landing.records import page_lines
from dagster_project.sources.core.accounts import account_partition
from dagster_project.sources.core.stream import Kind, Page, Request, Stream


class OpenPartition:
    """The pages of one entry that is not committed yet."""

    def __init__(self, stream: Stream, writer: FileWriter) -> None:
        self.writer = writer
        self.sampler = FieldSampler(stream)
        self.pages = self.records = 0
        self.announced: int | None = None
        self.metadata: dict[str, Any] = {}
        self.cursor: str | None = None

    def add(self, page: Page) -> None:
        self.pages += 1
        self.records += len(page.records)
        self.announced = page.announced if page.announced is not None else self.announced
        self.cursor = page.cursor if page.cursor is not None else self.cursor
        for key, value in page.metadata.items():
            # a flag raised by any page (sampled, thresholded) holds for the partition
            self.metadata[key] = True if self.metadata.get(key) is True else value
        self.sampler.sample(page.records, page.context)
        if page.records:
            self.writer.add(page_lines(page.records, page.context))


def has_same_content(known: Entry, entry: Entry) -> bool:
    """Whether both have the same records and flags; quotas and extraction times always differ."""
    return (
        known.content_sha256 == entry.content_sha256
        and (known.records, known.announced, known.drift) == (entry.records, entry.announced, entry.drift)
        and flags(known) == flags(entry)
        and known.metadata.get("mark") == entry.metadata.get("mark")  # what it was read from has changed
    )


def flags(entry: Entry) -> dict[str, bool]:
    """The source's boolean flags of the records: sampled, thresholded."""
    return {name: value for name, value in entry.metadata.items() if isinstance(value, bool)}


class PartitionCommitter:
    """Lands the pages of one request, one commit per partition; `discard` removes uncommitted files."""

    def __init__(
        self,
        source: str,
        stream: Stream,
        root: Path,
        now: Callable[[], datetime],
        before: list[Entry],
        request: Request,
        committed: Callable[[Entry], object],
    ) -> None:
        self._committed = committed
        self._source, self._stream, self._root, self._now = source, stream, root, now
        self._before = before
        self._request = request
        self._open: dict[str, OpenPartition] = {}

    def run(self, pages: Iterator[Page]) -> list[Entry]:
        match self._stream.kind:
            case Kind.WINDOW:
                return self._window(pages)
            case Kind.SNAPSHOT:
                return self._snapshot(pages)
            case Kind.CURSOR:
                return self._cursor(pages)

    def discard(self) -> None:
        for partition in self._open.values():
            partition.writer.discard()

    def _window(self, pages: Iterator[Page]) -> list[Entry]:
        if self._request.window is None:
            raise ValueError(f"{self._label} is a window stream; the request has no window.")
        days = [day.isoformat() for day in self._request.window.days()]
        for page in pages:
            name = page.partition or (days[0] if len(days) == 1 else "")
            if name not in days:
                raise LandingError(
                    f"{self._label} gave a page for {name or 'no day'} when {days[0]} to {days[-1]} was "
                    "requested, which would overwrite another day; nothing was landed. Check the connector."
                )
            if page.restarts and name in self._open:
                self._open.pop(name).writer.discard()  # what it has finished, the sweep removes
            self._open_partition(name).add(page)
        return [self._commit(day, self._open_partition(day)) for day in days]

    def _snapshot(self, pages: Iterator[Page]) -> list[Entry]:
        name = next_ordinal(self._before)
        partition = self._open_partition(name)
        for page in pages:
            partition.add(page)
        return [self._commit(name, partition)]

    def _cursor(self, pages: Iterator[Page]) -> list[Entry]:
        cursor = self._before[-1].cursor_to if self._before else None
        if self._before and self._request.cursor != cursor:
            raise LandingError(
                f"{self._label} was requested to resume after {self._request.cursor} but has landed up to "
                f"{cursor}; request it from there."
            )
        entries: list[Entry] = []
        partition: OpenPartition | None = None
        for page in pages:
            name = next_ordinal([*self._before, *entries])
            partition = partition or self._open_partition(name)
            partition.add(page)
            if partition.pages >= PAGES_PER_COMMIT:
                entries.append(self._commit(name, partition, cursor))
                partition, cursor = None, entries[-1].cursor_to
        if partition is not None and (partition.records or partition.cursor not in (None, cursor)):
            entries.append(self._commit(next_ordinal([*self._before, *entries]), partition, cursor))
        return entries

    @property
    def _label(self) -> str:
        return f"{self._source}/{self._stream.name}"

    def _open_partition(self, name: str) -> OpenPartition:
        if name not in self._open:
            if not SAFE_NAME.fullmatch(name):
                raise LandingError(
                    f"{self._label} gave a page for {name!r}, which is not a valid partition name. Check the "
                    "connector."
                )
            writer = FileWriter(self._root, self._source, self._stream.name, name)
            self._open[name] = OpenPartition(self._stream, writer)
        return self._open[name]

    def _commit(self, name: str, partition: OpenPartition, cursor_from: str | None = None) -> Entry:
        entry = Entry(
            source=self._source,
            stream=self._stream.name,
            kind=str(self._stream.kind),
            partition=account_partition(self._source, name),
            name=name,
            extracted_at=self._now(),
            files=partition.writer.finish(),
            records=partition.records,
            announced=partition.announced,
            cursor_from=cursor_from,
            cursor_to=partition.cursor if partition.cursor is not None else cursor_from,
            first_time=partition.sampler.first_time,
            last_time=partition.sampler.last_time,
            metadata=partition.metadata,
            drift=partition.sampler.drift,
        )
        del self._open[name]
        if (known := self._known(entry)) is not None:
            return known
        write_entry(self._root, entry)
        self._committed(entry)
        return entry

    def _known(self, entry: Entry) -> Entry | None:
        """The committed entry of equal content: it is kept, so that a run without new data writes nothing."""
        is_snapshot = self._stream.kind is Kind.SNAPSHOT
        before = self._before[-1:] if is_snapshot else [e for e in self._before if e.name == entry.name]
        return next((known for known in before if has_same_content(known, entry)), None)
