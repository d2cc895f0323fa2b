"""Smaily's API on loopback: `/smaily/api/*.php` with HTTP Basic."""

import base64
import binascii
import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily.account import USERNAME, Account, SmailyOptions, environment
from dagster_project.simulator.smaily.responses import (
    fault,
    paid_package_required,
    raw,
    too_many_requests,
    unauthorized,
)
from dagster_project.simulator.smaily.scripts import Scripts
from dagster_project.simulator.vendors import Vendor


def routes(simulation: Simulation) -> list[Route]:
    """One route: Smaily has a script per endpoint."""
    scripts = Scripts(simulation).by_name()
    window = SlidingWindow(seconds=1.0)
    options = simulation.options.of(SmailyOptions)

    def respond(request: Request, _: bytes) -> Response:
        client = request.client.host if request.client else ""
        if not window.admit(client, options.requests_per_second):
            return too_many_requests(options.smaily_retry_after)
        script = scripts.get(request.path_params["script"])
        if script is None:
            return raw(b"", 404)
        if options.smaily_package == "free":  # checked before the credentials
            return paid_package_required()
        if not _is_authorized(request.headers.get("authorization", ""), simulation):
            return unauthorized()
        return script(request)

    return [route("/api/{script:path}", respond)]


def _is_authorized(authorization: str, simulation: Simulation) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return secrets.compare_digest(given, f"{USERNAME}:{simulation.account(Account).password}".encode())


VENDOR = Vendor(prefix="/smaily", routes=routes, fault=fault, environment=environment, options=SmailyOptions)
