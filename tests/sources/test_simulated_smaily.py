"""Every Smaily stream against the simulated account: the records agree with the world."""

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc
import pytest

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily.account import SmailyOptions
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.sources.core.errors import AuthenticationError, PlanRequiredError, ProtocolError
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.smaily import SOURCE
from tests.simulator_fixture import RunningSimulator, serve_in_thread

END = date(2026, 11, 15)
DEFAULTS = {
    each.name: each.default for each in dataclasses.fields(SmailyOptions) if each.name.startswith("smaily_")
}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldConfig(persons=250, days=50, seed=7, end_date=END))


@pytest.fixture(scope="module")
def running(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    simulation = Simulation(world)
    simulation.options.change({"requests_per_second": 0})
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


@pytest.fixture
def simulator(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()
    running.set_options(**DEFAULTS)


@pytest.fixture
def client(simulator: RunningSimulator, world: World, waits: list[float]) -> Iterator[Any]:
    configuration = SOURCE.configure(simulator.environment)
    now = Simulation(world).clock.now
    with SOURCE.connect(configuration, lambda: now, waits.append) as opened:
        yield opened


def read(client: Any, stream: str, request: Request | None = None) -> list[dict[str, Any]]:
    pages = SOURCE.stream(stream).extract(client, request or Request())
    return [json.loads(record) for page in pages for record in page.records]


def whole(world: World) -> Request:
    return Request(window=Window(world.config.start_date, END + timedelta(days=1)))


def kinds(world: World) -> list[str]:
    return list(world.tables["campaigns"]["kind"].to_pylist())


def test_verify_accepts_the_simulated_account(client: Any) -> None:
    SOURCE.verify(client)


def test_the_action_log_is_read_completely_and_in_order(client: Any, world: World) -> None:
    log = world.tables["email_actions"]
    now = client.now()
    kept = log.filter(
        pc.and_(pc.greater_equal(log["at"], now - timedelta(days=30)), pc.less_equal(log["at"], now))
    )
    rows = read(client, "actions")
    assert [row["seq_id"] for row in rows] == kept["seq_id"].to_pylist()
    assert [row["email"] for row in rows] == kept["email"].to_pylist()
    middle = rows[len(rows) // 2]["seq_id"]
    assert read(client, "actions", Request(cursor=str(middle))) == rows[len(rows) // 2 + 1 :]


@pytest.mark.parametrize(
    ("stream", "kind"), [("campaigns", "campaign"), ("split_tests", "ab_test"), ("automations", "flow")]
)
def test_sendings_are_listed_by_kind(client: Any, world: World, stream: str, kind: str) -> None:
    campaigns = world.tables["campaigns"]
    ids = campaigns.filter(pc.equal(campaigns["kind"], kind))["campaign_id"].to_pylist()
    assert sorted(row["id"] for row in read(client, stream)) == sorted(ids)


def test_contacts_are_all_subscribers(client: Any, world: World) -> None:
    pages = list(SOURCE.stream("contacts").extract(client, Request()))
    rows = [{**page.context, **json.loads(record)} for page in pages for record in page.records]
    sizes = {row["id"]: row["subscribers_count"] for row in read(client, "lists")}
    for list_ in (1, 2):
        emails = [row["email"] for row in rows if row["_list_id"] == list_]
        assert len(emails) == len(set(emails)) == sizes[list_] > 0
        assert set(emails) <= set(world.tables["list_members"]["email"].to_pylist())
    declared = {column.source_path[0] for column in SOURCE.stream("contacts").columns}
    assert set(rows[0]) == declared


def test_statistics_add_up_to_what_was_sent(client: Any, world: World) -> None:
    campaigns = world.tables["campaigns"]
    sent = world.tables["email_actions"]
    sent = sent.filter(pc.equal(sent["action"], "send"))
    for stream, kind in (("campaign_statistics", "campaign"), ("split_test_statistics", "ab_test")):
        ids = campaigns.filter(pc.equal(campaigns["kind"], kind))["campaign_id"]
        expected = sent.filter(pc.is_in(sent["campaign_id"], ids)).num_rows
        assert sum(row["total_count"] for row in read(client, stream, whole(world))) == expected > 0


def test_statistics_are_partitioned_by_the_local_day_of_completion(client: Any, world: World) -> None:
    pages = list(SOURCE.stream("campaign_statistics").extract(client, whole(world)))
    assert all(
        json.loads(record)["completed_at"][:10] == page.partition for page in pages for record in page.records
    )
    assert {page.partition for page in pages} == {day.isoformat() for day in whole(world).window.days()}


def test_declared_and_unread_fields_are_all_there_are(client: Any, world: World) -> None:
    for stream in SOURCE.streams:
        known = {column.source_path[0] for column in stream.columns} | set(stream.unread)
        request = whole(world) if stream.kind == "window" else Request()
        rows = read(client, stream.name, request)
        assert rows, stream.name
        assert set().union(*rows) <= known, stream.name


LISTS = ("campaigns", "split_tests", "automations", "contacts")
DIALECTS: dict[str, dict[str, Any]] = {
    "text ids": {"smaily_ids": "text"},
    "mixed ids": {"smaily_ids": "mixed"},
    "pages of ten thousand": {"smaily_pages": "ten_thousand"},
    "pages from 1": {"smaily_pages": "from_one"},
    "records": {"smaily_pages": "records"},
    "short pages": {"smaily_page_maximum": 3},
    "short pages from 1": {"smaily_page_maximum": 3, "smaily_pages": "from_one"},
    "short pages by records": {"smaily_page_maximum": 3, "smaily_pages": "records"},
    "a large limit is refused": {"smaily_page_maximum": 1_000, "smaily_over_maximum": "refuse"},
    "list 1 is of the subscribed": {"smaily_lists": "subscribed"},
}


def identities(client: Any) -> dict[str, set[str]]:
    """Ids or addresses by stream."""
    return {stream: {str(row.get("email") or row["id"]) for row in read(client, stream)} for stream in LISTS}


@pytest.fixture(scope="module")
def usual(running: RunningSimulator, world: World) -> dict[str, set[str]]:
    now = Simulation(world).clock.now
    with SOURCE.connect(SOURCE.configure(running.environment), lambda: now, lambda _: None) as client:
        return identities(client)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_lists_are_the_same_in_every_dialect(
    client: Any, simulator: RunningSimulator, usual: dict[str, set[str]], dialect: str
) -> None:
    simulator.set_options(**DIALECTS[dialect])
    assert identities(client) == usual
    assert all(usual.values())


def test_a_list_that_no_page_completes_is_an_error(client: Any, simulator: RunningSimulator) -> None:
    simulator.set_options(smaily_pages="ten_thousand", smaily_page_maximum=3)
    for stream in ("campaigns", "contacts"):
        with pytest.raises(ProtocolError, match="nothing of it was landed"):
            read(client, stream)


@pytest.mark.parametrize(("form", "seconds"), [("none", 1.0), ("seconds", 1.0), ("date", 1.0)])
def test_throttling_is_waited_for_in_every_form_of_the_header(
    client: Any, simulator: RunningSimulator, waits: list[float], form: str, seconds: float
) -> None:
    simulator.set_options(smaily_retry_after=form)
    simulator.inject_fault("rate_limit", path="/smaily", count=1)
    assert read(client, "lists")
    assert len(waits) == 1
    assert waits[0] == pytest.approx(seconds, abs=0.5)


@pytest.mark.parametrize(
    "kind", ["rate_limit", "server_error", "transient_code", "html", "drop", "cut", "truncated", "malformed"]
)
def test_two_consecutive_faults_lose_no_record(
    client: Any, simulator: RunningSimulator, waits: list[float], kind: str
) -> None:
    before = read(client, "actions")
    simulator.inject_fault(kind, path="/smaily", count=2)
    assert read(client, "actions") == before
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("kind", "name"), [("field_added", ""), ("field_missing", "value"), ("type_changed", "campaign_id")]
)
def test_drifting_records_are_yielded_unchanged(
    client: Any, simulator: RunningSimulator, kind: str, name: str
) -> None:
    before = read(client, "actions")
    simulator.inject_fault(kind, path="history.php", name=name)
    drifted = read(client, "actions")
    assert [row["seq_id"] for row in drifted] == [row["seq_id"] for row in before]
    assert drifted != before


def test_an_action_without_its_number_stops_the_stream(client: Any, simulator: RunningSimulator) -> None:
    simulator.inject_fault("field_missing", path="history.php", name="seq_id")
    with pytest.raises(ProtocolError, match="differs from its documentation"):
        read(client, "actions")


@pytest.mark.parametrize(
    ("kind", "error"), [("unauthorized", AuthenticationError), ("free_package", PlanRequiredError)]
)
def test_final_errors_stop_without_a_retry(
    client: Any, simulator: RunningSimulator, waits: list[float], kind: str, error: type[Exception]
) -> None:
    simulator.inject_fault(kind, path="/smaily")
    with pytest.raises(error):
        SOURCE.verify(client)
    assert waits == []


def test_a_wrong_password_is_refused(simulator: RunningSimulator, waits: list[float]) -> None:
    environment = {**simulator.environment, "SMAILY_PASSWORD": "not-the-password"}
    client = SOURCE.connect(SOURCE.configure(environment), lambda: None, waits.append)
    with client, pytest.raises(AuthenticationError) as caught:
        SOURCE.verify(client)
    assert "not-the-password" not in str(caught.value)


def test_throttling_stays_within_the_vendors_limit(simulator: RunningSimulator) -> None:
    simulator.set_options(requests_per_second=20)
    environment = {**simulator.environment, "SMAILY_REQUESTS_PER_SECOND": "20"}
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(seconds)

    with SOURCE.connect(SOURCE.configure(environment), lambda: None, sleep) as client:
        for _ in range(45):
            SOURCE.verify(client)
    simulator.set_options(requests_per_second=0)
    assert waited
    assert (
        max(waited) <= 1.05
    )  # only the client's own throttling waited; a rate limit response would have caused a longer retry
