"""For any response of a vendor, a stream yields pages or raises one of the sources' errors."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dagster_project.sources.core.errors import SourceError
from dagster_project.sources.core.stream import Kind, Page, Request, Source, Window
from dagster_project.sources.registry import SOURCES

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
DAYS = Window(date(2026, 11, 14), date(2026, 11, 15))
STATUSES = (200, 200, 200, 200, 204, 302, 400, 401, 402, 403, 404, 410, 429, 500)
KEYS = (
    *("id", "completed_at", "seq_id", "code", "message", "rows", "rowCount", "metadata", "propertyQuota"),
    *("groups", "guid", "links", "custom_bitlinks", "pagination", "next", "link_clicks", "date", "metrics"),
    *(
        "dimensionValues",
        "metricValues",
        "tokensPerDay",
        "remaining",
        "platform_limits",
        "error",
        "dimensions",
    ),
)
STREAMS = [(source, stream.name) for source in SOURCES for stream in source.streams]


def some_json(random: Random, depth: int = 0) -> Any:
    kind = random.randrange(9 if depth < 4 else 6)
    if kind >= 7:
        return {key: some_json(random, depth + 1) for key in random.sample(KEYS, random.randrange(8))}
    if kind == 6:
        return [some_json(random, depth + 1) for _ in range(random.randrange(4))]
    return (None, True, -1, 2.5, "2026-11-14T00:00:00+0000", "näh")[kind]


def likely_json(random: Random, path: str) -> Any:
    """JSON close to the expected shape, so that more than the first call is exercised."""
    record = some_json(random) if random.random() < 0.3 else {key: some_json(random, 3) for key in KEYS[:6]}
    if "/bitlinks/" in path or "groups" in path or "report" in path.lower() or "limits" in path:
        lists = ("groups", "links", "link_clicks", "metrics", "rows", "platform_limits", "dimensions")
        record = {"guid": "g", "id": "bit.ly/a", "date": "2026-11-14"} if random.random() < 0.5 else record
        return {name: [record] for name in lists} | {"pagination": some_json(random, 3), "rowCount": 1}
    return [record]


def some_body(random: Random, path: str) -> bytes:
    body = json.dumps(likely_json(random, path) if random.random() < 0.6 else some_json(random)).encode()
    return body[: random.randrange(len(body) + 1)] if random.random() < 0.1 else body


@contextmanager
def opened(source: Source, vendor: Any, key_file: Path) -> Iterator[Any]:
    environment = {
        name: vendor.base_url
        if name.endswith(("_BASE_URL", "_BIGQUERY_URL"))
        else ""
        if name.endswith("_FOLDER")
        else "project.analytics_1"
        if name.endswith("_DATASETS")
        else "EUR"
        if name.endswith("_CURRENCY")
        else "1"
        for name in source.variables
    } | {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}
    with source.connect(source.configure(environment), lambda: NOW, lambda _: None) as client:
        yield client


@pytest.mark.parametrize(
    ("source", "name"), STREAMS, ids=[f"{source.name}.{name}" for source, name in STREAMS]
)
def test_a_stream_yields_pages_or_a_source_error(
    vendor: Any, reply: Any, google_key: Any, source: Source, name: str
) -> None:
    stream = source.stream(name)
    request = Request(window=DAYS) if stream.kind is Kind.WINDOW else Request()
    random = Random(f"{source.name}.{name}")
    outcomes = set()
    messages: list[str] = []

    def respond(request: Any) -> Any:
        if request.path == "/token":
            return reply({"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"})
        return reply(some_body(random, request.path), random.choice(STATUSES), {"Location": "/elsewhere"})

    vendor.respond = respond
    key_file = google_key(vendor.base_url)
    for _ in range(40):
        try:
            with opened(source, vendor, key_file) as client:
                pages = list(islice(stream.extract(client, request), 50))
        except SourceError as error:
            outcomes.add(type(error))
            messages.append(str(error))
        else:
            assert all(isinstance(page, Page) for page in pages)
            assert all(record.startswith(b"{") for page in pages for record in page.records)
            outcomes.add(Page)
    assert len(outcomes) > 1
    assert all(message.endswith(".") for message in messages)
