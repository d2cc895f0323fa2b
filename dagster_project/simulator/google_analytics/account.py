"""The simulated property: options, service account, and the environment variables to read it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation

PROPERTY_ID: Final = "123456"
KEY_FILE: Final = "ga4_service_account.json"
CLIENT_EMAIL: Final = "milepost@simulator.iam.gserviceaccount.com"


MIXED: Final = "mixed"


@dataclass
class GoogleAnalyticsOptions:
    """Quotas of the property, 0 meaning unlimited, and what the contract leaves open (see dialects.py).

    `ga4_days` is what every day is, or `mixed`: all in turn. A truncated day is whole after
    `ga4_truncated_for_days`. Missing values are `(not set)` or that and others; clocks of browsers are exact
    or wrong in several ways. A role that restricts revenue gets 0.
    """

    ga4_tokens_per_day: int = 200_000
    ga4_tokens_per_hour: int = 40_000
    ga4_tokens_per_project_per_hour: int = 14_000
    ga4_concurrent_requests: int = 10
    ga4_days: str = choice(
        "clean", "folded", "folded_time", "collapsed", "thresholded", "sampled", "truncated", MIXED
    )
    ga4_truncated_for_days: int = 10
    ga4_missing_values: str = choice("not_set", MIXED)
    ga4_hit_clock: str = choice("exact", MIXED)
    ga4_revenue: str = choice("shown", "restricted")


@dataclass
class Account:
    """A simulation's service account."""

    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )


def environment(_: Simulation, base_url: str, folder: Path | None) -> dict[str, str]:
    """Empty without a folder for the key file."""
    if folder is None:
        return {}
    return {
        "GA4_PROPERTY_ID": PROPERTY_ID,
        "GA4_BASE_URL": f"{base_url}/v1beta",
        "GOOGLE_APPLICATION_CREDENTIALS": str((folder / KEY_FILE).absolute()),
    }


def files(simulation: Simulation, base_url: str) -> dict[str, str]:
    """A service account's key file that gets its tokens from the simulator."""
    private_key = simulation.account(Account).key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    content = {
        "type": "service_account",
        "project_id": "simulator",
        "private_key_id": "simulator-key",
        "private_key": private_key.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000001",
        "token_uri": f"{base_url}/token",
    }
    return {KEY_FILE: json.dumps(content, indent=2) + "\n"}
