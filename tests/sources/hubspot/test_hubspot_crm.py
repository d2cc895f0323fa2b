"""Objects of HubSpot's CRM over a socket: searches by id, cursors, deletions, associations."""

import json
from datetime import timedelta
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
)
from dagster_project.sources.core.stream import Request
from dagster_project.sources.hubspot import SOURCE
from dagster_project.sources.hubspot.crm import LAG, SEARCH_LIMIT
from dagster_project.sources.hubspot.times import milliseconds
from tests.sources.hubspot.portal import NOW, Portal, extract, ids, records


@pytest.mark.parametrize("kind", ["contacts", "deals"])
@pytest.mark.parametrize("total", [0, 1, 49, 50, 51, SEARCH_LIMIT - 1, SEARCH_LIMIT, SEARCH_LIMIT + 1, 1_001])
def test_every_object_is_read_once(client: Any, vendor: Any, reply: Any, kind: str, total: int) -> None:
    portal = Portal(reply, kind, {id_: NOW - timedelta(days=1) for id_ in range(1, total + 1)})
    vendor.respond = portal
    assert ids(extract(client, kind)) == list(range(1, total + 1))


def test_more_objects_than_a_search_gives_results_are_read(client: Any, vendor: Any, reply: Any) -> None:
    """HubSpot refuses to give results after the 10,000th of a search: no search goes on by offset."""
    total = 10_400
    portal = Portal(reply, "contacts", {id_: NOW - timedelta(days=1) for id_ in range(1, total + 1)})
    vendor.respond = portal
    assert ids(extract(client, "contacts")) == list(range(1, total + 1))
    searches = [request.json for request in vendor.requests if request.path.endswith("/search")]
    assert all("after" not in body for body in searches)
    assert len(searches) == -(-total // SEARCH_LIMIT)


def test_objects_modified_meanwhile_hide_no_others(client: Any, vendor: Any, reply: Any) -> None:
    """Between two pages half of what was read leaves the result, which would shift pages by offset."""
    portal = Portal(reply, "contacts", {id_: NOW - timedelta(days=1) for id_ in range(1, 701)})

    def respond(request: Any) -> Any:
        answer = portal(request)
        if request.path.endswith("/batch/read"):
            portal.rows |= {int(each["id"]): NOW for each in request.json["inputs"][::2]}
        return answer

    vendor.respond = respond
    assert ids(extract(client, "contacts")) == list(range(1, 701))


def test_a_search_that_ignores_its_filter_is_stopped(client: Any, vendor: Any, reply: Any) -> None:
    page = {"results": [{"id": "7"}], "paging": {"next": {"after": "1"}}}
    vendor.respond = lambda request: reply(page if request.path.endswith("/search") else {"results": []})
    with pytest.raises(ProtocolError, match="gives id 7 in answer to one for ids after 7"):
        extract(client, "contacts")


def test_what_is_modified_late_is_left_to_the_next_run(vendor: Any, reply: Any, environment: Any) -> None:
    """The index behind searches lags, and our clock may be ahead: nothing is passed over or read twice."""
    portal = Portal(reply, "contacts", {1: NOW - timedelta(days=9), 2: NOW - timedelta(minutes=1)})
    vendor.respond = portal
    found, cursor = [], None
    for ahead in (timedelta(0), timedelta(minutes=20), timedelta(hours=9)):
        with SOURCE.connect(
            SOURCE.configure(environment), lambda at=NOW + ahead: at, lambda _: None
        ) as client:
            pages = extract(client, "contacts", Request(cursor=cursor))
        found.append(ids(pages))
        cursor = pages[-1].cursor
        assert cursor == str(milliseconds(NOW + ahead - LAG))
    assert found == [[1], [2], []]


def test_a_run_that_was_cut_short_goes_on_where_it_was(client: Any, vendor: Any, reply: Any) -> None:
    portal = Portal(reply, "contacts", {id_: NOW - timedelta(days=1) for id_ in range(1, 121)})
    vendor.respond = portal
    pages = SOURCE.stream("contacts").extract(client, Request())
    landed, cursor = [], None
    for page in pages:
        landed += [int(json.loads(record)["id"]) for record in page.records]
        cursor = page.cursor or cursor
        if len(landed) >= 100 and page.cursor:
            break
    rest = extract(client, "contacts", Request(cursor=cursor))
    assert landed + ids(rest) == list(range(1, 121))
    assert rest[-1].cursor == str(milliseconds(NOW - LAG))


def test_after_what_was_cut_short_the_same_run_reads_what_came_since(
    vendor: Any, reply: Any, environment: Any
) -> None:
    """The span of the interrupted run ends at its clock; what was modified later belongs to the next one."""
    portal = Portal(reply, "contacts", {1: NOW - timedelta(days=2), 2: NOW - timedelta(hours=1)})
    vendor.respond = portal
    until = milliseconds(NOW - timedelta(days=1))
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, lambda _: None) as client:
        pages = extract(client, "contacts", Request(cursor=f"0:{until}:1"))
    assert ids(pages) == [2]
    assert [page.cursor for page in pages if page.cursor][-1] == str(milliseconds(NOW - LAG))


def test_deleted_objects_are_read_once_when_they_were_deleted(client: Any, vendor: Any, reply: Any) -> None:
    since = milliseconds(NOW - timedelta(days=3))
    deleted = {
        5: NOW - timedelta(days=5),
        6: NOW - timedelta(days=3),
        7: NOW - timedelta(days=2),
        8: NOW,
    }
    vendor.respond = Portal(reply, "deals", {}, deleted)
    found = records(extract(client, "deals", Request(cursor=str(since))))
    assert [(record["id"], record["archived"], record["_order_id"]) for record in found] == [
        ("7", True, "A-9")
    ]
    [listing] = [request for request in vendor.requests if request.method == "GET"]
    assert listing.query["archived"] == "true"
    assert "order_no" in listing.query["properties"].split(",")


@pytest.mark.parametrize("kind", ["contacts", "deals"])
def test_objects_deleted_between_search_and_reading_are_left_out(
    client: Any, vendor: Any, reply: Any, kind: str
) -> None:
    portal = Portal(reply, kind, {id_: NOW - timedelta(days=1) for id_ in range(1, 11)})

    def respond(request: Any) -> Any:
        answer = portal(request)
        if request.path.endswith("/search"):
            portal.rows = {id_: at for id_, at in portal.rows.items() if id_ % 2}
        return answer

    vendor.respond = respond
    assert ids(extract(client, kind)) == [1, 3, 5, 7, 9]


@pytest.mark.parametrize("number", [int, str], ids=["numbers as in v4", "texts as in 2026-09"])
def test_deals_name_their_first_contact_and_their_order(
    client: Any, vendor: Any, reply: Any, number: Any
) -> None:
    portal = Portal(reply, "deals", {1: NOW - timedelta(days=1), 2: NOW - timedelta(days=1)})
    portal.associations = [
        {"from": {"id": "1"}, "to": [{"toObjectId": number(512)}, {"toObjectId": number(77)}]}
    ]
    vendor.respond = portal
    found = [
        (each["id"], each["_contact_id"], each["_contacts"], each["_order_id"])
        for each in records(extract(client, "deals"))
    ]
    assert found == [("1", "512", 2, "A-1"), ("2", None, 0, "A-2")]
