"""HubSpot's responses: JSON; errors with a category and a correlation id, throttling with its policy."""

import json
import uuid
from typing import Any, Final

from starlette.responses import Response

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.hubspot.account import HubSpotOptions
from dagster_project.simulator.simulation import Simulation

MEDIA_TYPE: Final = "application/json;charset=utf-8"
_POLICIES: Final = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
    "DAILY": "You have reached your daily limit.",
}
_NO_CREDENTIALS: Final = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


class ErrorResponse(Exception):
    """An error response."""

    def __init__(self, status: int, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), **fields}

    def response(self, headers: dict[str, str] | None = None) -> Response:
        return Response(json.dumps(self.body), self.status, headers, MEDIA_TYPE)


def raw(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=MEDIA_TYPE)


def json_response(content: Any, status: int = 200) -> Response:
    return raw(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(), status)


def invalid(message: str) -> ErrorResponse:
    return ErrorResponse(400, message, category="VALIDATION_ERROR")


def not_found() -> ErrorResponse:
    return ErrorResponse(404, "resource not found", category="OBJECT_NOT_FOUND")


def unauthorized(category: str = "INVALID_AUTHENTICATION") -> ErrorResponse:
    return ErrorResponse(401, _NO_CREDENTIALS, category=category)


def missing_scopes(scope: str) -> ErrorResponse:
    return ErrorResponse(
        403,
        "This app hasn't been granted all required scopes to make this call.",
        category="MISSING_SCOPES",
        errors=[
            {"message": "One or more scopes is missing.", "context": {"requiredGranularScopes": [scope]}}
        ],
    )


def throttled(policy: str) -> ErrorResponse:
    return ErrorResponse(429, _POLICIES[policy], errorType="RATE_LIMIT", policyName=policy)


def throttling(policy: str, options: HubSpotOptions) -> Response:
    headers = {"Retry-After": "1"} if options.hubspot_retry_after == "seconds" else None
    return throttled(policy).response(headers)


def fault(injected: Fault, simulation: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    options = simulation.options.of(HubSpotOptions)
    match injected.kind:
        case "rate_limit":
            return throttling("TEN_SECONDLY_ROLLING", options)
        case "concurrency":
            return throttling("SECONDLY", options)
        case "quota_spent":
            return throttling("DAILY", options)
        case "server_error":
            return ErrorResponse(injected.status or 503, "internal error", category="INTERNAL").response()
        case "unauthorized":
            return unauthorized("EXPIRED_AUTHENTICATION").response()
        case "forbidden":
            return missing_scopes("content").response()
        case _:
            return None
