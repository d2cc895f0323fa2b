"""The business unit and its settings."""

from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ConfigurationError,
    SourceError,
)
from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.client import Client
from tests.sources.trustpilot.business_unit import ENVIRONMENT, Trustpilot, read


def test_an_unknown_business_unit_is_named(client: Client, trustpilot: Trustpilot, vendor: Any) -> None:
    answer = trustpilot.respond
    vendor.respond = lambda r: trustpilot._reply(b"", 404) if r.path.endswith("find") else answer(r)
    with pytest.raises(ConfigurationError, match="TRUSTPILOT_DOMAIN"):
        SOURCE.verify(client)


@pytest.mark.parametrize("unit", [{"id": None}, {}, {"id": "a/../b"}, [], 5])
def test_a_business_unit_of_another_shape_is_named(
    client: Client, trustpilot: Trustpilot, vendor: Any, unit: Any
) -> None:
    answer = trustpilot.respond
    vendor.respond = lambda r: trustpilot._reply(unit) if r.path.endswith("find") else answer(r)
    with pytest.raises(SourceError):
        read(client)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TRUSTPILOT_API_SECRET": ""}, "partially configured"),
        ({"TRUSTPILOT_DOMAIN": "https://www.trustpilot.com/review/a.com"}, "name of a business unit"),
        ({"TRUSTPILOT_API_KEY": "a b"}, "no token has"),
        ({"TRUSTPILOT_BASE_URL": "ftp://x"}, "http"),
    ],
)
def test_a_wrong_configuration_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        SOURCE.configure(ENVIRONMENT | changes)


def test_without_credentials_the_source_is_not_configured() -> None:
    assert SOURCE.configure({"TRUSTPILOT_ORDER_NAMESPACE": "shop"}) is None
    assert SOURCE.account(SOURCE.configure(ENVIRONMENT)) == "business unit shop.example.com"
