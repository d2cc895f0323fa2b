"""Trustpilot's streams against a scripted server that pages, refuses and changes as the vendor may."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    PlanRequiredError,
    ProtocolError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.authorization import TokenAuth
from dagster_project.sources.trustpilot.client import REQUESTS, Client
from dagster_project.sources.trustpilot.extraction import BATCH

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
FIRST = datetime(2026, 11, 1, 8, tzinfo=UTC)
UNIT = "507f191e810c19729de860ea"
ENVIRONMENT = {
    "TRUSTPILOT_API_KEY": "k3y",
    "TRUSTPILOT_API_SECRET": "s3cret",
    "TRUSTPILOT_DOMAIN": "Shop.example.com",
    "TRUSTPILOT_ORDER_NAMESPACE": "shop",
}
Review = dict[str, Any]


def review(number: int, hours: float | None = None, **values: Any) -> Review:
    at = FIRST + timedelta(hours=number if hours is None else hours)
    return {"id": f"r{number:05}", "createdAt": f"{at:%Y-%m-%dT%H:%M:%SZ}", "stars": 5} | values


class Trustpilot:
    """The business unit: tokens, its totals, and reviews by the documented parameters."""

    def __init__(self, vendor: Any, reply: Any) -> None:
        self.reviews: list[Review] = []
        self.tokens: list[str] = []
        self.lifetime: Any = "359999"
        self.valid: set[str] = set()
        self.longest_page = 100
        self.is_exclusive = False
        # Instead of the answer to a call for reviews by its number, starting with 1.
        self.instead: Callable[[int], Any] = lambda _: None
        self.before_page: Callable[[int], object] = lambda _: None
        self.calls = 0
        self._reply = reply
        vendor.respond = self.respond

    def respond(self, request: Any) -> Any:
        if request.path.endswith("/accesstoken"):
            assert request.headers["Authorization"].startswith("Basic ")
            assert request.body == b"grant_type=client_credentials"
            self.tokens.append(f"t0ken-{len(self.tokens)}")
            self.valid.add(self.tokens[-1])
            return self._reply({"access_token": self.tokens[-1], "expires_in": self.lifetime})
        assert request.headers["apikey"] == "k3y"
        if request.path.endswith("/find"):
            assert request.query == {"name": "shop.example.com"}
            return self._reply({"id": UNIT, "name": {"identifying": "shop.example.com"}})
        assert request.path.endswith(f"/private/business-units/{UNIT}/reviews")
        self.calls += 1
        instead = self.instead(self.calls)
        if instead is not None:
            return instead
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.valid:
            return self._reply(b"", 401)
        self.before_page(self.calls)
        return self._reply({"links": [], "reviews": self.page(request.query)})

    def page(self, query: dict[str, str]) -> list[Review]:
        since = query.get("startDateTime", "")
        listed = [
            each
            for each in sorted(self.reviews, key=lambda each: (each["createdAt"], each["id"]))
            if each["createdAt"] > since or (each["createdAt"] == since and not self.is_exclusive)
        ]
        limit = min(int(query.get("perPage", 20)), self.longest_page)
        skip = (int(query.get("page", 1)) - 1) * limit
        return listed[skip : skip + limit]


@pytest.fixture
def trustpilot(vendor: Any, reply: Any) -> Trustpilot:
    return Trustpilot(vendor, reply)


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Client]:
    configuration = SOURCE.configure(ENVIRONMENT | {"TRUSTPILOT_BASE_URL": vendor.base_url})
    with SOURCE.connect(configuration, lambda: NOW, waits.append) as opened:
        yield opened


def read(client: Client, cursor: str | None = None) -> tuple[list[Review], str]:
    pages = list(SOURCE.stream("reviews").extract(client, Request(cursor=cursor)))
    assert all(page.context == {"_order_namespace": "shop"} for page in pages)
    return [json.loads(record) for page in pages for record in page.records], pages[-1].cursor or ""


def ids(reviews: list[Review]) -> list[str]:
    return [each["id"] for each in reviews]


@pytest.mark.parametrize("total", [0, 1, 2, 99, 100, 101, 200, 201])
@pytest.mark.parametrize("is_exclusive", [False, True])
def test_every_review_is_read_once(
    client: Client, trustpilot: Trustpilot, total: int, is_exclusive: bool
) -> None:
    trustpilot.is_exclusive = is_exclusive
    trustpilot.reviews = [review(number) for number in range(total)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)
    assert trustpilot.calls <= total // 100 + 3


@pytest.mark.parametrize("longest", [1, 7, 30])
def test_a_server_that_gives_fewer_than_asked_is_read_to_the_end(
    client: Client, trustpilot: Trustpilot, longest: int
) -> None:
    trustpilot.longest_page = longest
    trustpilot.reviews = [review(number) for number in range(40)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)


@pytest.mark.parametrize("is_exclusive", [False, True])
def test_more_reviews_of_one_second_than_a_page_has(
    client: Client, trustpilot: Trustpilot, is_exclusive: bool
) -> None:
    trustpilot.is_exclusive = is_exclusive
    trustpilot.reviews = [review(number, hours=0 if number < 250 else 1) for number in range(260)]
    assert ids(read(client)[0]) == ids(trustpilot.reviews)


def test_reviews_that_are_taken_down_while_they_are_read_hide_no_other(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number) for number in range(250)]
    everything = set(ids(trustpilot.reviews))

    def take_down(_: int) -> None:
        del trustpilot.reviews[:1]

    trustpilot.before_page = take_down
    assert everything - set(ids(read(client)[0])) <= {"r00000"}


def test_reviews_that_are_written_while_others_are_read(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(150)]
    trustpilot.before_page = lambda call: trustpilot.reviews.append(review(1_000 + call, hours=call))
    found = ids(read(client)[0])
    assert len(found) == len(set(found)) >= 150


def test_a_server_that_repeats_a_page_is_not_asked_for_ever(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(250)]
    trustpilot.page = lambda _: trustpilot.reviews[:100]  # type: ignore[method-assign]
    with pytest.raises(ProtocolError, match="do not move on"):
        read(client)
    assert trustpilot.calls < 6


def test_a_server_that_ignores_the_order_is_named(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=24 * number) for number in range(5)]
    page = trustpilot.page
    trustpilot.page = lambda query: page(query)[::-1]  # type: ignore[method-assign]
    with pytest.raises(ProtocolError, match="oldest were asked for"):
        read(client)


def test_nothing_new_lands_nothing_and_keeps_the_cursor(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(30)]
    _, cursor = read(client)
    assert read(client, cursor) == ([], cursor)


CHANGES: dict[str, Review] = {
    "stars": {"stars": 1},
    "edit": {"updatedAt": "2026-11-05T08:00:00Z"},
    "status": {"status": "deleted"},
    "address": {"referralEmail": "mari@example.com"},
    "reference": {"referenceId": "T-1"},
    "reply": {"companyReply": {"text": "Thanks", "createdAt": "2026-11-05T08:00:00Z"}},
    "report": {"reportData": {"reason": "consumer_is_competitor"}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_day_of_a_changed_review_lands_again(
    client: Client, trustpilot: Trustpilot, change: Review
) -> None:
    trustpilot.reviews = [review(number, hours=6 * number) for number in range(12)]  # of three days
    _, cursor = read(client)
    trustpilot.reviews[5] |= change
    changed, cursor = read(client, cursor)
    day = trustpilot.reviews[5]["createdAt"][:10]
    assert changed == [each for each in trustpilot.reviews if each["createdAt"][:10] == day]
    assert read(client, cursor)[0] == []


def test_what_others_see_of_the_writer_is_no_change(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number) for number in range(3)]
    _, cursor = read(client)
    trustpilot.reviews[1] |= {"consumer": {"numberOfReviews": 9}, "numberOfLikes": 4, "surprise": 1}
    assert read(client, cursor)[0] == []


def test_a_review_shown_late_is_read(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=24 * number) for number in (0, 1, 3)]
    _, cursor = read(client)
    trustpilot.reviews.append(review(2, hours=48))
    assert ids(read(client, cursor)[0]) == ["r00002"]


def test_a_review_that_is_listed_no_more_deletes_nothing(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=6 * number) for number in range(4)]
    _, cursor = read(client)
    del trustpilot.reviews[1]
    assert ids(read(client, cursor)[0]) == ["r00000", "r00002"]  # those of its day, as they are
    trustpilot.reviews.clear()
    assert read(client, cursor)[0] == []


def test_reviews_of_the_last_three_months_are_read_again(
    client: Client, trustpilot: Trustpilot, vendor: Any
) -> None:
    trustpilot.reviews = [review(number, hours=-24 * 100 + 24 * number) for number in range(101)]
    _, cursor = read(client)
    trustpilot.reviews[5]["stars"] = trustpilot.reviews[15]["stars"] = 1
    assert ids(read(client, cursor)[0]) == ["r00015"]
    assert "2026-08-03T00:00:00Z" in {request.query.get("startDateTime") for request in vendor.requests}
    # A source that was not run for long goes on from the last review, whatever day it is.
    trustpilot.reviews += [review(200 + number, hours=24 * number) for number in range(1, 41)]
    assert len(read(client, cursor)[0]) == 41


def test_a_run_that_is_cut_short_goes_on_after_the_last_whole_day(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number) for number in range(2 * BATCH + 100)]
    pages = SOURCE.stream("reviews").extract(client, Request())
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]
    landed = ids([json.loads(record) for record in first.records])
    rest = ids(read(client, first.cursor)[0])
    assert landed + rest == ids(trustpilot.reviews)
    assert len(landed) >= BATCH


def test_a_second_run_that_is_cut_short_reads_no_older_review_again(
    client: Client, trustpilot: Trustpilot
) -> None:
    trustpilot.reviews = [review(number, hours=-3 * number) for number in range(1_600)]  # of 200 days
    _, cursor = read(client)
    assert len(json.loads(cursor)["days"]) == 91
    for each in trustpilot.reviews:
        each["stars"] = 1
    pages = SOURCE.stream("reviews").extract(client, Request(cursor=cursor))
    first = next(pages)
    pages.close()  # type: ignore[attr-defined]
    rest, _ = read(client, first.cursor)
    assert {each["createdAt"][:10] for each in rest} < set(json.loads(cursor)["days"])


def test_the_order_of_reviews_of_one_time_is_no_change(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(number, hours=0) for number in range(5)]
    _, cursor = read(client)
    page = trustpilot.page
    trustpilot.page = lambda query: page(query)[::-1]  # type: ignore[method-assign]
    assert read(client, cursor)[0] == []


def test_another_namespace_reads_every_review_again(
    client: Client, trustpilot: Trustpilot, vendor: Any
) -> None:
    trustpilot.reviews = [review(number, hours=-24 * 100 + 24 * number) for number in range(101)]
    _, cursor = read(client)
    environment = ENVIRONMENT | {
        "TRUSTPILOT_BASE_URL": vendor.base_url,
        "TRUSTPILOT_ORDER_NAMESPACE": "other",
    }
    with SOURCE.connect(SOURCE.configure(environment), lambda: NOW, lambda _: None) as other:
        pages = list(SOURCE.stream("reviews").extract(other, Request(cursor=cursor)))
    assert sum(len(page.records) for page in pages) == 101


@pytest.mark.parametrize("cursor", ["", "[]", '{"days": 1}', '{"unknown": 1}'])
def test_a_cursor_of_another_form_begins_anew(client: Client, trustpilot: Trustpilot, cursor: str) -> None:
    trustpilot.reviews = [review(1)]
    assert ids(read(client, cursor)[0]) == ["r00001"]


def test_times_are_read_in_every_form(client: Client, trustpilot: Trustpilot) -> None:
    times = ("2026-11-01T08:00:00", "2026-11-01T08:00:01.000Z", "2026-11-01T10:00:02+02:00")
    trustpilot.reviews = [review(number, createdAt=time) for number, time in enumerate(times)]
    trustpilot.page = lambda query: [] if "startDateTime" in query else trustpilot.reviews  # type: ignore[method-assign]
    assert len(read(client)[0]) == 3


def test_reviews_without_a_readable_time_are_not_passed_over(client: Client, trustpilot: Trustpilot) -> None:
    trustpilot.reviews = [review(0), review(1, createdAt="soon"), review(2)]
    trustpilot.page = lambda query: [] if "startDateTime" in query else trustpilot.reviews  # type: ignore[method-assign]
    assert ids(read(client)[0]) == ["r00000", "r00001", "r00002"]  # loading quarantines it
    del trustpilot.page  # type: ignore[attr-defined]
    trustpilot.reviews = [review(0), review(1, createdAt="9999-12-31T23:59:59Z")]
    _, cursor = read(client)  # and does not hide what is written until then
    trustpilot.reviews.append(review(30))
    assert "r00030" in ids(read(client, cursor)[0])
    trustpilot.reviews = [review(1, createdAt="never")]
    with pytest.raises(ProtocolError, match="createdAt"):
        read(client)


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


def test_an_unknown_business_unit_is_named(client: Client, trustpilot: Trustpilot, vendor: Any) -> None:
    answer = trustpilot.respond
    vendor.respond = lambda r: trustpilot._reply(b"", 404) if r.path.endswith("find") else answer(r)
    with pytest.raises(ConfigurationError, match="TRUSTPILOT_DOMAIN"):
        SOURCE.verify(client)


@pytest.mark.parametrize("unit", [{"id": None}, {}, {"id": "a/../b"}, [], 5])
def test_a_business_unit_of_another_shape_is_named(
    client: Client, trustpilot: Trustpilot, vendor: Any, unit: Any
) -> None:
    answer = trustpilot.respond
    vendor.respond = lambda r: trustpilot._reply(unit) if r.path.endswith("find") else answer(r)
    with pytest.raises(SourceError):
        read(client)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TRUSTPILOT_API_SECRET": ""}, "partially configured"),
        ({"TRUSTPILOT_DOMAIN": "https://www.trustpilot.com/review/a.com"}, "name of a business unit"),
        ({"TRUSTPILOT_API_KEY": "a b"}, "no token has"),
        ({"TRUSTPILOT_BASE_URL": "ftp://x"}, "http"),
    ],
)
def test_a_wrong_configuration_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        SOURCE.configure(ENVIRONMENT | changes)


def test_without_credentials_the_source_is_not_configured() -> None:
    assert SOURCE.configure({"TRUSTPILOT_ORDER_NAMESPACE": "shop"}) is None
    assert SOURCE.account(SOURCE.configure(ENVIRONMENT)) == "business unit shop.example.com"
