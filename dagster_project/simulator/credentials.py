"""Credentials of the simulated accounts: a service account's key file and environment variables."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from dagster_project.simulator.simulation import PROPERTY_ID, SUBDOMAIN, USERNAME, Simulation

KEY_FILE = "ga4_service_account.json"
ENVIRONMENT_FILE = "environment"
CLIENT_EMAIL = "milepost@simulator.iam.gserviceaccount.com"


def service_account(simulation: Simulation, base_url: str) -> dict[str, str]:
    """The fields of a service account's key file that gets its tokens from the simulator."""
    private_key = simulation.service_account_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "simulator",
        "private_key_id": "simulator-key",
        "private_key": private_key.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000001",
        "token_uri": f"{base_url}/ga4/token",
    }


def environment(simulation: Simulation, base_url: str, folder: Path | None) -> dict[str, str]:
    """The environment variables of an installation that reads the simulator.

    Google Analytics is left out without a folder that holds its key file.
    """
    variables = {
        "MILEPOST_NOW": simulation.clock.now.isoformat().replace("+00:00", "Z"),
        "MILEPOST_START_DATE": simulation.config.start_date.isoformat(),
        "SMAILY_SUBDOMAIN": SUBDOMAIN,
        "SMAILY_USERNAME": USERNAME,
        "SMAILY_PASSWORD": simulation.smaily_password,
        "SMAILY_BASE_URL": f"{base_url}/smaily/api/",
        "SMAILY_REQUESTS_PER_SECOND": str(simulation.options.requests_per_second or 1_000),
        "BITLY_ACCESS_TOKEN": simulation.bitly_token,
        "BITLY_BASE_URL": f"{base_url}/bitly/v4",
    }
    if folder is None:
        return variables
    return {
        **variables,
        "GA4_PROPERTY_ID": PROPERTY_ID,
        "GA4_BASE_URL": f"{base_url}/ga4/v1beta",
        "GOOGLE_APPLICATION_CREDENTIALS": str((folder / KEY_FILE).absolute()),
    }


def write(simulation: Simulation, base_url: str, folder: Path) -> None:
    """Write both files, readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in environment(simulation, base_url, folder).items()]
    texts = {
        KEY_FILE: json.dumps(service_account(simulation, base_url), indent=2) + "\n",
        ENVIRONMENT_FILE: "".join(lines),
    }
    for name, text in texts.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
