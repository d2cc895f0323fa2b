"""Request limits: counts in sliding windows of real time, and the number of concurrent requests."""

import sys
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class SlidingWindow:
    """Counts requests by key over the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, key: Hashable, limit: int) -> bool:
        """Whether one more request is within the limit (0: unlimited); refused requests are not counted."""
        if limit <= 0:
            return True
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(key, deque())
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(times) >= limit:
                return False
            times.append(now)
            return True

    def count_one(self, key: Hashable) -> None:
        """Count one request without a limit."""
        self.admit(key, sys.maxsize)

    def count(self, key: Hashable) -> int:
        now = time.monotonic()
        with self._lock:
            return sum(at > now - self._seconds for at in self._times.get(key, ()))


class InFlight:
    """The number of requests in progress."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[int]:
        """Count one request during the block; yields the number in progress, this one included."""
        with self._lock:
            self.count += 1
            count = self.count
        try:
            yield count
        finally:
            with self._lock:
                self.count -= 1
