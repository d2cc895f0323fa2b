"""Trustpilot's API on loopback: tokens, the business unit with its totals, private reviews."""

import base64
import binascii
import json
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.trustpilot.account import DOMAIN, UNIT, Account, TrustpilotOptions, environment
from dagster_project.simulator.trustpilot.reviews import ORDERS, STATE, as_served, create, unit_as_served
from dagster_project.simulator.vendors import Vendor

DEFAULT_PAGE, LONGEST_PAGE = 20, 100
FIVE_MINUTES = 300.0


class Service:
    """The endpoints of one business unit."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(TrustpilotOptions)
        self._account = simulation.account(Account)
        self._window = SlidingWindow(FIVE_MINUTES)
        create(simulation.database)

    def token(self, request: Request, body: bytes) -> Response:
        """Key and secret come as Basic credentials, or in the form as one connector sends them.

        The official client signs a business user in by name and password, for a token that can be refreshed.
        """
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        given = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        is_right = all(map(_equal, given, (self._account.key, self._account.secret)))
        grant = form.get("grant_type")
        if grant == "password":
            user = (form.get("username", ""), form.get("password", ""))
            is_right &= all(map(_equal, user, (self._account.username, self._account.password)))
        elif grant != "client_credentials":
            is_right = False
        if not is_right:
            return _empty(401)
        seconds = self._options.trustpilot_token_seconds
        token = {"access_token": self._account.new_token(seconds), "expires_in": str(seconds)}
        return _json(token | ({"refresh_token": secrets.token_urlsafe(24)} if grant == "password" else {}))

    def unit(self, request: Request, _body: bytes) -> Response:
        key = request.headers.get("apikey") or request.query_params.get("apikey", "")
        if not _equal(key, self._account.key):
            return _empty(401)
        if request.query_params.get("name") != DOMAIN:
            return _empty(404)
        shown = f"select stars_now, count(*) as reviews from ({STATE}) where not is_removed group by all"
        rows = self._simulation.database.rows(shown, {"now": self._simulation.clock.now})
        return _json(unit_as_served({row["stars_now"]: row["reviews"] for row in rows}))

    def reviews(self, request: Request, _body: bytes) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._account.accepts(token):
            return _empty(int(self._options.trustpilot_expired))
        if not self._window.admit("reviews", self._options.trustpilot_requests):
            return _empty(429)
        if request.path_params["unit"] != UNIT:
            return _empty(404)
        try:
            found = self._found(request)
        except (KeyError, ValueError):
            return _empty(400)
        self._simulation.records_served += len(found)
        served = [as_served(row, self._options.trustpilot_times) for row in found]
        return _json({"links": [], "reviews": served})

    def _found(self, request: Request) -> list[dict[str, Any]]:
        query = request.query_params
        longest = min(LONGEST_PAGE, self._options.trustpilot_page_maximum)
        limit = min(int(query.get("perPage", DEFAULT_PAGE)), longest)
        skip = (int(query.get("page", 1)) - 1) * limit
        if limit < 1 or skip < 0:
            raise ValueError
        if skip and self._simulation.take_fault(request, "duplicates", "rows_change"):
            skip -= 1
        conditions = ["true"]
        parameters: dict[str, Any] = {"now": self._simulation.clock.now, "limit": limit, "skip": skip}
        for name, comparison in (("startDateTime", ">="), ("endDateTime", "<=")):
            if name in query:
                conditions.append(f"created_at {comparison} ${name}")
                parameters[name] = _instant(query[name])
        for name, column in (("referenceId", "reference_id"), ("referralEmail", "referral_email")):
            if name in query:
                conditions.append(f"{column} = ${name}")
                parameters[name] = query[name]
        if self._options.trustpilot_removed == "absent":
            conditions.append("not is_removed")
        order = ORDERS[query.get("orderBy", "createdat.desc")]
        return self._simulation.database.rows(
            f"select * from ({STATE}) where {' and '.join(conditions)} "
            f"order by {order} limit $limit offset $skip",
            parameters,
        )


def routes(simulation: Simulation) -> list[Route]:
    """One route per endpoint."""
    service = Service(simulation)
    return [
        route("/v1/oauth/oauth-business-users-for-applications/accesstoken", service.token),
        route("/v1/business-units/find", service.unit),
        route("/v1/private/business-units/{unit}/reviews", service.reviews),
    ]


def fault(injected: Fault, _: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    match injected.kind:
        case "rate_limit":
            return _empty(429)
        case "server_error":
            return _empty(injected.status or 503)
        case "unauthorized":
            return _empty(401)
        case "forbidden":
            return _empty(403)
        case _:
            return None


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return key, secret


def _equal(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _json(content: Any) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), 200, media_type="application/json")


def _empty(status: int) -> Response:
    return Response(b"", status)


VENDOR = Vendor(
    prefix="/trustpilot", routes=routes, fault=fault, environment=environment, options=TrustpilotOptions
)
