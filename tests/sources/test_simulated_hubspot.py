"""Every HubSpot stream against the simulated portal, through faults and refusals; and the official client."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import PublicObjectSearchRequest

from dagster_project.simulator.options import Options
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import World, WorldConfig, make_world
from dagster_project.sources.core.errors import (
    AuthenticationError,
    PlanRequiredError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.hubspot import SOURCE
from tests.simulator_fixture import RunningSimulator, serve_in_thread

END = date(2026, 11, 15)
NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldConfig(persons=600, days=60, seed=7, end_date=END))


@pytest.fixture(scope="module")
def running(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    simulation = Simulation(world, options=Options(hubspot_emails="transactional"))
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


@pytest.fixture
def simulator(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()
    running.set_options(hubspot_scopes="all", hubspot_retry_after="none", hubspot_requests_per_ten_seconds=0)


@pytest.fixture
def client(simulator: RunningSimulator, waits: list[float]) -> Iterator[Any]:
    with SOURCE.connect(SOURCE.configure(simulator.environment), lambda: NOW, waits.append) as opened:
        yield opened


def read(client: Any, stream: str) -> list[dict[str, Any]]:
    declared = SOURCE.stream(stream)
    window = Window(END - timedelta(days=59), END)
    requests = [Request(window=window)] if declared.kind == "window" else [Request()]
    if declared.kind == "window" and declared.span == "day":
        requests = [Request(window=Window(day, day)) for day in window.days()]
    pages = (page for request in requests for page in declared.extract(client, request))
    return [{**page.context, **json.loads(record)} for page in pages for record in page.records]


def keys(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    names = ("id", "created", "timestamp", "_campaign_id", "spendTotal")
    return {tuple(map(row.get, names)) for row in rows}


def test_verify_accepts_the_simulated_portal(client: Any) -> None:
    SOURCE.verify(client)


def test_declared_and_unread_fields_are_all_there_are(client: Any) -> None:
    for stream in SOURCE.streams:
        known = {column.source_path[0] for column in stream.columns} | set(stream.unread)
        rows = read(client, stream.name)
        assert rows, stream.name
        assert set().union(*rows) <= known, stream.name


def test_deals_are_orders_of_the_world_to_the_cent(client: Any, world: World) -> None:
    orders = {row["transaction_id"]: row["revenue"] for row in world.tables["web_events"].to_pylist()}
    deals = [row for row in read(client, "deals") if row["properties"]["hs_is_closed_won"] == "true"]
    assert len(deals) == len({row["_order_id"] for row in deals}) > 10
    assert all(float(row["properties"]["amount"]) == orders[row["_order_id"]] for row in deals)
    assert {row["id"] for row in read(client, "won_deals")} == {row["id"] for row in deals}


def test_counters_count_the_events_and_no_newsletter_is_sent_twice(client: Any) -> None:
    types = Counter((row["emailCampaignId"], row["type"]) for row in read(client, "email_events"))
    for campaign in read(client, "email_campaigns"):
        assert campaign["counters"]["sent"] == types[campaign["id"], "SENT"] > 0
        assert campaign["counters"]["open"] == types[campaign["id"], "OPEN"] > 0
    assert {campaign for campaign, _ in types} == {7001, 7002}


def test_campaigns_say_what_was_spent_and_on_which_emails(client: Any) -> None:
    found = {row["_campaign_name"]: row for row in read(client, "campaign_spend")}
    assert {name: row["spendTotal"] for name, row in found.items()} == {
        "After the order": 153.35,
        "Adverts for the offer": 75.10,
        "Fair": 210.0,
        "Spring": 0,
    }
    assert [row["_email_ids"] for row in found.values() if row["_email_ids"]] == ["7001,7002"]
    sent = {str(row["contentId"]) for row in read(client, "email_campaigns")}
    assert set(found["After the order"]["_email_ids"].split(",")) <= sent


def not_found(simulator: RunningSimulator, path: str, count: int = 0) -> None:
    simulator.inject_fault("server_error", status=404, path=path, count=count)


def test_what_was_spent_is_known_without_the_emails(
    client: Any, simulator: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    spend = read(client, "campaign_spend")
    not_found(simulator, "/assets/MARKETING_EMAIL")
    assert read(client, "campaign_spend") == [row | {"_email_ids": None} for row in spend]
    assert all(f"no e-mails of campaign {row['_campaign_id']} (404)" in caplog.text for row in spend)


def test_a_campaign_deleted_since_it_was_listed_hides_no_other_spend(
    client: Any, simulator: RunningSimulator
) -> None:
    spend = read(client, "campaign_spend")
    not_found(simulator, "/budget/totals", count=1)
    assert read(client, "campaign_spend") == spend[1:]


def test_spend_of_no_campaign_at_all_is_said(client: Any, simulator: RunningSimulator) -> None:
    not_found(simulator, "/budget/totals")
    with pytest.raises(PlanRequiredError, match="spend of none of them"):
        read(client, "campaign_spend")


def test_campaigns_that_were_all_deleted_since_leave_an_empty_list(
    client: Any, simulator: RunningSimulator
) -> None:
    campaigns = {row["_campaign_id"] for row in read(client, "campaign_spend")}
    for campaign in campaigns:
        not_found(simulator, campaign)
    assert read(client, "campaign_spend") == []


FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"kind": "rate_limit"},
    "searches throttled": {"kind": "concurrency"},
    "unavailable": {"kind": "server_error"},
    "524": {"kind": "server_error", "status": 524},
    "html": {"kind": "html"},
    "html of a page": {"kind": "html", "status": 200},
    "dropped": {"kind": "drop"},
    "cut": {"kind": "cut"},
    "truncated": {"kind": "truncated"},
    "malformed": {"kind": "malformed"},
    "duplicates": {"kind": "duplicates"},
    "rows move": {"kind": "rows_change"},
    "a field more": {"kind": "field_added"},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("stream", [stream.name for stream in SOURCE.streams])
def test_a_fault_that_passes_loses_no_record(
    client: Any, simulator: RunningSimulator, waits: list[float], stream: str, fault: dict[str, Any]
) -> None:
    undisturbed = keys(read(client, stream))
    simulator.inject_fault(path="/hubspot", count=1, **fault)
    assert keys(read(client, stream)) == undisturbed
    assert len(waits) <= 1


LASTING = {
    "expired key": ("unauthorized", AuthenticationError, 1),
    "daily limit": ("quota_spent", QuotaExhaustedError, 1),
    "no scope": ("forbidden", PlanRequiredError, 1),
    "down": ("server_error", SourceError, 6),
}


@pytest.mark.parametrize(("kind", "error", "requests"), LASTING.values(), ids=LASTING)
@pytest.mark.parametrize("stream", [stream.name for stream in SOURCE.streams])
def test_a_fault_that_stays_ends_in_one_sentence_after_few_requests(
    client: Any, simulator: RunningSimulator, stream: str, kind: str, error: Any, requests: int
) -> None:
    simulator.inject_fault(kind, path="/hubspot")
    before = sum(simulator.state()["requests"].values())
    with pytest.raises(error) as raised:
        read(client, stream)
    assert sum(simulator.state()["requests"].values()) - before <= requests
    assert str(raised.value).endswith(".")
    assert simulator.environment["HUBSPOT_SERVICE_KEY"] not in str(raised.value)


def test_without_the_scopes_of_marketing_contacts_and_deals_are_read(
    client: Any, simulator: RunningSimulator
) -> None:
    simulator.set_options(hubspot_scopes="crm")
    SOURCE.verify(client)
    for stream in (
        "email_events",
        "email_campaigns",
        "campaign_spend",
        "subscription_changes",
        "incoming_emails",
    ):
        with pytest.raises(PlanRequiredError):
            read(client, stream)
    assert read(client, "contacts")
    assert read(client, "deals")


def test_the_official_client_reads_the_simulated_portal(client: Any, simulator: RunningSimulator) -> None:
    """It sends the paths of v3 and v4, and sorts as a list of texts."""
    official = HubSpot(access_token=simulator.environment["HUBSPOT_SERVICE_KEY"])
    official.config["host"] = simulator.environment["HUBSPOT_BASE_URL"]
    contacts = official.crm.contacts.get_all(properties=["email", "lifecyclestage"])
    ours = read(client, "contacts")
    assert {each.id: each.properties["email"] for each in contacts} == {
        row["id"]: row["properties"]["email"] for row in ours
    }
    page = official.crm.contacts.basic_api.get_page(limit=5, properties_with_history=["lifecyclestage"])
    assert page.results[0].properties_with_history["lifecyclestage"][0].value == "subscriber"
    assert page.paging.next.after == "5"
    found = official.crm.contacts.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": contacts[3].id}]}
            ],
            sorts=["hs_object_id"],
            limit=2,
        )
    )
    assert found.total == len(contacts) - 4
    assert [each.id for each in found.results] == [contacts[4].id, contacts[5].id]
    deals = official.crm.deals.get_all()
    assert len(deals) == len([row for row in read(client, "deals") if not row["archived"]])
    [pipeline] = official.crm.pipelines.pipelines_api.get_all(object_type="deals").results
    assert [stage.id for stage in pipeline.stages][-2:] == ["closedwon", "closedlost"]
