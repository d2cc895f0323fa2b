"""Bitly's API on loopback: `/bitly/v4/…` with a bearer token; ids in paths raw or percent-encoded."""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.bitly.responses import (
    ErrorResponse,
    csv,
    fault,
    forbidden,
    json_response,
    monthly_limit,
    no_such_route,
    rate_limit,
)
from dagster_project.simulator.bitly.service import Service
from dagster_project.simulator.bitly.usage import BitlyOptions, Usage, environment
from dagster_project.simulator.limits import InFlight, SlidingWindow
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor


def routes(simulation: Simulation) -> list[Route]:
    """One route; the service resolves the paths below it."""
    gate = Gate(simulation)
    service = Service(simulation)

    def guarded(request: Request, _: bytes) -> Response:
        found = service.find("/" + request.path_params["path"].rstrip("/"))
        if found is None or request.method != "GET":
            return no_such_route()
        template, endpoint, parts = found
        try:
            with gate.in_flight.one_more() as count:
                gate.check(request, template, count)
                content = endpoint(request, parts)
                if "text/csv" in request.headers.get("accept", "") and "link_clicks" in content:
                    return csv(content["link_clicks"])
                return json_response(content)
        except ErrorResponse as error:
            return error.response()

    return [route("/v4/{path:path}", guarded)]


class Gate:
    """Checks a request's token and the limits per month, hour, minute and connection."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._usage = simulation.account(Usage)
        self._minute = SlidingWindow(seconds=60)
        self.in_flight = InFlight()

    def check(self, request: Request, template: str, count: int) -> None:
        """Raises Bitly's ErrorResponse. A minute allows a tenth of an hour's requests."""
        options = self._simulation.options.of(BitlyOptions)
        now = self._simulation.clock.running
        expected = f"Bearer {self._usage.token}".encode()
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise forbidden("bitlinks")
        if options.bitly_requests_per_month and self._usage.in_month(now) >= options.bitly_requests_per_month:
            raise monthly_limit()
        hourly = options.bitly_requests_per_hour
        if options.bitly_concurrent_requests and count > options.bitly_concurrent_requests:
            raise rate_limit()
        if hourly and not self._minute.admit(template, max(1, hourly // 10)):
            raise rate_limit()
        if not self._usage.hourly.admit(template, hourly):
            raise rate_limit()
        self._usage.count_request(now)


VENDOR = Vendor(prefix="/bitly", routes=routes, fault=fault, environment=environment, options=BitlyOptions)
