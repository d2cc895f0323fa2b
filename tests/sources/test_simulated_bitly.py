"""Every Bitly stream against the simulated account: clicks by day, by dimension and in total agree."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import current_thread
from typing import Any

import pytest

from dagster_project.simulator.bitly.links import ORGANIZATION
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.sources.bitly import SOURCE
from dagster_project.sources.bitly.addresses import CONNECTIONS
from dagster_project.sources.core.errors import (
    AuthenticationError,
    PlanRequiredError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.stream import Request, Window
from tests.simulator_fixture import RunningSimulator, serve_in_thread

END = date(2026, 11, 15)
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldConfig(persons=250, days=60, seed=7, end_date=END))


@pytest.fixture(scope="module")
def running(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(Simulation(world), tmp_path_factory.mktemp("credentials")) as served:
        yield served


@pytest.fixture
def simulator(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()
    running.set_options(bitly_days="dense", bitly_plan="premium")


@pytest.fixture
def client(simulator: RunningSimulator, waits: list[float]) -> Iterator[Any]:
    with SOURCE.connect(SOURCE.configure(simulator.environment), lambda: NOW, waits.append) as opened:
        yield opened


def read(client: Any, stream: str, request: Request | None = None) -> list[dict[str, Any]]:
    pages = SOURCE.stream(stream).extract(client, request or Request())
    return [{**page.context, **json.loads(record)} for page in pages for record in page.records]


def whole(world: World) -> Request:
    return Request(window=Window(world.config.start_date - timedelta(days=1), END + timedelta(days=1)))


def clicked(world: World) -> Counter[tuple[str, str]]:
    """Clicks by address and UTC day of every link that is not deleted."""
    bitlinks = world.tables["bitlinks"].to_pylist()
    alive = {a for link in bitlinks if not link["is_deleted"] for a in (link["id"], *link["custom_bitlinks"])}
    clicks = world.tables["bitlink_clicks"].to_pylist()
    return Counter(
        (click["id"], click["at"].date().isoformat())
        for click in clicks
        if click["id"] in alive and click["at"] <= NOW
    )


def test_verify_accepts_the_simulated_account(client: Any) -> None:
    SOURCE.verify(client)
    assert SOURCE.connected_account(client) == f"organization {ORGANIZATION}"


def test_link_requests_run_concurrently_within_bitlys_limit(
    client: Any, simulator: RunningSimulator, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    get, threads = client.http.get, set()

    def recording(*arguments: Any) -> Any:
        threads.add(current_thread().name)
        return get(*arguments)

    monkeypatch.setattr(client.http, "get", recording)
    simulator.set_options(bitly_concurrent_requests=CONNECTIONS)
    assert read(client, "link_countries")
    simulator.set_options(bitly_concurrent_requests=5)
    assert len(threads - {current_thread().name}) > 1
    assert waits == []


def test_links_are_listed_with_their_group(client: Any, world: World) -> None:
    groups = {row["guid"] for row in read(client, "groups")}
    rows = read(client, "bitlinks")
    assert {row["_group_guid"] for row in rows} <= groups
    listed = {row["id"] for row in rows}
    kept = {link["id"] for link in world.tables["bitlinks"].to_pylist() if not link["is_deleted"]}
    assert kept <= listed
    assert len(rows) == len(listed)
    assert any(row["archived"] for row in rows)


@pytest.mark.parametrize("days", ["dense", "sparse"])
def test_daily_clicks_match_the_world(
    client: Any, simulator: RunningSimulator, world: World, days: str
) -> None:
    simulator.set_options(bitly_days=days)
    rows = read(client, "link_clicks", whole(world))
    counted = {(row["_clicked_bitlink"], row["date"][:10]): row["clicks"] for row in rows if row["clicks"]}
    assert counted == dict(clicked(world))
    assert len(rows) > len(counted) if days == "dense" else len(rows) == len(counted)


def test_totals_and_dimensions_add_up_to_the_days(client: Any, world: World) -> None:
    expected: Counter[str] = Counter()
    for (address, _), clicks in clicked(world).items():
        expected[address] += clicks
    totals = {row["_clicked_bitlink"]: row["total_clicks"] for row in read(client, "link_totals")}
    assert {address: clicks for address, clicks in totals.items() if clicks} == dict(expected)
    for stream in ("link_countries", "link_referrers", "link_devices"):
        summed: Counter[str] = Counter()
        for row in read(client, stream):
            summed[row["_clicked_bitlink"]] += row["clicks"]
        assert summed == expected, stream


def test_clicks_of_back_halves_are_requested(client: Any) -> None:
    rows = read(client, "link_totals")
    assert any(row["_clicked_bitlink"] != row["_bitlink"] for row in rows)


def test_a_window_yields_only_its_days(client: Any, world: World) -> None:
    window = Window(END - timedelta(days=3), END)
    pages = list(SOURCE.stream("link_clicks").extract(client, Request(window=window)))
    days = [day.isoformat() for day in window.days()]
    assert {page.partition for page in pages} == set(days)
    counted = {
        (page.context["_clicked_bitlink"], page.partition): json.loads(record)["clicks"]
        for page in pages
        for record in page.records
    }
    assert {key: count for key, count in counted.items() if count} == {
        key: count for key, count in clicked(world).items() if key[1] in days
    }


def test_declared_and_unread_fields_are_all_there_are(client: Any, world: World) -> None:
    for stream in SOURCE.streams:
        known = {column.source_path[0] for column in stream.columns} | set(stream.unread)
        rows = read(client, stream.name, whole(world) if stream.kind == "window" else Request())
        assert rows, stream.name
        found = {field for row in rows for field in row}
        assert {field for field in found if not field.startswith("_")} <= known, stream.name


def test_a_plan_without_cities_requires_an_upgrade(
    client: Any, simulator: RunningSimulator, waits: list[float]
) -> None:
    simulator.set_options(bitly_plan="growth")
    with pytest.raises(PlanRequiredError):
        read(client, "link_cities")
    assert read(client, "link_countries")
    assert waits == []


@pytest.mark.parametrize("kind", ["server_error", "html", "drop", "cut", "truncated", "malformed"])
def test_two_consecutive_faults_lose_no_record(
    client: Any, simulator: RunningSimulator, waits: list[float], kind: str
) -> None:
    before = read(client, "bitlinks")
    simulator.inject_fault(kind, path="/groups/", count=2)
    assert read(client, "bitlinks") == before
    assert len(waits) == 2


def test_a_rate_limit_waits_and_retries(client: Any, simulator: RunningSimulator, waits: list[float]) -> None:
    read(client, "groups")
    simulator.inject_fault("rate_limit", path="/bitly", count=1)
    assert read(client, "groups")
    assert len(waits) == 1
    assert waits[0] >= 60


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("quota_spent", QuotaExhaustedError),
        ("unauthorized", AuthenticationError),
        ("upgrade_required", PlanRequiredError),
    ],
)
def test_final_errors_stop_without_a_retry(
    client: Any, simulator: RunningSimulator, waits: list[float], kind: str, error: type[SourceError]
) -> None:
    simulator.inject_fault(kind, path="/bitly")
    with pytest.raises(error):
        SOURCE.verify(client)
    assert waits == []


def test_a_wrong_token_is_refused(simulator: RunningSimulator, waits: list[float]) -> None:
    environment = {**simulator.environment, "BITLY_ACCESS_TOKEN": "not-the-token"}
    client = SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append)
    with client, pytest.raises(AuthenticationError) as caught:
        SOURCE.verify(client)
    assert "not-the-token" not in str(caught.value)
