"""The GA4 Data API of a hand-made world, and a fixture that requests reports from it."""

import pytest
from google.auth.transport.requests import AuthorizedSession

from dagster_project.simulator.simulation import Simulation
from tests.simulator.google_credentials import READ_ONLY, local_credentials
from tests.simulator.hand_made import hand_made_world
from tests.simulator_fixture import serve_in_thread


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    with serve_in_thread(Simulation(hand_made_world()), tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def session(simulator):
    with AuthorizedSession(local_credentials(simulator, READ_ONLY)) as opened:
        yield opened


@pytest.fixture
def report(simulator, session):
    def fetch(status=200, method="runReport", **body):
        url = f"{simulator.ga4_url}/properties/123456:{method}?%24alt=json%3Benum-encoding%3Dint"
        response = session.post(url, json=body, timeout=10)
        assert response.status_code == status, response.text
        assert response.headers["content-type"].startswith("application/json")
        return response.json()

    return fetch
