"""Smaily's way of answering: JSON labelled as HTML, errors mostly under HTTP 200."""

import json
from typing import Any

from starlette.responses import Response

from dagster_project.simulator.fault_injection import Misbehaviour
from dagster_project.simulator.simulation import Simulation

NO_DATE = "0000-00-00 00:00:00"  # how Smaily writes some empty times; others are null


def raw(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html")


def answer(content: Any, status: int = 200) -> Response:
    return raw(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(), status)


def refusal(code: int, message: str, status: int = 200) -> Response:
    return answer({"code": code, "message": message}, status)


def unauthorized() -> Response:
    response = raw(b"", 401)
    response.headers["WWW-Authenticate"] = 'Basic realm="Smaily API"'
    return response


def too_many_requests() -> Response:
    return raw(b"", 429)


def paid_package_required() -> Response:
    return refusal(227, "A paid package is required.", 403)


def fault(misbehaviour: Misbehaviour, _: Simulation) -> Response | None:
    """The vendor's answer for a fault, None where it has none."""
    match misbehaviour.kind:
        case "rate_limit":
            return too_many_requests()
        case "server_error":
            return raw(b"", misbehaviour.status or 503)
        case "unauthorized":
            return unauthorized()
        case "forbidden":
            return refusal(202, "Forbidden.")
        case "free_package":
            return paid_package_required()
        case "transient_code":
            return refusal(225, "Database insert failed.")
        case _:
            return None
