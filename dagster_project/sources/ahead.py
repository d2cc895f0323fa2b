"""Waiting for the next pages while the last one is dealt with."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# A vendor that prepares several pages at once gives these quickly and then none for a while.
DEPTH = 4

_END = object()


def fetched_ahead(items: Iterator[T], depth: int = DEPTH) -> Iterator[T]:
    """The same items in the same order, up to `depth` of them fetched in advance by a thread of its own.

    Only one thread at a time uses what `items` uses. An error comes after the items before it. Whoever stops
    early waits for the fetch under way.
    """
    fetching = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
    try:
        upcoming = deque(fetching.submit(next, items, _END) for _ in range(depth))
        while (item := upcoming.popleft().result()) is not _END:
            upcoming.append(fetching.submit(next, items, _END))
            yield item  # type: ignore[misc]  # not the end, so an item
    finally:
        fetching.shutdown(cancel_futures=True)
