"""A scripted GA4 property and how the tests read it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from dagster_project.sources.core.stream import Page, Request, Window
from dagster_project.sources.google_analytics import SOURCE
from dagster_project.sources.google_analytics.reports import custom_dimensions

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
DAY = date(2026, 11, 14)


class Property:
    """One property: issues tokens and serves reports with its current rows."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.tokens = 0
        self.expired: set[str] = set()
        self.rows: list[dict[str, Any]] = []
        self.extras: dict[str, Any] = {}
        self.report: Any = self.page
        self.dimensions = list(custom_dimensions())
        self.token_reply: Any = None

    def __call__(self, request: Any) -> Any:
        if request.path == "/token":
            self.tokens += 1
            token = {"access_token": f"ya29.token-{self.tokens}", "expires_in": 3599, "token_type": "Bearer"}
            return self.token_reply or self.reply(token)
        if request.headers["Authorization"].removeprefix("Bearer ") in self.expired:
            return self.refuse(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        if request.path.endswith("/metadata"):
            return self.reply({"dimensions": [{"apiName": name} for name in self.dimensions], "name": "x"})
        return self.report(request)

    def page(self, request: Any) -> Any:
        offset, limit = int(request.json.get("offset", 0)), int(request.json["limit"])
        rows = self.rows[offset : offset + limit]
        counted = {"rows": rows, "rowCount": len(self.rows)} if self.rows else {}
        metadata = {"currencyCode": "EUR", "timeZone": "Europe/Tallinn"}
        return self.reply({"metadata": metadata, "kind": "analyticsData#runReport", **counted, **self.extras})

    def refuse(self, code: int, message: str, status: str) -> Any:
        return self.reply({"error": {"code": code, "message": message, "status": status}}, code)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"dimensionValues": [{"value": str(number)}], "metricValues": [{"value": "1"}]}
        for number in range(count)
    ]


def extract(client: Any, stream: str, end: date = DAY) -> list[Page]:
    """The pages that count: a day that is read again counts from its restart."""
    return counting(SOURCE.stream(stream).extract(client, Request(window=Window(DAY, end))))


def counting(pages: Iterable[Page]) -> list[Page]:
    kept: list[Page] = []
    for page in pages:
        kept = [before for before in kept if not (page.restarts and before.partition == page.partition)]
        kept.append(page)
    return kept


def reports(vendor: Any) -> list[Any]:
    return [request for request in vendor.requests if request.path.endswith(":runReport")]
