"""Page boundaries: 0, 1, a page less one, a page, a page and one, two pages; no record lost or repeated."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dagster_project.sources.core.stream import Request
from dagster_project.sources.smaily import SOURCE as SMAILY
from dagster_project.sources.smaily import extraction

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


def totals(limit: int) -> list[int]:
    return [0, 1, limit - 1, limit, limit + 1, 2 * limit]


BORDERS = [
    (stream, limit, page_name, total)
    for stream, limit, page_name in (
        ("campaigns", extraction.LIST_LIMIT, "page"),
        ("split_tests", extraction.LIST_LIMIT, "offset"),
        ("contacts", extraction.CONTACT_LIMIT, "offset"),
        ("actions", extraction.ACTION_LIMIT, "since_seq_id"),
    )
    for total in totals(limit)
]


@pytest.mark.parametrize(("stream", "limit", "page_name", "total"), BORDERS)
def test_smaily_yields_every_record_once(
    vendor: Any, reply: Any, waits: list[float], stream: str, limit: int, page_name: str, total: int
) -> None:
    rows = [{"seq_id": number} for number in range(1, total + 1)]

    def respond(request: Any) -> Any:
        assert int(request.query["limit"]) == limit
        at = int(request.query[page_name])
        start = at if page_name == "since_seq_id" else at * limit  # seq_ids count from 1 here
        return reply(rows[start : start + limit])

    vendor.respond = respond
    environment = {
        "SMAILY_BASE_URL": vendor.base_url,
        "SMAILY_USERNAME": "api",
        "SMAILY_PASSWORD": "pa55w0rd",
    }
    with SMAILY.connect(SMAILY.configure(environment), lambda: NOW, waits.append) as client:
        pages = list(SMAILY.stream(stream).extract(client, Request()))
    assert [json.loads(record)["seq_id"] for page in pages for record in page.records] == list(
        range(1, total + 1)
    )
    assert len(vendor.requests) == total // limit + 1
    assert len(pages) == max(1, -(-total // limit))
