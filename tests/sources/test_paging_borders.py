"""Smaily's lists under every description of its paging: no record is lost or repeated without an error."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.stream import Request
from dagster_project.sources.smaily import SOURCE as SMAILY
from dagster_project.sources.smaily import extraction
from dagster_project.sources.smaily.client import CONTACT_LIMITS, LIST_LIMITS

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
Rows = list[dict[str, int]]
Reading = Callable[[Rows, int, int], Any]  # rows, page parameter, limit -> the page


@contextmanager
def smaily(vendor: Any, waits: list[float]) -> Iterator[Any]:
    environment = {
        "SMAILY_BASE_URL": vendor.base_url,
        "SMAILY_USERNAME": "api",
        "SMAILY_PASSWORD": "pa55w0rd",
    }
    with SMAILY.connect(SMAILY.configure(environment), lambda: NOW, waits.append) as client:
        yield client


def read(vendor: Any, waits: list[float], stream: str) -> list[int]:
    with smaily(vendor, waits) as client:
        pages = list(SMAILY.stream(stream).extract(client, Request()))
    return [json.loads(record)["id"] for page in pages for record in page.records]


def totals(limit: int) -> list[int]:
    return [0, 1, limit - 1, limit, limit + 1, 2 * limit]


@pytest.mark.parametrize("total", totals(extraction.ACTION_LIMIT))
def test_every_action_is_read_once(vendor: Any, reply: Any, waits: list[float], total: int) -> None:
    def respond(request: Any) -> Any:
        after, limit = int(request.query["since_seq_id"]), int(request.query["limit"])
        return reply([{"seq_id": n, "id": n} for n in range(after + 1, min(total, after + limit) + 1)])

    vendor.respond = respond
    assert read(vendor, waits, "actions") == list(range(1, total + 1))


def test_a_log_that_gives_fewer_actions_than_asked_is_read_to_its_end(
    vendor: Any, reply: Any, waits: list[float]
) -> None:
    def respond(request: Any) -> Any:
        after = int(request.query["since_seq_id"])
        return reply([{"seq_id": n, "id": n} for n in range(after + 1, min(1_234, after + 500) + 1)])

    vendor.respond = respond
    assert read(vendor, waits, "actions") == list(range(1, 1_235))


# What a page is, by one of Smaily's pages of help, by its plugins' code, or by a server's own maximum.
READINGS: dict[str, Reading] = {
    "pages of the limit": lambda rows, at, limit: rows[at * limit : (at + 1) * limit],
    "pages of 10,000 records": lambda rows, at, limit: rows[at * 10_000 : at * 10_000 + limit],
    "pages from 1": lambda rows, at, limit: rows[max(0, at - 1) * limit : max(1, at) * limit],
    "no page 0": lambda rows, at, limit: rows[(at - 1) * limit : at * limit] if at else [],
    "records": lambda rows, at, limit: rows[at : at + limit],
    "at most 500": lambda rows, at, _: rows[at * 500 : (at + 1) * 500],
    "at most 7": lambda rows, at, _: rows[at * 7 : (at + 1) * 7],
    "at most 500 of 10,000": lambda rows, at, limit: rows[at * 10_000 : at * 10_000 + min(limit, 500)],
    "at most 500 of the limit": lambda rows, at, limit: rows[at * limit : at * limit + min(limit, 500)],
    "no page after the last": lambda rows, at, limit: rows[at * limit :][:limit] or (None if at else []),
    "500 or refused": lambda rows, at, limit: rows[at * limit : (at + 1) * limit] if limit <= 500 else None,
    "the parameter is ignored": lambda rows, _, limit: rows[:limit],
}
COUNTS = (0, 1, 2, 3, 7, 8, 500, 501, 612, 1_203)


def listing(reply: Any, total: int, reading: Reading, page_name: str, maximum: int = 10**9) -> Any:
    """Responds as a script whose list has ids from 1 on; `maximum` is of an answer without a limit."""
    rows = [{"id": number} for number in range(1, total + 1)]

    def respond(request: Any) -> Any:
        if request.path.endswith("/list.php"):
            return reply([{"id": 1, "subscribers_count": total}, {"id": 2, "subscribers_count": 0}])
        if request.query.get("list") == "2":
            return reply({"code": 219, "message": "No such list."})
        if "limit" not in request.query:
            return reply(rows[:maximum])
        listed = rows[::-1] if request.query.get("sort_order") == "DESC" else rows
        page = reading(listed, int(request.query.get(page_name, 0)), int(request.query["limit"]))
        return reply({"code": 203, "message": "Invalid limit."} if page is None else page)

    return respond


@pytest.mark.parametrize(("stream", "page_name"), [("campaigns", "page"), ("split_tests", "offset")])
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("total", COUNTS)
def test_every_mailing_is_listed_once_whatever_a_page_is(
    vendor: Any, reply: Any, waits: list[float], stream: str, page_name: str, reading: str, total: int
) -> None:
    vendor.respond = listing(reply, total, READINGS[reading], page_name)
    assert sorted(read(vendor, waits, stream)) == list(range(1, total + 1))


@pytest.mark.parametrize("total", totals(LIST_LIMITS[0]))
@pytest.mark.parametrize(
    "reading", ["pages of the limit", "pages of 10,000 records", "pages from 1", "records"]
)
def test_every_mailing_is_listed_once_wherever_a_full_page_ends(
    vendor: Any, reply: Any, waits: list[float], reading: str, total: int
) -> None:
    vendor.respond = listing(reply, total, READINGS[reading], "page")
    assert sorted(read(vendor, waits, "campaigns")) == list(range(1, total + 1))


@pytest.mark.parametrize("total", [1_001, 1_203])
def test_a_list_that_cannot_be_read_to_its_newest_record_is_refused(
    vendor: Any, reply: Any, waits: list[float], total: int
) -> None:
    vendor.respond = listing(reply, total, READINGS["at most 500 of 10,000"], "page", maximum=500)
    with pytest.raises(ProtocolError, match=r"campaign\.php, paged by `page`, ends after 500 records"):
        read(vendor, waits, "campaigns")


def test_both_ends_of_a_list_that_meet_are_the_whole_list(
    vendor: Any, reply: Any, waits: list[float]
) -> None:
    vendor.respond = listing(reply, 999, READINGS["at most 500 of 10,000"], "page", maximum=500)
    assert sorted(read(vendor, waits, "campaigns")) == list(range(1, 1_000))


@pytest.mark.parametrize("total", [0, 1, 499, 500, 501, 1_203])
def test_a_list_that_ignores_the_order_is_compared_with_the_list_without_pages(
    vendor: Any, reply: Any, waits: list[float], total: int
) -> None:
    respond = listing(reply, total, READINGS["at most 500 of 10,000"], "page")

    def unordered(request: Any) -> Any:
        request.query.pop("sort_order", None)
        return respond(request)

    vendor.respond = unordered
    assert sorted(read(vendor, waits, "campaigns")) == list(range(1, total + 1))


CONTACT_READINGS = [
    name for name in READINGS if name not in ("pages of 10,000 records", "at most 500 of 10,000")
]


@pytest.mark.parametrize("reading", CONTACT_READINGS)
@pytest.mark.parametrize("total", [0, 1, 7, 499, 500, 501, 1_203])
def test_every_contact_is_read_whatever_a_page_is(
    vendor: Any, reply: Any, waits: list[float], reading: str, total: int
) -> None:
    vendor.respond = listing(reply, total, READINGS[reading], "offset")
    assert sorted(read(vendor, waits, "contacts")) == list(range(1, total + 1))


@pytest.mark.parametrize("total", totals(CONTACT_LIMITS[0]))
def test_every_contact_is_read_once_wherever_a_full_page_ends(
    vendor: Any, reply: Any, waits: list[float], total: int
) -> None:
    vendor.respond = listing(reply, total, READINGS["pages of the limit"], "offset")
    assert read(vendor, waits, "contacts") == list(range(1, total + 1))


def test_far_fewer_contacts_than_announced_are_refused(vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.respond = listing(reply, 1_203, READINGS["at most 500 of 10,000"], "offset")
    with pytest.raises(ProtocolError, match=r"gives 500 contacts of list 1, and list\.php announces 1,203"):
        read(vendor, waits, "contacts")


def test_a_refused_page_after_the_last_is_the_end(vendor: Any, reply: Any, waits: list[float]) -> None:
    """Also where the announced count does not say that it is: a contact left while pages were read."""
    respond = listing(reply, 1_203, READINGS["no page after the last"], "offset")

    def with_one_more(request: Any) -> Any:
        if request.path.endswith("/list.php"):
            return reply([{"id": 1, "subscribers_count": 1_204}])
        return respond(request)

    vendor.respond = with_one_more
    assert read(vendor, waits, "contacts") == list(range(1, 1_204))


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_limit_may_be_refused_by_status(vendor: Any, reply: Any, waits: list[float], status: int) -> None:
    respond = listing(reply, 1_203, READINGS["at most 500"], "page")

    def refusing(request: Any) -> Any:
        is_refused = int(request.query.get("limit", 0)) > 500
        return reply(b"limit too large", status) if is_refused else respond(request)

    vendor.respond = refusing
    assert sorted(read(vendor, waits, "campaigns")) == list(range(1, 1_204))


@pytest.mark.parametrize("size", [2, 3])
def test_pages_that_a_new_contact_shifted_are_not_taken_for_records(
    vendor: Any, reply: Any, waits: list[float], size: int
) -> None:
    """A contact that comes first by address moves all others: a page begins with the last one before."""
    rows = [{"id": number} for number in range(1, 10)]

    def respond(request: Any) -> Any:
        if request.path.endswith("/list.php"):
            return reply([])
        if request.query["list"] == "2":
            return reply({"code": 219, "message": "No such list."})
        at = int(request.query["offset"]) * size
        return reply(rows[at - 1 : at - 1 + size] if at else rows[:size])

    vendor.respond = respond
    assert set(read(vendor, waits, "contacts")) == set(range(1, 10))


@pytest.mark.parametrize("reading", ["pages of the limit", "no page 0", "at most 500", "records"])
@pytest.mark.parametrize("announced", [[], [{"id": 1}], [{"id": 1, "subscribers_count": "many"}]])
def test_contacts_of_a_list_whose_size_is_not_announced_are_read_to_the_end(
    vendor: Any, reply: Any, waits: list[float], reading: str, announced: list[dict[str, Any]]
) -> None:
    respond = listing(reply, 1_203, READINGS[reading], "offset")

    def unannounced(request: Any) -> Any:
        return reply(announced) if request.path.endswith("/list.php") else respond(request)

    vendor.respond = unannounced
    assert read(vendor, waits, "contacts") == list(range(1, 1_204))
