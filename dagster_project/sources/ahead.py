"""Waiting for the next page while the last one is dealt with."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order, one of them fetched in advance by a thread of its own.

    Only one thread at a time uses what `items` uses. An error comes after the items before it. Whoever stops
    early waits for the fetch under way.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as fetching:
        upcoming = fetching.submit(next, items, _END)
        while (item := upcoming.result()) is not _END:
            upcoming = fetching.submit(next, items, _END)
            yield item  # type: ignore[misc]  # not the end, so an item
