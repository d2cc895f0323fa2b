"""How often to retry and how long to wait before it."""

import math
import random
import time
from collections.abc import Callable
from typing import Any, Self

from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util.retry import Retry

MAX_WAIT_SECONDS = 900.0  # a source that asks for a longer wait is left to the next run
_YEAR = 366 * 86_400.0  # seconds; a longer `Retry-After` is a mistake


class RetryPolicy(Retry):
    """urllib3's retry arithmetic with jitter on every wait and with an injected sleep.

    An attempt includes reading the body, because some vendors signal throttling inside the body and a body
    can be truncated; urllib3's own retry loop ends at the status line.
    """

    def __init__(self, *arguments: Any, pause: Callable[[float], None] = time.sleep, **named: Any) -> None:
        named.setdefault("allowed_methods", None)  # every call reads, POST too
        named.setdefault("retry_after_max", math.inf)  # urllib3 would shorten it without a word
        super().__init__(*arguments, **named)
        self.pause = pause

    def new(self, **named: Any) -> Self:
        return super().new(pause=self.pause, **named)

    def get_backoff_time(self) -> float:
        """`backoff_factor` × 2^(failures − 1) seconds, of which the upper half is random."""
        failures = len(self.history)
        if not failures:
            return 0.0
        longest = min(self.backoff_max, self.backoff_factor * 2.0 ** (failures - 1))
        return float(longest * (0.5 + 0.5 * random.random()))

    def wait_seconds(self, minimum: float, retry_after: str | None) -> float:
        """The longest of the backoff, the vendor's `Retry-After` and `minimum`."""
        requested = 0.0
        if retry_after:
            try:
                requested = self.parse_retry_after(retry_after)
            except (InvalidHeader, ValueError, OverflowError):
                requested = 0.0  # an unreadable header is ignored
            if requested > _YEAR:
                requested = 0.0
        return max(minimum, requested, self.get_backoff_time())

    def next_attempt(self) -> "RetryPolicy | None":
        """The policy with one attempt fewer, or None when none is left."""
        try:
            return self.increment()
        except MaxRetryError:
            return None
