"""Google's quota of tokens: stop while some are left for others."""

from collections.abc import Mapping

import msgspec

from dagster_project.sources.core.errors import QuotaExhaustedError

RESERVE = 0.1

_RESETS = {
    "tokensPerDay": "at midnight, Pacific time",
    "tokensPerHour": "within the hour",
    "tokensPerProjectPerHour": "within the hour",
    "serverErrorsPerProjectPerHour": "within the hour",
    "potentiallyThresholdedRequestsPerHour": "within the hour",
}


class QuotaStatus(msgspec.Struct):
    """One quota as a report states it; zeros may be left out."""

    consumed: int = 0
    remaining: int = 0


class Quota:
    """What is left of each quota, against the most that was seen: limits differ by property and over time."""

    def __init__(self) -> None:
        self._most: dict[str, int] = {}
        self._left: dict[str, int] = {}

    def note(self, quotas: Mapping[str, QuotaStatus]) -> None:
        """Take in a report's `propertyQuota`."""
        for name in _RESETS.keys() & quotas.keys():
            status = quotas[name]
            self._left[name] = status.remaining
            self._most[name] = max(self._most.get(name, 0), status.remaining + status.consumed)

    def check(self) -> None:
        """QuotaExhaustedError when less than a tenth of a quota is left, before another request spends it."""
        for name, left in self._left.items():
            if left < RESERVE * self._most[name] or left == 0:
                raise QuotaExhaustedError(
                    f"Google Analytics 4 has {left:,} of {self._most[name]:,} {name} left; stopped to leave "
                    f"the rest to others. It fills up {_RESETS[name]}; run again then, landed days stay."
                )
