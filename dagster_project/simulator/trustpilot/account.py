"""The simulated business unit: options, credentials, and the environment variables to read it."""

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation

DOMAIN: Final = "shop.example.com"
UNIT: Final = "507f191e810c19729de860ea"
# Web events come from the export on the days that it has.
ORDER_NAMESPACE: Final = "google_analytics_export, google_analytics"


@dataclass
class TrustpilotOptions:
    """`trustpilot_requests` per five minutes (0: unlimited) and `trustpilot_token_seconds` are limits.

    What the sources leave open is chosen from: `trustpilot_times`, how times are written;
    `trustpilot_removed`, whether a review that was taken down is listed with another status or not at all;
    `trustpilot_expired`, the status with which an expired token is refused; `trustpilot_page_maximum` (at
    most 100), the most reviews that a page has whatever is asked for.
    """

    trustpilot_requests: int = 833
    trustpilot_token_seconds: int = 359_999
    trustpilot_page_maximum: int = 100
    trustpilot_times: str = choice("zulu", "naive", "milliseconds")
    trustpilot_removed: str = choice("status", "absent")
    trustpilot_expired: str = choice("401", "403")


@dataclass
class Account:
    """A simulation's application, and its tokens with the instant of their end."""

    key: str = field(default_factory=lambda: secrets.token_hex(16))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    username: str = "owner@shop.example.com"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    tokens: dict[str, float] = field(default_factory=dict)

    def new_token(self, seconds: int) -> str:
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.monotonic() + seconds
        return token

    def accepts(self, token: str) -> bool:
        return self.tokens.get(token, 0.0) > time.monotonic()


def environment(simulation: Simulation, base_url: str, _: Path | None) -> dict[str, str]:
    account = simulation.account(Account)
    return {
        "TRUSTPILOT_API_KEY": account.key,
        "TRUSTPILOT_API_SECRET": account.secret,
        "TRUSTPILOT_DOMAIN": DOMAIN,
        "TRUSTPILOT_ORDER_NAMESPACE": ORDER_NAMESPACE,
        "TRUSTPILOT_BASE_URL": f"{base_url}/v1",
    }
