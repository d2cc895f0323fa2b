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

    The vendor's pages, its plugins and its clients' declarations differ in what the others choose from:
    `smaily_ids`, the JSON type of ids and flags (mixed: text for lists, campaigns and automations);
    `smaily_views`, how the action log writes the mail client of a view;
    `smaily_sections`, whose name the statistics of an A/B test's section have;
    `smaily_pages`, what a page parameter counts;
    `smaily_page_maximum` (0: none), the most records that a page of a list has; a larger `limit` is cut or
    refused by `smaily_over_maximum`;
    `smaily_lists`, whether contact list 1 is everybody, or 1 the subscribed and 2 the unsubscribed;
    `smaily_retry_after`, the header of a 429.
    `smaily_changes` adds contacts that are modified and deleted to the log. It and `prerender`, which renders
    the complete action log before the first request, take effect only at the start.
    """

    retention_days: int = 30
    requests_per_second: int = 5
    smaily_ids: str = choice("number", "text", "mixed")
    smaily_views: str = choice("text", "commas", "pairs", "object", "list", "escaped")
    smaily_sections: str = choice("variant", "test", "subject")
    smaily_pages: str = choice("limit", "ten_thousand", "from_one", "records")
    smaily_page_maximum: int = 0
    smaily_over_maximum: str = choice("cut", "refuse")
    smaily_lists: str = choice("everybody", "subscribed")
    smaily_retry_after: str = choice("none", "seconds", "date")
    smaily_changes: str = choice("usual", "many")
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
