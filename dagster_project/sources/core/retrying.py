"""How often and how long to ask again."""

import random
import time
from collections.abc import Callable
from typing import Any, Self

from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util.retry import Retry

LONGEST_WAIT = 900.0  # seconds; whoever asks for more is left alone until the next run


class PoliteRetry(Retry):
    """urllib3's retry arithmetic with jitter on every wait and with an injected sleep.

    It counts attempts around a whole exchange, body included, since some vendors signal throttling inside a
    body and a body can be cut short; urllib3's own loop ends at the status line.
    """

    def __init__(self, *arguments: Any, pause: Callable[[float], None] = time.sleep, **named: Any) -> None:
        named.setdefault("allowed_methods", None)  # every call reads, POST too
        super().__init__(*arguments, **named)
        self.pause = pause

    def new(self, **named: Any) -> Self:
        return super().new(pause=self.pause, **named)

    def get_backoff_time(self) -> float:
        """`backoff_factor` × 2^(failures − 1) seconds, of which the upper half is left to chance."""
        failures = len(self.history)
        if not failures:
            return 0.0
        longest = min(self.backoff_max, self.backoff_factor * 2.0 ** (failures - 1))
        return float(longest * (0.5 + 0.5 * random.random()))

    def seconds_to_wait(self, least: float, retry_after: str | None) -> float:
        """The longest of the backoff, the vendor's `Retry-After` and `least`."""
        asked = 0.0
        if retry_after:
            try:
                asked = self.parse_retry_after(retry_after)
            except InvalidHeader:
                asked = 0.0  # a header nobody can read asks for nothing
        return max(least, asked, self.get_backoff_time())

    def spent(self) -> "PoliteRetry | None":
        """One attempt fewer, or None when there is none left."""
        try:
            return self.increment()
        except MaxRetryError:
            return None
