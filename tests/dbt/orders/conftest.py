"""The project with the feeds of the orders, and rates to convert their amounts."""

from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import FEEDS

RATES = [
    ("2026-10-01", "EUR", "USD", 1.25),
    ("2026-10-06", "EUR", "USD", 1.2),
    ("2026-10-01", "EUR", "JPY", 160.0),
]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    feeds = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in FEEDS]
    return CompiledProject(tmp_path_factory.mktemp("compiled"), feeds)


@pytest.fixture
def rates(project: CompiledProject) -> Any:
    project.replace_seed("exchange_rates", RATES)
    yield
    project.replace_seed("exchange_rates", [])
