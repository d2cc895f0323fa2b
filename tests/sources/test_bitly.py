"""Bitly over a socket: paging links, plan and rate limits, days and dimensions."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from dagster_project.sources.bitly import SOURCE
from dagster_project.sources.core.errors import (
    AuthenticationError,
    PlanRequiredError,
    ProtocolError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.stream import Page, Request, Window

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 13), date(2026, 11, 15))


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Any]:
    environment = {"BITLY_ACCESS_TOKEN": "t0ken-t0ken", "BITLY_BASE_URL": f"{vendor.base_url}/v4"}
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, waits.append) as opened:
        yield opened


class Account:
    """Two groups with one link each, one of which has a back-half; tests add further paths."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.paths: dict[str, Any] = {
            "/v4/user/platform_limits": reply(b"404 page not found", 404),
            "/v4/groups": reply({"groups": [{"guid": "Bg1"}, {"guid": "Bg2"}]}),
            "/v4/groups/Bg1/bitlinks": self.listing(
                {"id": "bit.ly/a", "custom_bitlinks": ["https://bit.ly/spring"]}
            ),
            "/v4/groups/Bg2/bitlinks": self.listing({"id": "bit.ly/b", "custom_bitlinks": []}),
        }

    def listing(self, *links: dict[str, Any], next_link: str = "") -> Any:
        return self.reply({"links": list(links), "pagination": {"next": next_link, "size": 100}})

    def __call__(self, request: Any) -> Any:
        found = self.paths.get(request.path, self.reply(b"404 page not found", 404))
        return found(request) if callable(found) else found


@pytest.fixture
def account(vendor: Any, reply: Any) -> Account:
    vendor.respond = Account(reply)
    return vendor.respond


def extract(client: Any, stream: str, request: Request | None = None) -> list[Page]:
    return list(SOURCE.stream(stream).extract(client, request or Request()))


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "words"),
    [
        (403, {"message": "FORBIDDEN", "resource": "user"}, {}, AuthenticationError, "BITLY_ACCESS_TOKEN"),
        (402, {"message": "UPGRADE_REQUIRED", "resource": "bitlinks"}, {}, PlanRequiredError, "upgraded"),
        (429, {"message": "API_USAGE_LIMIT_EXCEEDED"}, {}, QuotaExhaustedError, "first of the month"),
        (400, {"message": "INVALID_ARG_UNIT"}, {}, ProtocolError, "INVALID_ARG_UNIT"),
    ],
)
def test_final_errors_are_not_retried(
    client: Any,
    vendor: Any,
    account: Account,
    reply: Any,
    status: int,
    body: Any,
    headers: dict[str, str],
    kind: type[SourceError],
    words: str,
) -> None:
    account.paths["/v4/user"] = reply(body, status, headers)
    with pytest.raises(kind, match=words):
        SOURCE.verify(client)
    assert [request.path for request in vendor.requests].count("/v4/user") == 1


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (403, {"message": "RATE_LIMIT_EXCEEDED"}, {}),
        (403, {"message": "FORBIDDEN"}, {"X-Ratelimit-Reason": "too many"}),
        (429, {"message": "TOO_MANY_REQUESTS"}, {}),
    ],
)
def test_a_rate_limit_waits_a_minute(
    client: Any,
    account: Account,
    reply: Any,
    waits: list[float],
    status: int,
    body: Any,
    headers: dict[str, str],
) -> None:
    replies = [reply(body, status, headers), reply({"login": "acme"})]
    account.paths["/v4/user"] = lambda _: replies.pop(0)
    SOURCE.verify(client)
    assert waits == [60.0]


def test_links_are_listed_page_by_page_with_their_group(client: Any, vendor: Any, account: Account) -> None:
    following = f"{vendor.base_url}/v4/groups/Bg1/bitlinks?search_after=x"
    first = account.listing({"id": "bit.ly/1"}, next_link=following)
    last = account.listing({"id": "bit.ly/2"})
    account.paths["/v4/groups/Bg1/bitlinks"] = lambda request: (
        last if "search_after" in request.query else first
    )
    pages = extract(client, "bitlinks")
    assert [(page.context["_group_guid"], json.loads(page.records[0])["id"]) for page in pages] == [
        ("Bg1", "bit.ly/1"),
        ("Bg1", "bit.ly/2"),
        ("Bg2", "bit.ly/b"),
    ]


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ([{"id": "bit.ly/1"}], "repeats page 1 as page 2"),
        ([], "loop"),
    ],
)
def test_a_paging_link_in_a_loop_is_refused(
    client: Any, account: Account, links: list[dict[str, str]], words: str
) -> None:
    following = "/v4/groups/Bg1/bitlinks"
    account.paths[following] = account.listing(*links, next_link=following)
    with pytest.raises(ProtocolError, match=words):
        extract(client, "bitlinks")


@pytest.mark.parametrize("dense", [True, False])
def test_clicks_come_by_day_with_and_without_zero_days(
    client: Any, vendor: Any, account: Account, reply: Any, dense: bool
) -> None:
    clicks = {"bit.ly/a": {14: 5}, "bit.ly/spring": {13: 2}, "bit.ly/b": {}}

    def respond_for(address: str) -> Any:
        days = range(15, 12, -1) if dense else clicks[address]
        counted = [
            {"date": f"2026-11-{day}T00:00:00+0000", "clicks": clicks[address].get(day, 0)} for day in days
        ]
        return reply({"link_clicks": counted, "unit": "day", "units": 3})

    account.paths |= {f"/v4/bitlinks/{address}/clicks": respond_for(address) for address in clicks}
    pages = extract(client, "link_clicks", Request(window=WINDOW))
    assert sorted({page.partition for page in pages}) == ["2026-11-13", "2026-11-14", "2026-11-15"]
    counted = {
        (page.context["_bitlink"], page.context["_clicked_bitlink"], page.partition): json.loads(record)[
            "clicks"
        ]
        for page in pages
        for record in page.records
    }
    assert {key: count for key, count in counted.items() if count} == {
        ("bit.ly/a", "bit.ly/a", "2026-11-14"): 5,
        ("bit.ly/a", "bit.ly/spring", "2026-11-13"): 2,
    }
    assert len(counted) == (9 if dense else 2)
    # links are requested concurrently, so their order varies
    [request] = [each for each in vendor.requests if each.raw_path == "/v4/bitlinks/bit.ly%2Fb/clicks"]
    assert request.query == {"unit": "day", "units": "3", "unit_reference": "2026-11-15T23:59:59+0000"}


def test_days_outside_the_window_are_ignored(client: Any, account: Account, reply: Any) -> None:
    old = reply({"link_clicks": [{"date": "2026-10-01T00:00:00+0000", "clicks": 900}]})
    account.paths |= {
        f"/v4/bitlinks/{address}/clicks": old for address in ("bit.ly/a", "bit.ly/spring", "bit.ly/b")
    }
    pages = extract(client, "link_clicks", Request(window=WINDOW))
    assert [len(page.records) for page in pages] == [0, 0, 0]


def test_the_current_day_is_requested_up_to_now(
    client: Any, vendor: Any, account: Account, reply: Any
) -> None:
    account.paths["/v4/bitlinks/bit.ly/b/clicks"] = reply({"link_clicks": []})
    today = Window(date(2026, 11, 16), date(2026, 11, 16))
    extract(client, "link_clicks", Request(window=today))
    assert vendor.requests[-1].query["unit_reference"] == "2026-11-16T04:00:00+0000"


SUMMARY = {"total_clicks": 4, "unit": "day", "units": -1}


def deletion(account: Account, reply: Any, missing: int, listed_again: dict[str, Any] | None) -> None:
    """Link a answers `missing`; from the second listing on it is `listed_again`, or not at all."""
    for name in ("a", "spring"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks/summary"] = reply({"message": "GONE"}, missing)
    account.paths["/v4/bitlinks/bit.ly/b/clicks/summary"] = reply(SUMMARY)
    first = account.paths["/v4/groups/Bg1/bitlinks"]
    second = account.listing(*([listed_again] if listed_again else []))
    listings = iter([first])
    account.paths["/v4/groups/Bg1/bitlinks"] = lambda _: next(listings, second)


@pytest.mark.parametrize("missing", [404, 410])
@pytest.mark.parametrize(
    "listed_again",
    [None, {"id": "bit.ly/a", "is_deleted": True, "custom_bitlinks": ["https://bit.ly/spring"]}],
    ids=["no longer listed", "listed as deleted"],
)
def test_deleted_links_are_left_out_without_a_warning(
    client: Any,
    account: Account,
    reply: Any,
    caplog: pytest.LogCaptureFixture,
    missing: int,
    listed_again: dict[str, Any] | None,
) -> None:
    deletion(account, reply, missing, listed_again)
    pages = extract(client, "link_totals")
    assert [page.context["_clicked_bitlink"] for page in pages] == ["bit.ly/b"]
    assert json.loads(pages[0].records[0])["total_clicks"] == 4
    assert not caplog.records


@pytest.mark.parametrize("missing", [404, 410])
def test_a_missing_link_that_is_still_listed_is_not_taken_for_deleted(
    client: Any, account: Account, reply: Any, caplog: pytest.LogCaptureFixture, missing: int
) -> None:
    link = {"id": "bit.ly/a", "is_deleted": False, "custom_bitlinks": ["https://bit.ly/spring"]}
    deletion(account, reply, missing, link)
    pages = extract(client, "link_totals")
    assert [page.context["_clicked_bitlink"] for page in pages] == ["bit.ly/b"]
    assert "lists 2 links without clicks/summary (404), such as bit.ly/a, bit.ly/spring" in caplog.text


def test_a_link_that_is_missing_once_is_read_the_second_time(
    client: Any, vendor: Any, account: Account, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([reply({"message": "NOT_FOUND"}, 404)])
    account.paths["/v4/bitlinks/bit.ly/a/clicks/summary"] = lambda _: next(answers, reply(SUMMARY))
    for name in ("spring", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks/summary"] = reply(SUMMARY)
    pages = extract(client, "link_totals")
    assert [page.context["_clicked_bitlink"] for page in pages] == ["bit.ly/a", "bit.ly/spring", "bit.ly/b"]
    assert not caplog.records
    assert [request.path for request in vendor.requests].count("/v4/groups/Bg1/bitlinks") == 2


@pytest.mark.parametrize("missing", [404, 410])
@pytest.mark.parametrize("stream", ["link_totals", "link_countries"])
def test_no_listed_link_at_all_is_an_error_and_not_an_empty_stream(
    client: Any, account: Account, reply: Any, stream: str, missing: int
) -> None:
    parts = {"link_totals": "clicks/summary", "link_countries": "countries"}
    for name in ("a", "spring", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/{parts[stream]}"] = reply({}, missing)
    with pytest.raises(ProtocolError, match="of any of the 3 links that it lists"):
        extract(client, stream)


def test_links_that_are_all_deleted_are_an_empty_stream(client: Any, vendor: Any, account: Account) -> None:
    account.paths["/v4/groups/Bg1/bitlinks"] = account.listing({"id": "bit.ly/a", "is_deleted": True})
    account.paths["/v4/groups/Bg2/bitlinks"] = account.listing()
    assert extract(client, "link_totals") == []
    assert [request.path for request in vendor.requests].count("/v4/groups/Bg1/bitlinks") == 1


def test_back_halves_are_read_at_their_own_endpoint_too(client: Any, account: Account, reply: Any) -> None:
    days = [
        {"date": "2026-11-14T00:00:00+0000", "clicks": 2},
        {"date": "2026-11-13T00:00:00+0000", "clicks": 3},
    ]
    account.paths["/v4/custom_bitlinks/bit.ly/spring/clicks"] = reply({"link_clicks": days})
    for name in ("a", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks"] = reply({"link_clicks": []})
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks/summary"] = reply(SUMMARY)
    pages = [page for page in extract(client, "link_clicks", Request(window=WINDOW)) if page.records]
    assert {page.partition: json.loads(page.records[0])["clicks"] for page in pages} == {
        "2026-11-13": 3,
        "2026-11-14": 2,
    }
    totals = {
        page.context["_clicked_bitlink"]: json.loads(page.records[0])["total_clicks"]
        for page in extract(client, "link_totals")
    }
    assert totals == {"bit.ly/a": 4, "bit.ly/spring": 5, "bit.ly/b": 4}


@pytest.mark.parametrize("date", ["14 Nov 2026", "20261", "", "1794614400"])
def test_a_day_in_another_form_is_an_error_and_not_left_out(
    client: Any, account: Account, reply: Any, date: str
) -> None:
    for name in ("a", "spring", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks"] = reply(
            {"link_clicks": [{"date": date, "clicks": 1}]}
        )
    with pytest.raises(ProtocolError, match="not of the documented form"):
        extract(client, "link_clicks", Request(window=WINDOW))


def test_a_listing_without_links_to_pages_is_followed_by_search_after(
    client: Any, account: Account, reply: Any
) -> None:
    rows = [{"id": f"bit.ly/{number}"} for number in range(250)]

    def respond(request: Any) -> Any:
        start = int(request.query.get("search_after") or 0)
        after = str(start + 100) if start + 100 < len(rows) else ""
        return reply({"links": rows[start : start + 100], "pagination": {"search_after": after, "size": 100}})

    account.paths["/v4/groups/Bg1/bitlinks"] = respond
    account.paths["/v4/groups/Bg2/bitlinks"] = account.listing()
    listed = [json.loads(record) for page in extract(client, "bitlinks") for record in page.records]
    assert listed == rows


@pytest.mark.parametrize(
    ("pagination", "words"),
    [
        ({}, "full page and does not say"),
        ({"pagination": {"total": 250, "next": ""}}, "after 100 of 250 links"),
    ],
)
def test_a_listing_that_ends_too_early_is_an_error(
    client: Any, account: Account, reply: Any, pagination: dict[str, Any], words: str
) -> None:
    rows = [{"id": f"bit.ly/{number}"} for number in range(100)]
    account.paths["/v4/groups/Bg1/bitlinks"] = reply({"links": rows, **pagination})
    with pytest.raises(ProtocolError, match=words):
        extract(client, "bitlinks")


def test_a_dimension_outside_the_plan_requires_an_upgrade(client: Any, account: Account, reply: Any) -> None:
    account.paths["/v4/bitlinks/bit.ly/a/cities"] = reply({"message": "UPGRADE_REQUIRED"}, 402)
    with pytest.raises(PlanRequiredError, match="skipped until the plan is upgraded"):
        extract(client, "link_cities")


def test_dimensions_are_read_by_link_and_back_half(client: Any, account: Account, reply: Any) -> None:
    for address in ("bit.ly/a", "bit.ly/spring", "bit.ly/b"):
        metrics = [{"value": "EE", "clicks": 3}]
        account.paths[f"/v4/bitlinks/{address}/countries"] = reply({"metrics": metrics, "facet": "countries"})
    pages = extract(client, "link_countries")
    assert [page.context["_clicked_bitlink"] for page in pages] == ["bit.ly/a", "bit.ly/spring", "bit.ly/b"]
    assert all(json.loads(page.records[0]) == {"value": "EE", "clicks": 3} for page in pages)


def test_each_endpoint_is_limited_to_a_hundred_requests_a_minute(
    client: Any, account: Account, reply: Any, waits: list[float]
) -> None:
    links = [{"id": f"bit.ly/{number}"} for number in range(101)]
    account.paths["/v4/groups/Bg1/bitlinks"] = account.listing(*links)
    account.paths["/v4/groups/Bg2/bitlinks"] = account.listing()
    for link in links:
        account.paths[f"/v4/bitlinks/{link['id']}/countries"] = reply({"metrics": []})
        account.paths[f"/v4/bitlinks/{link['id']}/devices"] = reply({"metrics": []})
    extract(client, "link_countries")
    assert len(waits) == 1
    assert 50 < waits[0] <= 60.1
    extract(client, "link_devices")
    assert len(waits) == 2


def test_limits_that_the_account_states_are_used(
    client: Any, account: Account, reply: Any, waits: list[float]
) -> None:
    methods = [{"name": "GET", "limit": 20, "count": 0}]
    stated = {"platform_limits": [{"endpoint": "/v4/bitlinks/{bitlink}/clicks/summary", "methods": methods}]}
    account.paths["/v4/user/platform_limits"] = reply(stated)
    for address in ("bit.ly/a", "bit.ly/spring", "bit.ly/b"):
        account.paths[f"/v4/bitlinks/{address}/clicks/summary"] = reply({"total_clicks": 0})
    extract(client, "link_totals")
    assert len(waits) == 1  # two requests a minute are allowed, three are sent


def test_neither_errors_nor_settings_show_the_token(client: Any, account: Account, reply: Any) -> None:
    account.paths["/v4/user"] = lambda request: reply({"message": request.headers["Authorization"]}, 400)
    with pytest.raises(ProtocolError) as caught:
        SOURCE.verify(client)
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 200])
@pytest.mark.parametrize(
    "has_more_is_exact", [True, False], ids=["ends with its last page", "ends with an empty page"]
)
def test_every_link_is_listed_once_wherever_pages_end(
    client: Any, vendor: Any, account: Account, total: int, has_more_is_exact: bool
) -> None:
    links = [{"id": f"bit.ly/{number}"} for number in range(total)]

    def respond(request: Any) -> Any:
        start = int(request.query.get("search_after", 0))
        page = links[start : start + 100]
        more = start + 100 < total if has_more_is_exact else len(page) == 100
        link = f"{vendor.base_url}{request.path}?size=100&search_after={start + 100}" if more else ""
        return account.listing(*page, next_link=link)

    account.paths["/v4/groups/Bg1/bitlinks"] = respond
    account.paths["/v4/groups/Bg2/bitlinks"] = account.listing()
    listed = [json.loads(record)["id"] for page in extract(client, "bitlinks") for record in page.records]
    assert listed == [link["id"] for link in links]


def test_a_back_half_that_is_listed_twice_is_asked_for_once(
    client: Any, vendor: Any, account: Account
) -> None:
    twice = ["https://bit.ly/a", "https://bit.ly/spring", "http://bit.ly/spring"]
    account.paths["/v4/groups/Bg1/bitlinks"] = account.listing({"id": "bit.ly/a", "custom_bitlinks": twice})
    for name in ("a", "spring", "b"):
        account.paths[f"/v4/bitlinks/bit.ly/{name}/clicks/summary"] = account.reply(SUMMARY)
    extract(client, "link_totals")
    addresses = [request.path for request in vendor.requests if request.path.endswith("/clicks/summary")]
    assert sorted(addresses) == [
        "/v4/bitlinks/bit.ly/a/clicks/summary",
        "/v4/bitlinks/bit.ly/b/clicks/summary",
        "/v4/bitlinks/bit.ly/spring/clicks/summary",
    ]


def test_the_stated_limit_of_reading_counts_and_no_other(
    client: Any, account: Account, reply: Any, waits: list[float]
) -> None:
    methods = [{"name": "get", "limit": 20}, {"name": "POST", "limit": 5000}]
    limits = {"platform_limits": [{"endpoint": "/v4/user", "methods": methods}]}
    account.paths["/v4/user/platform_limits"] = reply(limits)
    account.paths["/v4/user"] = reply({"login": "acme"})
    for _ in range(3):
        SOURCE.verify(client)
    assert len(waits) == 1
    assert 59.0 < waits[0] < 61.0
