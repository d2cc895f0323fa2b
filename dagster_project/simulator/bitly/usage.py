"""The simulated account: options, token, request counts, and the environment variables to read it."""

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation


@dataclass
class BitlyOptions:
    """The plan and limits; 0 means unlimited.

    `bitly_days` is whether days without clicks are given (payloads of 2025) or left out (payloads of 2020).
    `bitly_deleted` is what becomes of deleted links: they are not listed, or they are and answer by path (410
    for the dimensions, 404 for clicks, as the OpenAPI declares), 410 or 404. `bitly_back_halves` is where the
    clicks of custom back-halves are: also at the links' endpoint, or at their own only.
    """

    bitly_days: str = choice("dense", "sparse")
    bitly_deleted: str = choice("unlisted", "by_path", "gone", "missing")
    bitly_back_halves: str = choice("both", "own_endpoint")
    bitly_plan: str = choice("premium", "growth", "enterprise")
    bitly_history_days: int = 0
    bitly_requests_per_hour: int = 10_000
    bitly_requests_per_month: int = 1_000_000
    bitly_concurrent_requests: int = 5


@dataclass
class Usage:
    """The token, and the counts of requests by hour and by calendar month."""

    token: str = field(default_factory=lambda: secrets.token_hex(20))
    hourly: SlidingWindow = field(default_factory=lambda: SlidingWindow(seconds=3_600))
    _months: Counter[str] = field(default_factory=Counter)

    def count_request(self, now: datetime) -> None:
        self._months[now.strftime("%Y-%m")] += 1

    def in_month(self, now: datetime) -> int:
        return self._months[now.strftime("%Y-%m")]


def environment(simulation: Simulation, base_url: str, _: Path | None) -> dict[str, str]:
    return {
        "BITLY_ACCESS_TOKEN": simulation.account(Usage).token,
        "BITLY_BASE_URL": f"{base_url}/v4",
    }
