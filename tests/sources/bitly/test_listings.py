"""Groups and links, page by page."""

import json
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
)
from tests.sources.bitly.account import SUMMARY, Account, extract


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
