"""Google's token quotas: stop while a reserve is left for other users of the property."""

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
    """One quota as a report states it; zeros may be omitted."""

    consumed: int = 0
    remaining: int = 0


class Quota:
    """What remains of each quota. A limit is the highest value seen: it differs by property and in time."""

    def __init__(self) -> None:
        self._limits: dict[str, int] = {}
        self._remaining: dict[str, int] = {}

    def update(self, quotas: Mapping[str, QuotaStatus]) -> None:
        """Take over a report's `propertyQuota`."""
        for name in _RESETS.keys() & quotas.keys():
            status = quotas[name]
            self._remaining[name] = status.remaining
            self._limits[name] = max(self._limits.get(name, 0), status.remaining + status.consumed)

    def check(self) -> None:
        """QuotaExhaustedError when less than a tenth of a quota is left, before another request uses it."""
        for name, left in self._remaining.items():
            if left < RESERVE * self._limits[name] or left == 0:
                raise QuotaExhaustedError(
                    f"Google Analytics 4 has {left:,} of {self._limits[name]:,} {name} left; stopped to "
                    "leave the rest to other users of the property. The quota resets "
                    f"{_RESETS[name]}; run again then, landed days are kept."
                )
