"""Pages in, committed manifest entries out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from dagster_project.landing.errors import LandingError, explained
from dagster_project.landing.files import sweep
from dagster_project.landing.gather import Landing
from dagster_project.landing.manifest import (
    Entry,
    last_cursor,
    manifest_directory,
    read_manifest,
    stream_directory,
)
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
    """Ask `stream` as its `span` says and land the answer; a day that is committed stays so if a later fails.

    `committed` is told of every new entry as soon as it holds.

    A cursor stream resumes after the last landed cursor, whatever `request` says.
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
    """Land `pages`, the answer to `request`, and return the committed entries.

    A window stream overwrites every day of the window, also with nothing, once all pages are in. A snapshot
    is one new entry. An answer that says what the last one said leaves that one's entry, which is returned. A
    cursor stream commits every 13 pages, so that a crash costs at most these.
    Raises LandingError when the disk refuses or the pages do not answer the request, and whatever `pages`
    raises; what was not committed is then as if it had never been asked.
    """
    try:
        with explained(root), exclusive(root, source_name, stream.name):
            before = read_manifest(root, source_name, stream.name)
            sweep(root, source_name, stream.name, before)
            landing = Landing(source_name, stream, root, now, before, request, committed)
            try:
                entries = landing.run(_distinguished(pages))
            finally:
                landing.discard()
            sweep(root, source_name, stream.name, read_manifest(root, source_name, stream.name))
            return entries
    except _SourceFailed as failure:
        raise failure.cause from failure.cause.__cause__


@contextmanager
def exclusive(root: Path, source: str, stream: str) -> Iterator[None]:
    """Hold the stream's folder; a second run of the same stream is told so at once."""
    manifest_directory(root, source, stream).mkdir(parents=True, exist_ok=True)
    lock = FileLock(stream_directory(root, source, stream) / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LandingError(
            f"Another run is pulling {source}/{stream} into {root} right now; wait for it to end."
        ) from None
    try:
        yield
    finally:
        lock.release()


class _SourceFailed(Exception):
    """Carries a source's own exception past the handling of the disk's."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _distinguished(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages; a connection error of the source (an OSError too) is not a fault of the disk."""
    try:
        yield from pages
    except OSError as error:
        raise _SourceFailed(error) from error
