"""Which files each task of a load gets: as many as fit one; of a large partition each file has its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from dagster_project.landing import Entry
from dagster_project.sources.core.stream import Stream
from dagster_project.sources.event_files import Feed
from dagster_project.spark.tasks import FeedTask, Place, StreamTask, no_request

# Compressed. Of a task's time the start of its warehouse is then little, and its rows fit a worker.
TASK_BYTES = 64 << 20
# No task can read a part of a compressed file: a larger one keeps its worker for long.
LARGE_FILE_BYTES = 256 << 20

Part = TypeVar("Part")


def stream_tasks(
    place: Place, source: str, stream: Stream, entries: Sequence[Entry], task_bytes: int = TASK_BYTES
) -> list[StreamTask]:
    """The tasks that load a stream, in the order of its partitions."""
    declared = replace(stream, extract=no_request, due=None)
    parts = (part for entry in entries for part in _parts(entry, task_bytes))
    return [
        StreamTask(f"{number:06d}", place, source, declared, packed)
        for number, packed in enumerate(_packed(parts, _size, task_bytes))
    ]


def feed_tasks(
    place: Place,
    feed: Feed,
    files: Sequence[tuple[Entry, tuple[str, str]]],
    task_bytes: int = TASK_BYTES,
) -> list[FeedTask]:
    """The tasks that load a feed, the latest file last."""
    return [
        FeedTask(f"{number:06d}", place, feed, packed)
        for number, packed in enumerate(_packed(files, lambda file: _size(file[0]), task_bytes))
    ]


def large_files(entries: Iterable[Entry]) -> list[str]:
    """Files of which each keeps one worker for long."""
    return [
        f"{entry.source}/{entry.stream} {entry.partition}"
        for entry in entries
        if any(file.bytes > LARGE_FILE_BYTES for file in entry.files)
    ]


def _parts(entry: Entry, task_bytes: int) -> Iterator[Entry]:
    """The entry, or one of each of its files where it is too large for a task."""
    if len(entry.files) < 2 or _size(entry) <= task_bytes:
        yield entry
        return
    for file in entry.files:
        yield msgspec.structs.replace(entry, files=[file], records=file.records)


def _packed(parts: Iterable[Part], size: Callable[[Part], int], task_bytes: int) -> list[list[Part]]:
    packs: list[list[Part]] = []
    room = 0
    for part in parts:
        if not packs or size(part) > room:
            packs.append([])
            room = task_bytes
        packs[-1].append(part)
        room -= size(part)
    return packs


def _size(entry: Entry) -> int:
    return sum(file.bytes for file in entry.files)
