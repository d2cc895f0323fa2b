"""The simulated business unit through the official client, and against the published shapes."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from trustpilot.client import TrustpilotSession

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.trustpilot.account import DOMAIN, UNIT, Account
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from tests.simulator_fixture import RunningSimulator, serve_in_thread

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
# Fields of a private review by the vendor's reference, and those of the objects in it.
REVIEW = {
    "links", "id", "stars", "title", "text", "language", "createdAt", "experiencedAt", "updatedAt",
    "consumer", "businessUnit", "location", "referralEmail", "referenceId", "source", "companyReply",
    "tags", "findReviewer", "isVerified", "numberOfLikes", "status", "reportData", "complianceLabels",
    "countsTowardsTrustScore", "countsTowardsLocationTrustScore",
    "invitation", "businessUnitHistory", "reviewVerificationLevel",
}  # fmt: skip
NESTED = {
    "consumer": {"id", "displayName", "displayLocation", "numberOfReviews", "links"},
    "businessUnit": {"id", "identifyingName", "displayName", "links"},
    "findReviewer": {"isEligible", "requests"},
    "invitation": {"businessUnitId"},
}
STARS = {"oneStar", "twoStars", "threeStars", "fourStars", "fiveStars"}


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(make_world(WorldConfig(persons=600, days=60, seed=7, end_date=date(2026, 11, 15))))


@pytest.fixture(scope="module")
def simulator(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


def session(simulation: Simulation, simulator: RunningSimulator, **others: str) -> TrustpilotSession:
    account = simulation.account(Account)
    credentials = {
        "api_key": account.key,
        "api_secret": account.secret,
        "username": account.username,
        "password": account.password,
    }
    host = simulator.environment["TRUSTPILOT_BASE_URL"].removesuffix("/v1")
    return TrustpilotSession(api_host=host, **(credentials | others))


@pytest.fixture(scope="module")
def official(simulation: Simulation, simulator: RunningSimulator) -> TrustpilotSession:
    return session(simulation, simulator)


@pytest.fixture(scope="module")
def ours(simulator: RunningSimulator) -> list[dict[str, Any]]:
    with SOURCE.connect(SOURCE.configure(simulator.environment), lambda: NOW, lambda _: None) as client:
        pages = SOURCE.stream("reviews").extract(client, Request())
        return [json.loads(record) for page in pages for record in page.records]


def test_the_official_client_reads_the_reviews_that_we_read(
    official: TrustpilotSession, ours: list[dict[str, Any]]
) -> None:
    """It asks for a token only when it is refused, and signs in a business user."""
    found: list[dict[str, Any]] = []
    for page in range(1, 100):
        answer = official.get(
            f"/v1/private/business-units/{UNIT}/reviews",
            params={"page": page, "perPage": 4, "orderBy": "createdat.asc"},
        )
        assert answer.status_code == 200
        if not answer.json()["reviews"]:
            break
        found += answer.json()["reviews"]
    assert len(found) == len({each["id"] for each in found}) > 5
    assert {each["id"]: each for each in found} == {each["id"]: each for each in ours}


def test_the_official_client_finds_the_business_unit(
    official: TrustpilotSession, ours: list[dict[str, Any]]
) -> None:
    unit = official.get("/business-units/find", params={"name": DOMAIN}).json()
    shown = [each for each in ours if each["status"] == "active"]
    assert unit["id"] == UNIT
    assert unit["numberOfReviews"]["total"] == len(shown)
    assert sum(unit["numberOfReviews"][name] for name in STARS) == len(shown)


@pytest.mark.parametrize("wrong", ["username", "password", "api_secret"])
def test_wrong_credentials_are_refused(
    simulation: Simulation, simulator: RunningSimulator, wrong: str
) -> None:
    stranger = session(simulation, simulator, **{wrong: "guess"})
    assert stranger.get(f"/v1/private/business-units/{UNIT}/reviews").status_code == 401


def test_reviews_have_the_published_fields_and_the_stream_knows_them(ours: list[dict[str, Any]]) -> None:
    stream = SOURCE.stream("reviews")
    assert {column.source_path[0] for column in stream.columns} | set(stream.unread) >= REVIEW
    for review in ours:
        assert set(review) == REVIEW
        for name, fields in NESTED.items():
            assert review[name] is None or set(review[name]) == fields, name
    assert any(each["invitation"] for each in ours)
