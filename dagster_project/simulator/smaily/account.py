"""The simulated account: options, credentials, and the environment variables to read it."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation

SUBDOMAIN: Final = "simulator"
USERNAME: Final = "milepost"


@dataclass
class SmailyOptions:
    """`retention_days` of the action log and `requests_per_second` are limits; 0 means unlimited.

    `smaily_ids` is the JSON type of Smaily's ids and flags, which varies at the vendor. `prerender` renders
    the complete action log before the first request; it takes effect only at the start.
    """

    retention_days: int = 30
    requests_per_second: int = 5
    smaily_ids: str = choice("number", "text")
    smaily_package: str = choice("paid", "free")
    prerender: bool = False


@dataclass
class Account:
    """A simulation's account."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))


def environment(simulation: Simulation, base_url: str, _: Path | None) -> dict[str, str]:
    return {
        "SMAILY_SUBDOMAIN": SUBDOMAIN,
        "SMAILY_USERNAME": USERNAME,
        "SMAILY_PASSWORD": simulation.account(Account).password,
        "SMAILY_BASE_URL": f"{base_url}/api/",
        "SMAILY_REQUESTS_PER_SECOND": str(simulation.options.of(SmailyOptions).requests_per_second or 1_000),
    }
