"""Tokens, quotas, missing dimensions and Google's errors."""

from datetime import date
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    ProtocolError,
    QuotaExhaustedError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.google_analytics import SOURCE
from tests.sources.google_analytics.property import DAY, Property, extract, reports

ACCOUNT = "milepost@example-project.iam.gserviceaccount.com"  # of the fixture google_key
DENIED = "User does not have sufficient permissions for this property. To learn more about Property ID, see …"
DISABLED = "Google Analytics Data API has not been used in project 1 before or it is disabled."


def test_requests_stop_while_a_tenth_of_the_quota_is_left(client: Any, vendor: Any, ga4: Property) -> None:
    left = iter([1000, 550, 90])

    def spend(request: Any) -> Any:
        ga4.extras = {"propertyQuota": {"tokensPerDay": {"remaining": next(left)}, "concurrentRequests": {}}}
        return ga4.page(request)

    ga4.report = spend
    landed = []
    window = Window(date(2026, 11, 10), DAY)
    with pytest.raises(QuotaExhaustedError, match="90 of 1,000 tokensPerDay left"):
        landed.extend(SOURCE.stream("events").extract(client, Request(window=window)))
    assert len(reports(vendor)) == 3
    assert [page.partition for page in landed] == ["2026-11-10", "2026-11-11", "2026-11-12"]


def test_an_expired_token_is_renewed_once(client: Any, ga4: Property, waits: list[float]) -> None:
    extract(client, "events")
    ga4.expired = {"ya29.token-1"}
    extract(client, "events")
    assert (ga4.tokens, waits) == (2, [])


def test_a_token_refused_after_renewal_is_not_retried(client: Any, vendor: Any, ga4: Property) -> None:
    ga4.expired = {"ya29.token-1", "ya29.token-2"}
    with pytest.raises(AuthenticationError, match=ACCOUNT) as caught:
        extract(client, "events")
    assert len(reports(vendor)) == 2
    assert "ya29" not in str(caught.value)


def test_a_refused_key_is_not_retried(client: Any, vendor: Any, ga4: Property, reply: Any) -> None:
    refused = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    ga4.token_reply = reply(refused, 400)
    with pytest.raises(AuthenticationError, match="Google refused a token to milepost"):
        extract(client, "events")
    assert reports(vendor) == []


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        (403, DENIED, AuthenticationError, f"{ACCOUNT}.*as Viewer"),
        (403, DISABLED, ConfigurationError, "enable it"),
        (403, "Request had insufficient authentication scopes.", AuthenticationError, "analytics.readonly"),
        (
            400,
            "Field customEvent:hit_ts is not a valid dimension. For a list …",
            ConfigurationError,
            "`hit_ts`",
        ),
        (400, "Requests are limited to 9 dimensions within a nested request.", ProtocolError, "limited to 9"),
        (429, "Exhausted property tokens per day. These quota tokens …", QuotaExhaustedError, "midnight"),
        (429, "Exhausted property tokens for a project per hour.", QuotaExhaustedError, "within the hour"),
    ],
)
def test_final_errors_are_not_retried(
    client: Any, vendor: Any, ga4: Property, code: int, message: str, kind: type[SourceError], words: str
) -> None:
    ga4.report = lambda _: ga4.refuse(code, message, "STATUS")
    with pytest.raises(kind, match=words):
        extract(client, "events")
    assert len(reports(vendor)) == 1


def test_too_many_concurrent_requests_wait_30_seconds(client: Any, ga4: Property, waits: list[float]) -> None:
    replies = [ga4.refuse(429, "Exhausted concurrent requests quota.", "RESOURCE_EXHAUSTED"), ga4.reply({})]
    ga4.report = lambda _: replies.pop(0)
    extract(client, "events")
    assert waits == [30.0]


@pytest.mark.usefixtures("ga4")
def test_a_complete_property_passes(client: Any) -> None:
    SOURCE.verify(client)


def test_every_missing_dimension_is_named_with_how_to_register_it(client: Any, ga4: Property) -> None:
    ga4.dimensions = ["customEvent:client_id", "customEvent:session_id", "customEvent:hit_ts"]
    with pytest.raises(ConfigurationError) as caught:
        SOURCE.verify(client)
    for parameter in ("contact_key", "method", "form_id"):
        assert f"customEvent:{parameter} (Admin → Data display" in str(caught.value)
    assert "client_id" not in str(caught.value)


def test_a_dropped_token_request_is_retried(
    client: Any, vendor: Any, ga4: Property, reply: Any, waits: list[float]
) -> None:
    ga4.token_reply = reply(hang_up=True)
    with pytest.raises(UnavailableError, match="the connection to"):
        extract(client, "events")
    assert reports(vendor) == []
    assert len(waits) > 1


def test_an_exhausted_quota_without_a_limit_stops(client: Any, ga4: Property) -> None:
    """Google omits zeros: an empty quota is an exhausted one."""
    ga4.extras = {"propertyQuota": {"tokensPerHour": {}}}
    extract(client, "events")
    with pytest.raises(QuotaExhaustedError, match="tokensPerHour"):
        extract(client, "events")


def test_a_token_is_renewed_before_it_expires(client: Any, ga4: Property, reply: Any) -> None:
    ga4.token_reply = reply({"access_token": "ya29.short", "expires_in": 60, "token_type": "Bearer"})
    extract(client, "events")
    extract(client, "events")
    assert ga4.tokens == 2


def test_an_api_that_is_switched_off_is_named_by_its_reason_alone(client: Any, ga4: Property) -> None:
    ga4.report = lambda _: ga4.refuse(403, "Forbidden: SERVICE_DISABLED", "PERMISSION_DENIED")
    with pytest.raises(ConfigurationError, match="enable it"):
        extract(client, "events")


@pytest.mark.parametrize(
    "token",
    [
        {"access_token": "ya29.x\r\nX-Evil: 1", "expires_in": 3599},
        {"access_token": "ya29.\u20ac", "expires_in": 3599},
        {"access_token": 5, "expires_in": 3599},
        {"access_token": "ya29.x", "expires_in": 10**20},
        {"access_token": "ya29.x", "expires_in": "soon"},
        ["ya29.x"],
        b'{"access_token": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b" " * ((1 << 20) + 1),
    ],
)
def test_an_unusable_token_is_one_sentence(client: Any, ga4: Property, reply: Any, token: Any) -> None:
    ga4.token_reply = reply(token)
    with pytest.raises(ProtocolError, match="something that is not a token; check `token_uri`") as caught:
        extract(client, "events")
    assert "ya29" not in str(caught.value)


@pytest.mark.parametrize("status", [302, 307])
def test_a_token_request_is_not_redirected(
    client: Any, ga4: Property, stranger: Any, reply: Any, status: int
) -> None:
    ga4.token_reply = reply(b"", status, {"Location": f"{stranger.base_url}/token"})
    with pytest.raises(SourceError):
        extract(client, "events")
    assert stranger.connections == 0
