"""The project with a feed of orders."""

import pytest

from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"), [world.ORDERS_FEED])
