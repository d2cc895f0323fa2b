"""Requests counted over sliding spans of real time, and how many are being answered at once."""

import sys
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class SlidingWindow:
    """At most so many requests of a key in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def admit(self, key: Hashable, limit: int) -> bool:
        """Whether one more is within the limit (0: none); those refused do not count."""
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

    def note(self, key: Hashable) -> None:
        """Count one without a limit."""
        self.admit(key, sys.maxsize)

    def count(self, key: Hashable) -> int:
        now = time.monotonic()
        with self._lock:
            return sum(at > now - self._seconds for at in self._times.get(key, ()))


class InFlight:
    """How many requests are being answered at this instant."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[int]:
        """How many there are, this one included."""
        with self._lock:
            self.count += 1
            count = self.count
        try:
            yield count
        finally:
            with self._lock:
                self.count -= 1
