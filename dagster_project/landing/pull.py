"""Pulling a stream: pages in, committed manifest entries out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from dagster_project.landing.errors import LandingError, explain_disk_errors
from dagster_project.landing.files import sweep
from dagster_project.landing.manifest import (
    Entry,
    last_cursor,
    manifest_directory,
    read_manifest,
    stream_directory,
)
from dagster_project.landing.partitions import PartitionCommitter
from dagster_project.landing.private import keep_private
from dagster_project.sources.core.errors import UnreadableDayError
from dagster_project.sources.core.stream import Kind, Page, Request, Stream


def _refused(error: UnreadableDayError) -> None:
    raise error


def pull_stream(
    source_name: str,
    stream: Stream,
    client: Any,
    root: Path,
    now: Callable[[], datetime],
    request: Request,
    committed: Callable[[Entry], object] = lambda _: None,
    left_out: Callable[[UnreadableDayError], object] = _refused,
) -> list[Entry]:
    """Extract `stream` by its `span` and land the pages; a committed day is kept when a later one fails.

    `committed` is called with every new entry as soon as it is durable, `left_out` with why a day that is
    damaged at the source stays as it landed before. A cursor stream resumes after the last landed cursor,
    whatever `request` says.
    """
    if stream.kind is Kind.CURSOR:
        request = Request(cursor=last_cursor(root, source_name, stream.name))
    requests = [request]
    if stream.kind is Kind.WINDOW and stream.span == "day" and request.window is not None:
        requests = [Request(window=type(request.window)(day, day)) for day in request.window.days()]
    entries: list[Entry] = []
    with _opened(root, source_name, stream.name) as known:
        for part in requests:
            pages = stream.extract(client, part)
            try:
                landed = _land(source_name, stream, pages, root, now, known, part, committed)
            except UnreadableDayError as error:
                left_out(error)
                continue
            entries += landed
            by_name = {entry.name: entry for entry in [*known, *landed]}
            known = [by_name[name] for name in sorted(by_name)]
    return entries


def pull(
    source_name: str,
    stream: Stream,
    pages: Iterable[Page],
    root: Path,
    now: Callable[[], datetime],
    request: Request,
    committed: Callable[[Entry], object] = lambda _: None,
) -> list[Entry]:
    """Land `pages`, extracted for `request`, and return the committed entries.

    A window stream overwrites every day of the window once all pages have come; a day without records becomes
    empty. A snapshot is one new entry. Records equal to the last entry's leave that entry, which is returned.
    A cursor stream commits every 13 pages, so that a crash loses at most these.
    Raises LandingError when the disk cannot be written or the pages do not belong to the request, and every
    error of `pages`; pages that were not committed leave no trace.
    """
    with _opened(root, source_name, stream.name) as known:
        return _land(source_name, stream, pages, root, now, known, request, committed)


@contextmanager
def _opened(root: Path, source: str, stream: str) -> Iterator[list[Entry]]:
    """The stream's entries, while no other run lands any; read and swept once for all days of a pull."""
    try:
        with explain_disk_errors(root), stream_lock(root, source, stream):
            known = read_manifest(root, source, stream)
            sweep(root, source, stream, known)
            yield known
            sweep(root, source, stream, read_manifest(root, source, stream))
    except _SourceFailed as failure:
        raise failure.cause from failure.cause.__cause__


def _land(
    source_name: str,
    stream: Stream,
    pages: Iterable[Page],
    root: Path,
    now: Callable[[], datetime],
    known: list[Entry],
    request: Request,
    committed: Callable[[Entry], object],
) -> list[Entry]:
    landing = PartitionCommitter(source_name, stream, root, now, known, request, committed)
    try:
        return landing.run(_mark_source_errors(pages))
    finally:
        landing.discard()


@contextmanager
def stream_lock(root: Path, source: str, stream: str) -> Iterator[None]:
    """Lock the stream's folder; LandingError when another run holds it."""
    keep_private(root)
    manifest_directory(root, source, stream).mkdir(parents=True, exist_ok=True)
    lock = FileLock(stream_directory(root, source, stream) / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LandingError(
            f"Another run is pulling {source}/{stream} into {root}; wait for it to end, then run again."
        ) from None
    try:
        yield
    finally:
        lock.release()


class _SourceFailed(Exception):
    """Wraps a source's OSError, so that it is not explained as an error of the disk."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _mark_source_errors(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages, with a connection error of the source (also an OSError) wrapped as the source's."""
    try:
        yield from pages
    except OSError as error:
        raise _SourceFailed(error) from error
