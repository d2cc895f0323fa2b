"""How many histories: the same twelve in every run, or as many new ones as `MILEPOST_HISTORIES` says.

Each is a test of its own, with a number; `MILEPOST_FIRST_HISTORY` says which is the first, to repeat it.
A failing one is reported as found; `make nightly` shrinks it first, which takes long.
"""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import Phase, settings

from tests.dbt.harness import Warehouse
from tests.dbt.histories.declarations import feeds
from tests.dbt.histories.project import CompiledProject

# Each takes ten CPU seconds, as a history is built in three ways; more are for the night.
IN_EVERY_RUN = 12
AT_NIGHT = os.environ.get("MILEPOST_HISTORIES")
settings.register_profile(
    "histories",
    max_examples=1,
    database=None,
    phases=[Phase.generate, Phase.shrink] if AT_NIGHT else [Phase.generate],
)
settings.load_profile("histories")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "number" in metafunc.fixturenames:
        today = datetime.now(UTC).date().toordinal() if AT_NIGHT else 0
        first = int(os.environ.get("MILEPOST_FIRST_HISTORY") or today * 10_000)
        metafunc.parametrize("number", range(first, first + int(AT_NIGHT or IN_EVERY_RUN)))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    home = tmp_path_factory.mktemp("compiled")
    return CompiledProject(Warehouse(home / "warehouse", feeds(home)))
