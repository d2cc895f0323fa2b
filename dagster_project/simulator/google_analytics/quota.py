"""The property's token quotas: by Pacific day and by hour, on a clock that advances with real time."""

import threading
from typing import Any, Final
from zoneinfo import ZoneInfo

from dagster_project.simulator.google_analytics.account import GoogleAnalyticsOptions
from dagster_project.simulator.google_analytics.responses import exhausted
from dagster_project.simulator.simulation import Simulation

_PACIFIC: Final = ZoneInfo("America/Los_Angeles")
_THRESHOLDED_PER_HOUR: Final = 120
_SERVER_ERRORS_PER_HOUR: Final = 10


class Quota:
    """Tokens are charged after a report; a report is refused when no token is left."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(GoogleAnalyticsOptions)
        self._spent: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises the API's ErrorResponse when a quota is exhausted."""
        errors = self._simulation.server_errors.count("ga4")
        if errors >= _SERVER_ERRORS_PER_HOUR:
            raise exhausted("serverErrorsPerProjectPerHour")
        with self._lock:
            for name, limit in self._limits().items():
                if self._spent.get((name, self._span(name)), 0) >= limit:
                    raise exhausted(name)

    def take(self, tokens: int) -> None:
        with self._lock:
            for name in self._limits():
                key = (name, self._span(name))
                self._spent[key] = self._spent.get(key, 0) + tokens

    def state(self, tokens: int) -> dict[str, Any]:
        """`propertyQuota` of a report that cost `tokens`. Zeros are omitted, as the API does."""
        with self._lock:
            states = {
                name: _state(tokens, limit - self._spent.get((name, self._span(name)), 0))
                for name, limit in self._limits().items()
            }
        errors = self._simulation.server_errors.count("ga4")
        return {
            **states,
            "concurrentRequests": _state(0, self._options.ga4_concurrent_requests or 10),
            "serverErrorsPerProjectPerHour": _state(errors, _SERVER_ERRORS_PER_HOUR - errors),
            "potentiallyThresholdedRequestsPerHour": _state(0, _THRESHOLDED_PER_HOUR),
        }

    def _limits(self) -> dict[str, int]:
        limits = {
            "tokensPerDay": self._options.ga4_tokens_per_day,
            "tokensPerHour": self._options.ga4_tokens_per_hour,
            "tokensPerProjectPerHour": self._options.ga4_tokens_per_project_per_hour,
        }
        return {name: limit for name, limit in limits.items() if limit}

    def _span(self, name: str) -> str:
        running = self._simulation.clock.running
        return (
            running.astimezone(_PACIFIC).strftime("%F")
            if name == "tokensPerDay"
            else running.strftime("%F %H")
        )


def cost(rows: int, columns: int, days: int, filters: int) -> int:
    """Tokens of a report. Google's formula is not public; it depends on the same quantities."""
    return 1 + rows * columns // 100_000 + days // 30 + filters // 5


def _state(consumed: int, remaining: int) -> dict[str, int]:
    state = {"consumed": consumed, "remaining": max(0, remaining)}
    return {name: value for name, value in state.items() if value}
