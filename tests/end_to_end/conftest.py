"""One simulated world and one refresh of it, shared by every test here: a refresh takes most of a minute."""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import pytest

from tests.installation import Installation
from tests.simulator_fixture import RunningSimulator, run_simulator

PERSONS, DAYS = 300, 35


@dataclass
class Refreshed:
    """An installation after its first refresh."""

    simulator: RunningSimulator
    installation: Installation
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    """Its action log keeps every day, so that everything that happened can be read."""
    with run_simulator("--retention-days", "90", persons=PERSONS, days=DAYS) as running:
        yield running


@pytest.fixture(scope="session")
def refreshed(simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    installation = Installation(tmp_path_factory.mktemp("home"), dict(simulator.environment))
    return Refreshed(simulator, installation, installation.run())
