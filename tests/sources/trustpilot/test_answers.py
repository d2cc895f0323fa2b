"""Answers other than reviews: those that pass, throttling, and the rate of requests."""

from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    ProtocolError,
    UnavailableError,
)
from dagster_project.sources.trustpilot.client import REQUESTS, Client
from tests.sources.trustpilot.business_unit import Trustpilot, ids, read, review


# Answers that pass: the reviews are read all the same.
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 429},
        {"status": 503},
        {"status": 500},
        {"body": b"<html>blocked</html>", "status": 403},
        {"body": b"<html>oops</html>", "status": 502},
        {"body": b"<html>maintenance</html>"},
        {"body": b'{"links": [], "reviews": [{"id": "r1", "crea'},
        {"body": b'{"links": [], "reviews": []}', "cut": 10},
        {"hang_up": True},
    ],
    ids=str,
)
def test_answers_that_pass(
    client: Client, trustpilot: Trustpilot, reply: Any, waits: list[float], answer: dict[str, Any]
) -> None:
    trustpilot.reviews = [review(number) for number in range(120)]
    trustpilot.instead = lambda call: reply(**answer) if call == 2 else None
    assert ids(read(client)[0]) == ids(trustpilot.reviews)
    assert sum(waits) >= (60 if answer.get("status") in (429, 503) else 0)


def test_the_network_may_block_more_than_once(client: Client, trustpilot: Trustpilot, reply: Any) -> None:
    trustpilot.reviews = [review(0)]
    trustpilot.instead = lambda call: reply(b"\n<!DOCTYPE html>", 403) if call < 4 else None
    assert ids(read(client)[0]) == ["r00000"]
    assert len(trustpilot.tokens) == 1


def test_no_token_reaches_a_message(client: Client, trustpilot: Trustpilot, reply: Any) -> None:
    trustpilot.instead = lambda _: reply({"sent": trustpilot.tokens[-1]}, 400)
    with pytest.raises(ProtocolError) as raised:
        read(client)
    assert "sent" in str(raised.value)
    assert trustpilot.tokens[-1] not in str(raised.value)


def test_throttling_that_stays_is_left_to_the_next_run(
    client: Client, trustpilot: Trustpilot, reply: Any, waits: list[float]
) -> None:
    trustpilot.instead = lambda _: reply(b"", 429)
    with pytest.raises(UnavailableError, match="429"):
        read(client)
    assert trustpilot.calls == 6
    assert all(wait >= 60 for wait in waits)


def test_five_minutes_have_no_more_requests_than_the_guidance(
    client: Client, trustpilot: Trustpilot, waits: list[float]
) -> None:
    trustpilot.longest_page = 1
    trustpilot.reviews = [review(number) for number in range(REQUESTS // 3)]
    read(client)
    assert 500 < trustpilot.calls < REQUESTS
    assert sum(waits) == 0
    read(client)
    assert sum(waits) > 200
