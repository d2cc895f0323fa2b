"""HubSpot's API on loopback, with a bearer key: dated paths, and v3 and v4 for the official client."""

import json
import secrets
import threading
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.hubspot import tables
from dagster_project.simulator.hubspot.account import PORTAL, Account, HubSpotOptions, environment
from dagster_project.simulator.hubspot.campaigns import Campaigns
from dagster_project.simulator.hubspot.crm import Crm
from dagster_project.simulator.hubspot.marketing import Marketing
from dagster_project.simulator.hubspot.responses import (
    ErrorResponse,
    fault,
    invalid,
    json_response,
    missing_scopes,
    not_found,
    throttling,
    unauthorized,
)
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor

_DATED = "2026-09"
_DAY = 86_400.0


def routes(simulation: Simulation) -> list[Route]:
    """One route; the portal resolves the paths below it."""
    portal = Portal(simulation)

    def respond(request: Request, body: bytes) -> Response:
        try:
            return portal.respond(request, body)
        except ErrorResponse as error:
            return error.response()

    return [route("/{path:path}", respond)]


class Portal:
    """One portal. Its tables are made with the first request: few readers of the world read this vendor."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(HubSpotOptions)
        self._ten_seconds, self._second = SlidingWindow(10.0), SlidingWindow(1.0)
        self._day = SlidingWindow(_DAY)
        self._crm, self._marketing = Crm(simulation), Marketing(simulation)
        self._campaigns = Campaigns(simulation)
        self._lock = threading.Lock()
        self._has_tables = False

    def respond(self, request: Request, body: bytes) -> Response:
        path = "/" + request.path_params["path"].strip("/")
        if refused := self._over_limit(path):
            return refused
        expected = f"Bearer {self._simulation.account(Account).key}".encode()
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise unauthorized()
        with self._lock:
            if not self._has_tables:
                tables.create(self._simulation.database, self._options.hubspot_emails)
                self._has_tables = True
        if path.startswith("/email/public/v1/"):
            self._require("content")
            return self._older(request, path.removeprefix("/email/public/v1/"))
        return self._of_crm(request, path.strip("/").split("/"), _json(body))

    def _older(self, request: Request, path: str) -> Response:
        if path == "events":
            return self._marketing.events(request)
        if path in ("campaigns", "campaigns/by-id"):
            return self._marketing.campaigns(request)
        if path == "subscriptions/timeline":
            return self._marketing.timeline(request)
        if path.startswith("campaigns/"):
            return self._marketing.campaign(request, path.removeprefix("campaigns/"))
        raise not_found()

    def _of_crm(self, request: Request, parts: list[str], body: dict[str, Any]) -> Response:
        """`crm/objects/2026-09/contacts/search` is `crm/v3/objects/contacts/search` in the older version."""
        version = next((part for part in parts[1:3] if part in (_DATED, "v3", "v4")), None)
        match [part for part in parts if part != version] if version else []:
            case ["crm", "objects", kind]:
                self._require_object(kind)
                return self._crm.list(kind, request)
            case ["crm", "objects", kind, "search"]:
                self._require_object(kind)
                return self._crm.search(kind, body)
            case ["crm", "objects", kind, "batch", "read"]:
                self._require_object(kind)
                return self._crm.read(kind, body)
            case ["crm", "associations", kind, "contacts", "batch", "read"]:
                return self._crm.associations(kind, body, version == _DATED)
            case ["account-info", "details"]:
                return json_response(
                    {"portalId": PORTAL, "accountType": "STANDARD", "timeZone": "Europe/Tallinn"}
                )
            case ["crm", "pipelines", "deals"]:
                return self._crm.pipelines()
            case ["marketing", "campaigns", *rest]:
                self._require("marketing.campaigns.read")
                return self._campaigns.respond(request, rest)
        raise not_found()

    def _require_object(self, kind: str) -> None:
        if kind == "emails":
            self._require("sales-email-read")

    def _require(self, scope: str) -> None:
        if self._options.hubspot_scopes == "crm":
            raise missing_scopes(scope)

    def _over_limit(self, path: str) -> Response | None:
        options = self._options
        if not self._day.admit("all", options.hubspot_requests_per_day):
            return throttling("DAILY", options)
        if path.endswith("/search") and not self._second.admit("search", options.hubspot_searches_per_second):
            return throttling("SECONDLY", options)
        if not self._ten_seconds.admit("all", options.hubspot_requests_per_ten_seconds):
            return throttling("TEN_SECONDLY_ROLLING", options)
        return None


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        decoded = json.loads(body)
    except ValueError:
        raise invalid("Invalid input JSON") from None
    return decoded if isinstance(decoded, dict) else {}


VENDOR = Vendor(
    prefix="/hubspot", routes=routes, fault=fault, environment=environment, options=HubSpotOptions
)
