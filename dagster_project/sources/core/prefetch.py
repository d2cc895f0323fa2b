"""Waiting for the next answers while the last one is dealt with."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Q = TypeVar("Q")
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


def asked_at_once(ask: Callable[[Q], T], questions: Iterable[Q], connections: int) -> Iterator[T]:
    """What `ask` answers to each, in the order of the questions, up to `connections` of them at once.

    The first is asked alone: what the source refuses it need not refuse more often. An error comes after the
    answers before it. Whoever stops early waits for the questions under way.
    """
    left = iter(questions)
    yield from map(ask, islice(left, 1))
    asking = ThreadPoolExecutor(max_workers=connections, thread_name_prefix="asking")
    try:
        upcoming = deque(asking.submit(ask, question) for question in islice(left, connections))
        while upcoming:
            answer = upcoming.popleft().result()
            upcoming.extend(asking.submit(ask, question) for question in islice(left, 1))
            yield answer
    finally:
        asking.shutdown(cancel_futures=True)
