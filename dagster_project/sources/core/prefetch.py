"""Requesting the next responses while the last one is processed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")

# Some vendors prepare several pages at once: these come quickly, and then none for a while.
DEPTH = 4

_END = object()


def prefetch(items: Iterator[T], depth: int = DEPTH) -> Iterator[T]:
    """The same items in the same order, up to `depth` of them fetched in advance by a background thread.

    Only one thread at a time advances `items`. An error is raised after the items that precede it. A consumer
    that stops early waits for the fetch in progress.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prefetch")
    try:
        upcoming = deque(pool.submit(next, items, _END) for _ in range(depth))
        while (item := upcoming.popleft().result()) is not _END:
            upcoming.append(pool.submit(next, items, _END))
            yield item  # type: ignore[misc]  # not the end, so an item
    finally:
        pool.shutdown(cancel_futures=True)


def map_concurrently(fetch: Callable[[K], T], keys: Iterable[K], concurrency: int) -> Iterator[T]:
    """`fetch` of each key, in the order of the keys, up to `concurrency` calls at once.

    The first call runs alone, so that a source that refuses it is asked only once. An error is raised after
    the results that precede it. A consumer that stops early waits for the calls in progress.
    """
    remaining = iter(keys)
    yield from map(fetch, islice(remaining, 1))
    pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="fetch")
    try:
        upcoming = deque(pool.submit(fetch, key) for key in islice(remaining, concurrency))
        while upcoming:
            result = upcoming.popleft().result()
            upcoming.extend(pool.submit(fetch, key) for key in islice(remaining, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)
