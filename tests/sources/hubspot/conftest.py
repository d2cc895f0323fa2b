"""A client of the scripted portal."""

from collections.abc import Iterator
from typing import Any

import pytest

from dagster_project.sources.hubspot import SOURCE
from tests.sources.hubspot.portal import KEY, NOW


@pytest.fixture
def environment(vendor: Any) -> dict[str, str]:
    return {
        "HUBSPOT_SERVICE_KEY": KEY,
        "HUBSPOT_BASE_URL": vendor.base_url,
        "HUBSPOT_ORDER_ID_PROPERTY": "order_no",
        "HUBSPOT_REQUESTS_PER_10_SECONDS": "100000",
        "HUBSPOT_SEARCHES_PER_SECOND": "100000",
    }


@pytest.fixture
def client(environment: dict[str, str], waits: list[float]) -> Iterator[Any]:
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as opened:
        yield opened
