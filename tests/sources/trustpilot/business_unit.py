"""A business unit of Trustpilot on a scripted server that pages, refuses and changes as the vendor may."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from dagster_project.sources.core.stream import Request
from dagster_project.sources.trustpilot import SOURCE
from dagster_project.sources.trustpilot.client import Client

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


def read(client: Client, cursor: str | None = None) -> tuple[list[Review], str]:
    pages = list(SOURCE.stream("reviews").extract(client, Request(cursor=cursor)))
    assert all(page.context == {"_order_namespace": "shop"} for page in pages)
    return [json.loads(record) for page in pages for record in page.records], pages[-1].cursor or ""


def ids(reviews: list[Review]) -> list[str]:
    return [each["id"] for each in reviews]
