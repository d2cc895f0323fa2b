"""Tokens: when a new one is asked for, and what is said of a refused one."""

import json
from itertools import pairwise
from typing import Any

import pytest
import requests

from dagster_project.sources.core.errors import (
    AuthenticationError,
    PlanRequiredError,
    ProtocolError,
)
from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.authorization import TokenAuth
from dagster_project.sources.trustpilot.client import Client
from tests.sources.trustpilot.business_unit import Trustpilot, ids, read, review


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    now = [0.0]
    auth = TokenAuth("http://127.0.0.1:9", "k", "s", _Nothing(), clock=lambda: now[0])
    given: list[str] = []
    auth._answer = lambda: (  # type: ignore[method-assign]
        given.append("t") or (200, json.dumps({"access_token": "t", "expires_in": "3600"}).encode())
    )

    for at in (0, 3539, 3541):
        now[0] = at
        auth(requests.Request("GET", "http://127.0.0.1:9").prepare())
    assert len(given) == 2


class _Nothing:
    def learn(self, _: str | None) -> None:
        """The test has no messages."""


@pytest.mark.parametrize("lifetime", ["359999", 359999, None, "soon", 0, -5, "1"])
def test_any_lifetime_of_a_token_is_no_loop(client: Client, trustpilot: Trustpilot, lifetime: Any) -> None:
    trustpilot.lifetime = lifetime
    trustpilot.reviews = [review(number) for number in range(300)]
    assert len(read(client)[0]) == 300
    assert len(trustpilot.tokens) <= 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_expires_while_reading_is_renewed_once(
    client: Client, trustpilot: Trustpilot, reply: Any, status: int
) -> None:
    trustpilot.reviews = [review(number) for number in range(250)]
    trustpilot.instead = lambda call: reply(b"", status) if call == 2 else None
    assert ids(read(client)[0]) == ids(trustpilot.reviews)
    assert len(trustpilot.tokens) == 2


def test_a_refused_token_is_named_and_not_asked_for_again(
    client: Client, trustpilot: Trustpilot, reply: Any
) -> None:
    trustpilot.instead = lambda _: reply(b"", 401)
    with pytest.raises(AuthenticationError, match="TRUSTPILOT_API_KEY"):
        read(client)
    assert trustpilot.calls == len(trustpilot.tokens) == 2


def test_a_plan_without_private_reviews_leaves_the_stream_out(
    client: Client, trustpilot: Trustpilot, reply: Any
) -> None:
    trustpilot.instead = lambda _: reply({"message": "Forbidden"}, 403)
    SOURCE.verify(client)
    with pytest.raises(PlanRequiredError, match="plan"):
        read(client)
    assert trustpilot.calls <= 4
    [page] = SOURCE.stream("business_units").extract(client, Request())
    assert len(page.records) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_are_named_without_the_secret(
    client: Client, vendor: Any, reply: Any, status: int
) -> None:
    vendor.script(reply({"error": "invalid s3cret k3y"}, status))
    with pytest.raises(AuthenticationError, match="TRUSTPILOT_API_SECRET") as raised:
        SOURCE.verify(client)
    assert "s3cret" not in str(raised.value)
    assert "k3y" not in str(raised.value)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"access_token": 1}',
        b'{"access_token": "a\\nb"}',
        b'{"access_token": ""}',
    ],
)
def test_what_is_not_a_token_is_named(client: Client, vendor: Any, reply: Any, body: bytes) -> None:
    vendor.script(reply(body))
    with pytest.raises(ProtocolError, match="not a token"):
        SOURCE.verify(client)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"access_token": "t0'])
def test_a_token_that_is_no_json_may_come_the_next_time(
    client: Client, trustpilot: Trustpilot, vendor: Any, reply: Any, body: bytes
) -> None:
    answer, calls = trustpilot.respond, iter(range(100))
    vendor.respond = lambda request: reply(body) if next(calls) < 1 else answer(request)
    SOURCE.verify(client)
    assert len(trustpilot.tokens) == 1


def test_a_busy_token_endpoint_is_waited_for(
    client: Client, trustpilot: Trustpilot, vendor: Any, reply: Any, waits: list[float]
) -> None:
    answer, calls = trustpilot.respond, iter(range(100))
    vendor.respond = lambda request: reply(b"", 429) if next(calls) < 2 else answer(request)
    SOURCE.verify(client)
    assert len(waits) == 2
    assert all(earlier < later for earlier, later in pairwise(waits))
