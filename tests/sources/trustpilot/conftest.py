"""A business unit of Trustpilot, and the client that reads it."""

from collections.abc import Iterator
from typing import Any

import pytest

from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.client import Client
from tests.sources.trustpilot.business_unit import ENVIRONMENT, NOW, Trustpilot


@pytest.fixture
def trustpilot(vendor: Any, reply: Any) -> Trustpilot:
    return Trustpilot(vendor, reply)


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Client]:
    configuration = SOURCE.configure(ENVIRONMENT | {"TRUSTPILOT_BASE_URL": vendor.base_url})
    with SOURCE.connect(configuration, lambda: NOW, waits.append) as opened:
        yield opened
