"""A client of the scripted account."""

from collections.abc import Iterator
from typing import Any

import pytest

from dagster_project.sources.bitly import SOURCE
from tests.sources.bitly.account import NOW, Account


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Any]:
    environment = {"BITLY_ACCESS_TOKEN": "t0ken-t0ken", "BITLY_BASE_URL": f"{vendor.base_url}/v4"}
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as opened:
        yield opened


@pytest.fixture
def account(vendor: Any, reply: Any) -> Account:
    vendor.respond = Account(reply)
    return vendor.respond
