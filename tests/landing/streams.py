"""Streams, pages and clocks for the tests of the landing zone and the warehouse."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from dagster_project.landing import Entry, last_cursor, pull
from dagster_project.sources.core.stream import Column, Kind, Page, Request, Stream, Window

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
FIRST_DAY = date(2026, 11, 1)

COLUMNS = (
    Column("seq_id", "BIGINT"),
    Column("contact_key", path=("email",), pii="address"),
    Column("time"),
    Column("value", pii="text"),
    Column("amount", "DOUBLE"),
    Column("tags", "VARCHAR[]"),
    Column("template", "JSON"),
    Column("link", path=("_link",)),
    Column("country", path=("dimensions", 0, "value")),
    Column("device", path=("dimensions", 1, "value")),
)


def now() -> datetime:
    return NOW


def stream(
    kind: Kind, name: str = "actions", columns: tuple[Column, ...] = COLUMNS, **options: Any
) -> Stream:
    def extract(client: Sequence[Page], _: Request) -> Iterator[Page]:
        yield from client

    return Stream(name, "Actions.", kind, columns, ("seq_id",), extract, time_column="time", **options)


def record(number: int, /, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "seq_id": number,
        "email": f"person{number % 7}@mail.example.com",
        "time": (datetime(2026, 11, 1) + timedelta(minutes=number)).isoformat(sep=" "),
        "value": f"https://shop.example.com/?id={number}",
        "amount": number / 4,
        "tags": ["welcome", "õis"],
        "template": {"id": number, "name": 'the "best"'},
        "dimensions": [{"value": "EE"}, {"value": "mobile"}],
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not ...}


def encoded(records: Iterable[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(item, ensure_ascii=False).encode() for item in records]


def page(seq_ids: Iterable[int], **options: Any) -> Page:
    return Page(encoded(record(seq_id) for seq_id in seq_ids), **options)


def window(days: int = 1, start: date = FIRST_DAY) -> Request:
    return Request(window=Window(start, start + timedelta(days=days - 1)))


def day(offset: int) -> str:
    return (FIRST_DAY + timedelta(days=offset)).isoformat()


def land(
    root: Path, of: Stream, pages: Iterable[Page], request: Request | None = None, account: str = "esp"
) -> list[Entry]:
    """Land `pages` of an account of the source `esp`; a cursor stream resumes after its last cursor."""
    if request is None:
        request = Request(cursor=last_cursor(root, account, of.name)) if of.kind is Kind.CURSOR else Request()
    return pull(account, of, pages, root, now, request)
