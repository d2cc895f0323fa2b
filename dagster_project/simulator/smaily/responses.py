"""Smaily's responses: JSON labelled as HTML, errors mostly with HTTP 200."""

import json
import time
from email.utils import formatdate
from typing import Any

from starlette.responses import Response

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily.account import SmailyOptions

NO_DATE = "0000-00-00 00:00:00"  # Smaily's notation of some empty times; others are null


def raw(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html")


def json_response(content: Any, status: int = 200) -> Response:
    return raw(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(), status)


def error(code: int, message: str, status: int = 200) -> Response:
    return json_response({"code": code, "message": message}, status)


def unauthorized() -> Response:
    response = raw(b"", 401)
    response.headers["WWW-Authenticate"] = 'Basic realm="Smaily API"'
    return response


def too_many_requests(retry_after: str = "none") -> Response:
    """`retry_after` is the form of the header: in seconds, as a date, or none."""
    headers = {"seconds": "1", "date": formatdate(time.time() + 1, usegmt=True)}
    response = raw(b"", 429)
    if retry_after in headers:
        response.headers["Retry-After"] = headers[retry_after]
    return response


def paid_package_required() -> Response:
    return error(227, "A paid package is required.", 403)


def fault(injected: Fault, simulation: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    match injected.kind:
        case "rate_limit":
            return too_many_requests(simulation.options.of(SmailyOptions).smaily_retry_after)
        case "server_error":
            return raw(b"", injected.status or 503)
        case "unauthorized":
            return unauthorized()
        case "forbidden":
            return error(202, "Forbidden.")
        case "free_package":
            return paid_package_required()
        case "transient_code":
            return error(225, "Database insert failed.")
        case _:
            return None
