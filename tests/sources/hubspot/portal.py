"""A scripted portal of HubSpot: objects of the CRM by id."""

import json
from datetime import UTC, date, datetime
from typing import Any

from dagster_project.sources.core.stream import Page, Request, Window
from dagster_project.sources.hubspot import SOURCE
from dagster_project.sources.hubspot.times import milliseconds

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
KEY = "key-na1-s3cr3t"
DAY = date(2026, 11, 14)
ONE_DAY = Request(window=Window(DAY, DAY))
MODIFIED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
Rows = dict[int, datetime]


def extract(client: Any, stream: str, request: Request | None = None) -> list[Page]:
    return list(SOURCE.stream(stream).extract(client, request or Request()))


def records(pages: list[Page]) -> list[Any]:
    return [{**page.context, **json.loads(record)} for page in pages for record in page.records]


class Portal:
    """Objects of one kind by id, with the time of their last modification, and those that were deleted."""

    def __init__(self, reply: Any, kind: str, rows: Rows, deleted: Rows | None = None) -> None:
        self.reply, self.kind, self.rows, self.deleted = reply, kind, rows, deleted or {}
        self.associations: list[Any] = []

    def __call__(self, request: Any) -> Any:
        if request.path.endswith("/search"):
            return self.search(request.json)
        if "/associations/" in request.path:
            return self.reply({"status": "COMPLETE", "results": self.associations}, 207)
        if request.path.endswith("/batch/read"):
            wanted = [int(each["id"]) for each in request.json["inputs"]]
            assert len(wanted) <= 50
            return self.reply({"results": [self.shown(id_) for id_ in wanted if id_ in self.rows]})
        shown = [
            {"id": str(id_), "archived": True, "archivedAt": stamp(at), "properties": {"order_no": "A-9"}}
            for id_, at in self.deleted.items()
        ]
        return self.reply({"results": shown})

    def search(self, body: Any) -> Any:
        bounds = {f["operator"]: int(f["value"]) for f in body["filterGroups"][0]["filters"][:2]}
        after = int(body["filterGroups"][0]["filters"][2]["value"])
        found = sorted(
            id_
            for id_, at in self.rows.items()
            if bounds["GT"] < milliseconds(at) <= bounds["LTE"] and id_ > after
        )
        page = found[: body["limit"]]
        answer: dict[str, Any] = {"total": len(found), "results": [{"id": str(id_)} for id_ in page]}
        if len(found) > len(page):
            answer["paging"] = {"next": {"after": str(len(page))}}
        return self.reply(answer)

    def shown(self, id_: int) -> dict[str, Any]:
        properties = {"order_no": f"A-{id_}", MODIFIED[self.kind]: stamp(self.rows[id_])}
        return {"id": str(id_), "properties": properties, "archived": False}


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ids(pages: list[Page]) -> list[int]:
    return [int(record["id"]) for record in records(pages)]
