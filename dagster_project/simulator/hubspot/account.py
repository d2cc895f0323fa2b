"""The simulated portal: options, credentials, and the environment variables to read it."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation

PORTAL: Final = 62515
ORDER_ID_PROPERTY: Final = "shop_order_id"


@dataclass
class HubSpotOptions:
    """Limits, of which 0 means unlimited, and what the portal has.

    `hubspot_emails`: one mailing that only machines open (the newsletters of the world are Smaily's, and its
    truth knows no others), order confirmations and replies to them as well, or every e-mail of the world, as
    if HubSpot had sent them. `hubspot_scopes`: all of them, or only those of
    contacts and deals. `hubspot_retry_after`: whether a 429 says how long to wait.
    """

    hubspot_requests_per_ten_seconds: int = 0
    hubspot_searches_per_second: int = 0
    hubspot_requests_per_day: int = 0
    hubspot_emails: str = choice("mailing", "transactional", "all")
    hubspot_scopes: str = choice("all", "crm")
    hubspot_retry_after: str = choice("none", "seconds")


@dataclass
class Account:
    """A simulation's portal."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def environment(simulation: Simulation, base_url: str, _: Path | None) -> dict[str, str]:
    options = simulation.options.of(HubSpotOptions)
    return {
        "HUBSPOT_SERVICE_KEY": simulation.account(Account).key,
        "HUBSPOT_BASE_URL": base_url,
        "HUBSPOT_ORDER_ID_PROPERTY": ORDER_ID_PROPERTY,
        "HUBSPOT_REQUESTS_PER_10_SECONDS": str(options.hubspot_requests_per_ten_seconds or 100_000),
        "HUBSPOT_SEARCHES_PER_SECOND": str(options.hubspot_searches_per_second or 1_000),
    }
