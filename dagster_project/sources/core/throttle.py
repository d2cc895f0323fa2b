"""Client-side rate limiting to the limits that a vendor documents."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from requests_ratelimiter import InMemoryBucket, Rate, RateItem

SECOND = 1000  # milliseconds, the unit of Rate
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

# Milliseconds added to every period: requests sent a second apart can arrive closer together.
MARGIN = 50

_LOG_WAITS_OVER = 10.0  # seconds

logger = logging.getLogger(__name__)


class Throttle:
    """Waits before a request until every limit that applies to it allows one more.

    `shared` limits count all requests together. `each` limits count every endpoint separately, unless `allow`
    gave the endpoint limits by name. Threads that share a throttle wait for one another.
    """

    def __init__(
        self,
        *,
        shared: Sequence[Rate] = (),
        each: Sequence[Rate] = (),
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = InMemoryBucket(list(shared)) if shared else None
        self._each = list(each)
        self._own: Mapping[str, Sequence[Rate]] = {}
        self._buckets: dict[str, InMemoryBucket] = {}
        self._sleep = sleep
        self._clock = clock
        self._lock = Lock()
        self._latest = 0  # milliseconds; includes every wait, even if the injected sleep returns at once

    def allow(self, own: Mapping[str, Sequence[Rate]]) -> None:
        """Use the limits that the vendor states for the account, by endpoint."""
        self._own = own
        self._buckets.clear()

    def wait(self, endpoint: str) -> None:
        """Return once a request to `endpoint` is allowed, having counted it."""
        with self._lock:
            for bucket in (self._shared, self._bucket(endpoint)):
                if bucket is not None:
                    self._take(bucket, endpoint)

    def _bucket(self, endpoint: str) -> InMemoryBucket | None:
        rates = self._own.get(endpoint, self._each)
        if rates and endpoint not in self._buckets:
            self._buckets[endpoint] = InMemoryBucket(list(rates))
        return self._buckets.get(endpoint)

    def _take(self, bucket: InMemoryBucket, endpoint: str) -> None:
        self._latest = max(self._latest, int(self._clock() * SECOND))
        bucket.leak(self._latest)
        while not bucket.put(item := RateItem(endpoint, self._latest)):
            milliseconds = max(1, int(bucket.waiting(item)))  # type: ignore[arg-type]  # in memory, never awaitable
            if milliseconds / SECOND > _LOG_WAITS_OVER:
                logger.info(
                    "The request limit of %s is reached; waiting %.0f s.", endpoint, milliseconds / SECOND
                )
            self._sleep(milliseconds / SECOND)
            self._latest += milliseconds
