"""Smaily over a socket: errors inside HTTP 200, paging, statistics of campaigns and A/B tests."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    PlanRequiredError,
    ProtocolError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Page, Request, Window
from dagster_project.sources.smaily import SOURCE

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Any]:
    environment = {
        "SMAILY_BASE_URL": vendor.base_url,
        "SMAILY_USERNAME": "api",
        "SMAILY_PASSWORD": "pa55w0rd",
    }
    environment["SMAILY_REQUESTS_PER_SECOND"] = "1000"
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as opened:
        yield opened


def extract(client: Any, stream: str, request: Request | None = None) -> list[Page]:
    return list(SOURCE.stream(stream).extract(client, request or Request()))


def records(pages: list[Page]) -> list[Any]:
    return [json.loads(record) for page in pages for record in page.records]


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        ({"body": b"", "status": 401}, AuthenticationError, "not your login"),
        (
            {"body": {"code": 227, "message": "A paid package is required."}, "status": 403},
            PlanRequiredError,
            "paid",
        ),
        ({"body": {"code": 227, "message": "A paid package is required."}}, PlanRequiredError, "paid"),
        ({"body": b"", "status": 404}, ConfigurationError, "SMAILY_SUBDOMAIN"),
        ({"body": {"code": 202, "message": "Forbidden"}}, AuthenticationError, "code 202"),
        (
            {"body": {"code": 203, "message": "Invalid data a@example.com"}},
            ProtocolError,
            "code 203: Invalid data •••",
        ),
    ],
)
def test_account_errors_are_explained(
    client: Any, vendor: Any, reply: Any, response: dict[str, Any], kind: type[SourceError], words: str
) -> None:
    vendor.script(reply(**response))
    with pytest.raises(kind, match=words):
        SOURCE.verify(client)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "first",
    [
        {"body": {"code": 226, "message": "Try again"}},
        {"body": b"", "status": 429},
        {"body": b"<html>", "status": 200},
    ],
    ids=["code inside 200", "429", "html"],
)
def test_transient_errors_are_retried(
    client: Any, vendor: Any, reply: Any, waits: list[float], first: dict[str, Any]
) -> None:
    vendor.script(reply(**first), reply([{"id": 1}]))
    assert records(extract(client, "lists")) == [{"id": 1}]
    assert len(waits) == 1


def test_throttling_that_does_not_end_is_unavailable(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply({"code": "226", "message": "busy"}))
    with pytest.raises(UnavailableError, match="code 226"):
        extract(client, "lists")


def test_json_labelled_as_html_is_read(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"id": "7"}], headers={"Content-Type": "text/html; charset=UTF-8"}))
    assert records(extract(client, "automations")) == [{"id": "7"}]


@pytest.mark.parametrize("stream", ["workflows", "split_tests"])
def test_a_script_that_may_be_missing_is_an_empty_list(
    client: Any, vendor: Any, reply: Any, stream: str
) -> None:
    vendor.script(reply(b"", 404))
    assert records(extract(client, stream)) == []


def test_actions_resume_after_the_cursor(client: Any, vendor: Any, reply: Any) -> None:
    log = [{"seq_id": number, "action": "view"} for number in range(1, 25_002, 2)]

    def respond(request: Any) -> Any:
        after = [row for row in log if row["seq_id"] > int(request.query["since_seq_id"])]
        return reply(after[: int(request.query["limit"])])

    vendor.respond = respond
    pages = extract(client, "actions")
    assert [len(page.records) for page in pages] == [10_000, 2_501]
    assert [page.cursor for page in pages] == ["19999", "25001"]
    again = extract(client, "actions", Request(cursor="25001"))
    assert [(list(page.records), page.cursor) for page in again] == [([], "25001")]


def test_a_log_whose_cursor_does_not_advance_is_stopped(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"seq_id": "5"}] * 10_000))
    with pytest.raises(ProtocolError, match="after seq_id 5"):
        extract(client, "actions", Request(cursor="5"))


def test_an_action_without_a_valid_seq_id_is_a_protocol_error(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"seq_id": "soon"}]))
    with pytest.raises(ProtocolError, match="An action of Smaily differs from its documentation"):
        extract(client, "actions")


def test_a_repeated_action_does_not_set_the_cursor_back(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"seq_id": "5"}]))
    (page,) = extract(client, "actions", Request(cursor="6"))
    assert page.cursor == "6"


def test_an_ignored_page_parameter_is_detected(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"id": number} for number in range(10_000)]))
    with pytest.raises(ProtocolError, match=r"campaign\.php, paged by `page`, repeats page 1"):
        extract(client, "campaigns")


def test_only_declared_contact_fields_are_requested(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([]))
    extract(client, "contacts")
    request = next(each.query for each in vendor.requests if "fields" in each.query)
    wanted = {column.source_path[0] for column in SOURCE.stream("contacts").columns} - {"_list_id"}
    assert set(request["fields"].split(",")) == wanted
    assert (request["list"], request["limit"], request["offset"]) == ("1", "25000", "0")


def test_statistics_come_by_the_local_day_of_completion(client: Any, vendor: Any, reply: Any) -> None:
    campaigns = [
        {"id": 1, "completed_at": "2026-10-24 23:59:59"},
        {"id": "2", "completed_at": "2026-10-25 03:30:00"},
        {"id": 3, "completed_at": "0000-00-00 00:00:00"},
        {"id": 4, "completed_at": None},
        {"id": 5, "completed_at": "2026-10-27 00:00:00"},
        {"id": 6, "completed_at": "2026-10-26 10:00:00"},
    ]

    def respond(request: Any) -> Any:
        if "id" not in request.query:
            return reply(campaigns)
        if request.query["id"] == "6":  # deleted since it was listed
            return reply({"code": 216, "message": "Could not find campaign matching provided ID"})
        return reply({"id": int(request.query["id"]), "template": "DELETED", "total_count": 3})

    vendor.respond = respond
    window = Window(date(2026, 10, 24), date(2026, 10, 26))
    pages = extract(client, "campaign_statistics", Request(window=window))
    by_day = {page.partition: [] for page in pages}
    for page in pages:
        by_day[page.partition] += [json.loads(record)["id"] for record in page.records]
    assert by_day == {"2026-10-24": [1], "2026-10-25": [2], "2026-10-26": []}


def test_ab_test_sections_keep_their_position(client: Any, vendor: Any, reply: Any) -> None:
    def respond(request: Any) -> Any:
        if "id" not in request.query:
            return reply([{"id": 9, "completed_at": "2026-10-25 12:00:00"}])
        return reply([{"name": "A"}, {"name": "B"}])

    vendor.respond = respond
    day = date(2026, 10, 25)
    pages = extract(client, "split_test_statistics", Request(window=Window(day, day)))
    assert [(dict(page.context), page.records) for page in pages if page.records] == [
        ({"_split_test_id": "9", "_section_position": 0}, [b'{"name": "A"}']),
        ({"_split_test_id": "9", "_section_position": 1}, [b'{"name": "B"}']),
    ]


def test_drifting_fields_are_passed_through(client: Any, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"id": [1], "surprise": {"deep": True}}]))
    assert records(extract(client, "lists")) == [{"id": [1], "surprise": {"deep": True}}]


def test_no_more_requests_per_second_than_configured(vendor: Any, reply: Any, waits: list[float]) -> None:
    environment = {
        "SMAILY_BASE_URL": vendor.base_url,
        "SMAILY_USERNAME": "api",
        "SMAILY_PASSWORD": "pa55w0rd",
    }
    vendor.script(reply([]))
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as client:
        for _ in range(11):
            SOURCE.verify(client)
    assert len(vendor.requests) == 11
    assert 1.0 < sum(waits) <= 2.1  # five at once, five a second later, one more after another


def test_a_deleted_campaign_hides_no_other_of_its_day(client: Any, vendor: Any, reply: Any) -> None:
    campaigns = [{"id": number, "completed_at": "2026-10-24 10:00:00"} for number in (1, 2, 3)]

    def respond(request: Any) -> Any:
        if "id" not in request.query:
            return reply(campaigns)
        if request.query["id"] == "2":
            return reply({"code": 216, "message": "Could not find campaign matching provided ID"})
        return reply({"id": int(request.query["id"])})

    vendor.respond = respond
    day = date(2026, 10, 24)
    found = records(extract(client, "campaign_statistics", Request(window=Window(day, day))))
    assert [record["id"] for record in found] == [1, 3]


@pytest.mark.parametrize("stream", ["campaigns", "split_tests"])
def test_lists_are_read_oldest_first_so_that_a_new_entry_shifts_no_page(
    client: Any, vendor: Any, reply: Any, stream: str
) -> None:
    """The account gets a campaign while its second page is requested."""
    ids = list(range(600))

    def respond(request: Any) -> Any:
        page = int(request.query.get("page") or request.query.get("offset") or 0)
        if page == 1:
            ids.append(600)
        is_newest_first = request.query.get("sort_order") != "ASC" or request.query["sort_by"] != "created_at"
        listed = sorted(ids, reverse=is_newest_first)[page * 500 : page * 500 + 500]
        return reply([{"id": number} for number in listed])

    vendor.respond = respond
    assert [record["id"] for record in records(extract(client, stream))] == list(range(601))
