"""HubSpot over a socket: paging of the older API, replies by day, scopes, refusals, settings."""

import time
from datetime import date, timedelta
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    PlanRequiredError,
    ProtocolError,
    QuotaExhaustedError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.hubspot import SOURCE
from tests.sources.hubspot.portal import KEY, NOW, ONE_DAY, Portal, extract, ids, records


def refusal(reply: Any, status: int, **fields: Any) -> Any:
    return reply({"status": "error", "message": "no", "correlationId": "c", **fields}, status)


@pytest.mark.parametrize(
    ("status", "fields", "kind", "words"),
    [
        (401, {"category": "INVALID_AUTHENTICATION"}, AuthenticationError, "HUBSPOT_SERVICE_KEY"),
        (401, {"category": "EXPIRED_AUTHENTICATION"}, AuthenticationError, "HUBSPOT_SERVICE_KEY"),
        (530, {}, AuthenticationError, "530"),
        (429, {"policyName": "DAILY"}, QuotaExhaustedError, "daily limit"),
        (429, {"message": "You have reached your daily limit."}, QuotaExhaustedError, "daily limit"),
        (400, {"category": "VALIDATION_ERROR"}, ProtocolError, "400"),
    ],
)
def test_what_no_retry_can_help_is_said_after_one_request(
    client: Any, vendor: Any, reply: Any, status: int, fields: Any, kind: type[SourceError], words: str
) -> None:
    vendor.script(refusal(reply, status, **fields))
    with pytest.raises(kind, match=words) as raised:
        SOURCE.verify(client)
    assert len(vendor.requests) == 1
    assert KEY not in str(raised.value)


def test_a_key_without_the_scope_of_contacts_is_accepted_and_its_stream_left_out(
    client: Any, vendor: Any, reply: Any
) -> None:
    vendor.script(refusal(reply, 403, category="MISSING_SCOPES"))
    SOURCE.verify(client)
    for stream in SOURCE.streams:
        request = ONE_DAY if stream.kind == "window" else Request()
        vendor.requests.clear()
        with pytest.raises(PlanRequiredError, match="lacks a scope"):
            extract(client, stream.name, request)
        assert len(vendor.requests) == 1


TRANSIENT = {
    "ten seconds": ({"status": 429, "body": {"policyName": "TEN_SECONDLY_ROLLING"}}, 10.0),
    "searches": ({"status": 429, "body": {"policyName": "SECONDLY"}}, 1.0),
    "a limit without a name": ({"status": 429, "body": b""}, 1.0),
    "told how long": ({"status": 429, "body": b"", "headers": {"Retry-After": "7"}}, 7.0),
    "moving": ({"status": 477, "body": b""}, 10.0),
    **{str(status): ({"status": status, "body": b""}, 0.0) for status in (500, 502, 503, 504, 521, 523, 524)},
    "html": ({"body": b"<!DOCTYPE html><h1>Bad gateway</h1>"}, 0.0),
    "html of an error": ({"body": b"<html>", "status": 502}, 0.0),
    "half a body": ({"body": b'{"results": [{"id": "1", "prop'}, 0.0),
    "nothing": ({"body": b""}, 0.0),
    "cut": ({"body": b'{"results": []}', "cut": 9}, 0.0),
    "hung up": ({"hang_up": True}, 0.0),
}


@pytest.mark.parametrize(("first", "wait"), TRANSIENT.values(), ids=TRANSIENT)
@pytest.mark.parametrize("stream", ["email_events", "incoming_emails"])
def test_what_passes_is_retried_once_and_read(
    client: Any, vendor: Any, reply: Any, waits: list[float], stream: str, first: Any, wait: float
) -> None:
    record = {"id": "1", "properties": {"hs_timestamp": "2026-11-14T10:00:00Z"}}
    vendor.script(reply(**first), reply({"hasMore": False, "events": [record], "results": [record]}))
    assert [each["id"] for each in records(extract(client, stream, ONE_DAY))] == ["1"]
    assert len(vendor.requests) == 2
    assert len(waits) == 1
    assert waits[0] >= wait


@pytest.mark.parametrize("stream", ["email_events", "incoming_emails"])
def test_an_outage_ends_after_a_few_requests(client: Any, vendor: Any, reply: Any, stream: str) -> None:
    vendor.script(reply(b"", 503))
    with pytest.raises(UnavailableError, match="6 times"):
        extract(client, stream, ONE_DAY)
    assert len(vendor.requests) == 6


def test_events_are_read_to_the_page_that_says_so(client: Any, vendor: Any, reply: Any) -> None:
    """A page may be short or empty in the middle, and the last one has an offset, too."""
    pages = {
        None: {"hasMore": True, "offset": "a", "events": [{"id": "1"}, {"id": "2"}]},
        "a": {"hasMore": True, "offset": "b", "events": []},
        "b": {"hasMore": True, "offset": "c", "events": [{"id": "2"}, {"id": "3"}]},
        "c": {"hasMore": False, "offset": "d", "events": [{"id": "4"}]},
    }
    vendor.respond = lambda request: reply(pages[request.query.get("offset")])
    read = extract(client, "email_events", ONE_DAY)
    assert [record["id"] for record in records(read)] == ["1", "2", "2", "3", "4"]
    assert {page.partition for page in read} == {"2026-11-14"}
    first = vendor.requests[0].query
    assert int(first["endTimestamp"]) - int(first["startTimestamp"]) == 86_400_000 - 1
    assert first["limit"] == "1000"
    assert "excludeFilteredEvents" not in first


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({"hasMore": True, "events": [{"id": "1"}]}, "does not say how"),
        ({"hasMore": True, "offset": "a", "events": [{"id": "1"}]}, "repeats page 1|does not say how"),
        ({"hasMore": True, "offset": "a", "events": []}, "does not say how"),
        ({"hasMore": "maybe", "events": []}, "shape"),
        ({"hasMore": False}, "no list `events`"),
        ({"hasMore": False, "events": ["x"]}, "shape"),
        ([], "shape"),
    ],
)
def test_events_that_cannot_be_paged_are_no_silent_end(
    client: Any, vendor: Any, reply: Any, page: Any, words: str
) -> None:
    vendor.script(reply(page))
    with pytest.raises(ProtocolError, match=words):
        extract(client, "email_events", ONE_DAY)
    assert len(vendor.requests) <= 2


@pytest.mark.parametrize(
    "written", ["2026-11-14T23:59:59.999Z", "1794700799999", "2026-11-15T01:59:59+02:00"]
)
def test_replies_stand_on_their_day_however_it_is_written(
    client: Any, vendor: Any, reply: Any, written: str
) -> None:
    vendor.script(reply({"results": [{"id": "1", "properties": {"hs_timestamp": written}}]}))
    request = Request(window=Window(date(2026, 11, 13), date(2026, 11, 15)))
    pages = extract(client, "incoming_emails", request)
    assert [(page.partition, len(page.records)) for page in pages] == [
        ("2026-11-13", 0),
        ("2026-11-14", 1),
        ("2026-11-15", 0),
    ]


@pytest.mark.parametrize("written", ["soon", "", None, "2026-12-24T00:00:00Z"])
def test_a_reply_of_no_day_that_was_asked_for_is_refused(
    client: Any, vendor: Any, reply: Any, written: Any
) -> None:
    vendor.script(reply({"results": [{"id": "1", "properties": {"hs_timestamp": written}}]}))
    with pytest.raises(ProtocolError, match=r"not of the documented form|not asked for"):
        extract(client, "incoming_emails", ONE_DAY)


def test_a_campaign_deleted_since_it_was_listed_hides_no_other(client: Any, vendor: Any, reply: Any) -> None:
    listed = [{"id": number, "appId": 5} for number in (1, 2, 3, 1)]

    def respond(request: Any) -> Any:
        if request.path.endswith("/campaigns/by-id"):
            return reply({"hasMore": False, "campaigns": listed})
        number = int(request.path.rsplit("/", 1)[1])
        assert request.query["appId"] == "5"
        return reply(b"", 404) if number == 2 else reply({"id": number, "counters": {"sent": 1}})

    vendor.respond = respond
    assert sorted(ids(extract(client, "email_campaigns"))) == [1, 3]


def test_the_portal_of_a_key_is_the_account(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply({"portalId": 62515, "accountType": "STANDARD"}))
    assert SOURCE.connected_account(client) == "portal 62515"
    assert vendor.requests[0].path == "/account-info/2026-09/details"


@pytest.mark.parametrize("status", [403, 404])
def test_a_key_that_may_not_ask_for_its_portal_is_accepted(
    client: Any, vendor: Any, reply: Any, status: int
) -> None:
    vendor.script(refusal(reply, status))
    assert SOURCE.connected_account(client) is None


def test_only_declared_properties_are_requested(client: Any, vendor: Any, reply: Any) -> None:
    vendor.respond = Portal(reply, "contacts", {1: NOW - timedelta(days=1)})
    extract(client, "contacts")
    [body] = [request.json for request in vendor.requests if request.path.endswith("/batch/read")]
    declared = {
        column.source_path[1]
        for column in SOURCE.stream("contacts").columns
        if column.source_path[0] == "properties"
    }
    assert set(body["properties"]) - {"lastmodifieddate"} == declared
    assert body["propertiesWithHistory"] == ["lifecyclestage"]
    assert vendor.requests[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"HUBSPOT_SERVICE_KEY": "key with blank"}, "no token has"),
        ({"HUBSPOT_ORDER_ID_PROPERTY": "Order No."}, "internal name"),
        ({"HUBSPOT_CURRENCY": "€"}, "ISO 4217"),
        ({"HUBSPOT_BASE_URL": "http://api.example.com"}, "unencrypted"),
        ({"HUBSPOT_SEARCHES_PER_SECOND": "0"}, "positive"),
    ],
)
def test_settings_that_cannot_be_are_named(environment: Any, change: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        SOURCE.configure(environment | change)


def test_without_a_key_it_is_not_configured() -> None:
    assert SOURCE.configure({"HUBSPOT_ORDER_ID_PROPERTY": "order_no"}) is None


def test_searches_wait_for_the_limit_of_searches(
    vendor: Any, reply: Any, environment: Any, waits: list[float]
) -> None:
    environment |= {"HUBSPOT_SEARCHES_PER_SECOND": "4", "HUBSPOT_REQUESTS_PER_10_SECONDS": "100"}
    vendor.respond = Portal(reply, "contacts", {})
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as client:
        began = time.monotonic()
        for _ in range(9):
            client.search_objects("contacts", SEARCH)
        answering = time.monotonic() - began
    # Four at once, four a second later, one more after another; what answering took is not waited.
    assert sum(waits) <= 2.3
    assert sum(waits) + answering > 2.0


SEARCH = {
    "filterGroups": [
        {
            "filters": [
                {"operator": "GT", "value": "0"},
                {"operator": "LTE", "value": "1"},
                {"operator": "GT", "value": "0"},
            ]
        }
    ],
    "limit": 1,
}
