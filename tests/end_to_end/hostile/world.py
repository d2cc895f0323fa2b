"""A simulated world with a record more for each attack, and the wire that changes its fields."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dagster_project.simulator.world import World, WorldConfig
from dagster_project.simulator.world.assemble import make_world
from dagster_project.simulator.world.schema import SCHEMAS, table
from tests.end_to_end.hostile.attacks import (
    FILES,
    GOOGLE_ANALYTICS,
    HEADER,
    ROWS,
    SMAILY,
    Attack,
    hit_time,
)
from tests.end_to_end.hostile.refusals import Refusal

CONFIG = WorldConfig(persons=30, days=14, end_date=date(2026, 10, 24))
HIT = "customEvent:hit_ts"

_COLUMNS = (
    "{occurred_at: ts, event_name: event, email: mail, revenue: amount, user_id: user, campaign: campaign, "
    "url: page}"
)
FEEDS = f"""
feeds:
  - {{name: shop, path: "csv/*.[cC][sS][vV]*", format: csv, timezone: Europe/Tallinn, columns: {_COLUMNS}}}
  - {{name: brackets, path: "[shop] O'Neil 50%/*.csv", format: csv, timezone: UTC, columns: {_COLUMNS}}}
  - {{name: app, path: "jsonl/*.jsonl", format: jsonl, timezone: Europe/Tallinn, columns: {_COLUMNS}}}
"""
GOOD = HEADER + "2026-10-19 13:00:00,purchase,ann@shop.example,20,7,autumn,x,/thanks\n"
GOOD_SHOP = f"{HEADER}2026-10-19 13:00:00,page_view,bob@shop.example,,8,autumn,x,/\n".encode()
GOOD_LINE = b'{"ts": "2026-10-19 12:58:00", "event": "page_view", "page": "/app"}\n'


def hostile_world() -> World:
    calm = make_world(CONFIG)
    tables = dict(calm.tables)
    tables["email_actions"] = _with(
        tables["email_actions"], "email_actions", _actions(tables["email_actions"])
    )
    tables["web_events"] = _with(tables["web_events"], "web_events", _hits(tables["web_events"]))
    return World(CONFIG, tables)


def _with(known: pa.Table, name: str, rows: list[dict[str, Any]]) -> pa.Table:
    columns = {field.name: [row.get(field.name) for row in rows] for field in SCHEMAS[name]}
    return pa.concat_tables([known, table(name, columns)])


def _actions(known: pa.Table) -> list[dict[str, Any]]:
    last = max(known["seq_id"].to_pylist())
    return [
        {
            "seq_id": last + number,
            "at": CONFIG.end + timedelta(seconds=number),
            "email": address(attack),
            "action": "click",
            "value": f"https://shop.example.com/attack/{attack.slug}",
        }
        for number, attack in enumerate(SMAILY, start=1)
    ]


def address(attack: Attack) -> str:
    return f"{attack.slug}@attack.example"


def _hits(known: pa.Table) -> list[dict[str, Any]]:
    last = max(known["event_no"].to_pylist())
    return [
        {
            "event_no": last + 1 + number,
            "at": hit_time(number).replace(tzinfo=UTC),
            "client_id": f"attack.{number}",
            "ga_session_id": f"9{number}",
            "event_name": "page_view",
            "page": f"/attack/{attack.slug}",
            "device_category": "desktop",
            "country": "EE",
            "duplicate_count": 1,
            "visible_at": hit_time(number).replace(tzinfo=UTC),
        }
        for number, attack in enumerate(GOOGLE_ANALYTICS)
    ]


class HostileWire:
    """Changes the records of attacks in the vendors' answers, or with a `refusal` an answer as a whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refusal: Refusal | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        change = self._change(path)
        refusal = self.refusal if self.refusal and path.endswith(self.refusal.path) else None
        if change is None and refusal is None:
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, gather)
        body = b"".join(pieces)
        if refusal:
            body, start["status"] = refusal.answer(body), refusal.status
            start["headers"] += [(name.encode(), text.encode()) for name, text in refusal.headers.items()]
        elif change and start["status"] == 200:
            body = json.dumps(change(json.loads(body)), ensure_ascii=False).encode()
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    def _change(self, path: str) -> Callable[[Any], Any] | None:
        if path.endswith("history.php"):
            return _changed_actions
        return _changed_report if path.endswith(":runReport") else None


def _changed_actions(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    changes = {address(attack): attack.sent for attack in SMAILY}
    return [record | changes.get(record["email"], {}) for record in records]


def _changed_report(report: dict[str, Any]) -> dict[str, Any]:
    names, metrics = (
        [header["name"] for header in report.get(f"{kind}Headers", [])] for kind in ("dimension", "metric")
    )
    if HIT in names:
        changes = {
            str(round(hit_time(number).replace(tzinfo=UTC).timestamp() * 1000)): attack.sent
            for number, attack in enumerate(GOOGLE_ANALYTICS)
        }
        for row in report.get("rows", []):
            change = changes.get(row["dimensionValues"][names.index(HIT)]["value"])
            if isinstance(change, Mapping):
                _change(row["dimensionValues"], names, change)
                _change(row["metricValues"], metrics, change)
    return report


def _change(values: list[dict[str, str]], names: list[str], change: Mapping[str, str]) -> None:
    for value, name in zip(values, names, strict=True):
        value["value"] = change.get(name, value["value"])


def write_feeds(folder: Path, is_hostile: bool) -> Path:
    """The feeds' configuration, and their files in folders next to it."""
    files = {"good.csv": GOOD.encode(), "good.jsonl": GOOD_LINE, "[shop] O'Neil 50%/good.csv": GOOD_SHOP}
    if is_hostile:
        files |= {"rows.csv": _rows()} | {name: _content(attack) for name, attack in FILES.items()}
        files["copy of again.csv"] = files["again.csv"]
    for name, content in files.items():
        path = folder / ("" if "/" in name else "jsonl" if name.endswith("jsonl") else "csv") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    feeds = folder / "event_files.yml"
    feeds.write_text(FEEDS, encoding="utf-8")
    return feeds


def _content(attack: Attack) -> bytes:
    assert isinstance(attack.sent, bytes)
    return attack.sent


def _rows() -> bytes:
    text = io.StringIO()
    row = {"ts": "2026-10-20 13:00:00", "event": "page_view"}
    writer = csv.DictWriter(text, HEADER.strip().split(","), lineterminator="\n")
    writer.writeheader()
    for attack in ROWS:
        assert isinstance(attack.sent, Mapping)
        writer.writerow(row | dict(attack.sent) | {"page": f"/attack/{attack.slug}"})
    return text.getvalue().encode()
