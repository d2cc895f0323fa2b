"""A scripted GA4 property and a client of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.google_analytics import SOURCE
from tests.sources.google_analytics.property import NOW, Property


@pytest.fixture
def ga4(vendor: Any, reply: Any) -> Property:
    vendor.respond = Property(reply)
    return vendor.respond


@pytest.fixture
def client(vendor: Any, waits: list[float], google_key: Callable[[str], Path]) -> Iterator[Any]:
    key_file = str(google_key(vendor.base_url))
    environment = {"GA4_PROPERTY_ID": "123456", "GOOGLE_APPLICATION_CREDENTIALS": key_file}
    configuration = SOURCE.configure({**environment, "GA4_BASE_URL": f"{vendor.base_url}/v1beta"})
    with SOURCE.connect(replace(configuration, page_rows=10), lambda: NOW, waits.append) as opened:
        yield opened
