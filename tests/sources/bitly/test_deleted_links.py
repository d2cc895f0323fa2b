"""Links that are deleted, and those that only seem to be."""

import json
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
)
from tests.sources.bitly.account import SUMMARY, Account, extract


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
