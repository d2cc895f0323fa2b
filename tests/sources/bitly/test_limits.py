"""Errors, plans and rate limits."""

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
from tests.sources.bitly.account import Account, extract


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


def test_a_dimension_outside_the_plan_requires_an_upgrade(client: Any, account: Account, reply: Any) -> None:
    account.paths["/v4/bitlinks/bit.ly/a/cities"] = reply({"message": "UPGRADE_REQUIRED"}, 402)
    with pytest.raises(PlanRequiredError, match="skipped until the plan is upgraded"):
        extract(client, "link_cities")


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
