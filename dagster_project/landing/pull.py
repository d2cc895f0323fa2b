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
from dagster_project.sources.core.stream import Kind, Page, Request, Stream


def pull_stream(
    source_name: str,
    stream: Stream,
    client: Any,
    root: Path,
    now: Callable[[], datetime],
    request: Request,
    committed: Callable[[Entry], object] = lambda _: None,
) -> list[Entry]:
    """Extract `stream` by its `span` and land the pages; a committed day is kept when a later one fails.

    `committed` is called with every new entry as soon as it is durable. A cursor stream resumes after the
    last landed cursor, whatever `request` says.
    """
    if stream.kind is Kind.CURSOR:
        request = Request(cursor=last_cursor(root, source_name, stream.name))
    requests = [request]
    if stream.kind is Kind.WINDOW and stream.span == "day" and request.window is not None:
        requests = [Request(window=type(request.window)(day, day)) for day in request.window.days()]
    entries: list[Entry] = []
    for part in requests:
        entries += pull(source_name, stream, stream.extract(client, part), root, now, part, committed)
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
    try:
        with explain_disk_errors(root), stream_lock(root, source_name, stream.name):
            before = read_manifest(root, source_name, stream.name)
            sweep(root, source_name, stream.name, before)
            landing = PartitionCommitter(source_name, stream, root, now, before, request, committed)
            try:
                entries = landing.run(_mark_source_errors(pages))
            finally:
                landing.discard()
            sweep(root, source_name, stream.name, read_manifest(root, source_name, stream.name))
            return entries
    except _SourceFailed as failure:
        raise failure.cause from failure.cause.__cause__


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
