"""The Data API's responses: JSON without empty fields, and one envelope for every error."""

import json
from typing import Any, Final

from starlette.responses import Response

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.simulation import Simulation

JSON_TYPE: Final = "application/json; charset=UTF-8"
_SCHEMA_PAGE: Final = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
_EXPLORER_PAGE: Final = "https://ga-dev-tools.web.app/ga4/dimensions-metrics-explorer/"
_PROPERTY_PAGE: Final = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"
_SIGN_IN_PAGE: Final = "https://developers.google.com/identity/sign-in/web/devconsole-project"

QUOTA_MESSAGES: Final = {
    "tokensPerDay": "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
    "tokensPerHour": "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
    "tokensPerProjectPerHour": "Exhausted property tokens for a project per hour. "
    "These quota tokens will return in under an hour.",
    "concurrentRequests": "Exhausted concurrent requests quota.",
    # The wording of this one is this simulator's invention.
    "serverErrorsPerProjectPerHour": "Exhausted server errors for a project per hour.",
}


class ErrorResponse(Exception):
    """An error response. `details` is omitted when empty."""

    def __init__(self, code: int, status: str, message: str, details: list[dict[str, Any]] | None = None):
        super().__init__(message)
        self.code, self.status, self.message, self.details = code, status, message, details

    def response(self) -> Response:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return Response(json.dumps({"error": error}, indent=2), self.code, media_type=JSON_TYPE)


def invalid(message: str) -> ErrorResponse:
    return ErrorResponse(400, "INVALID_ARGUMENT", message)


def unknown_field(name: str, what: str, suggestion: str = "") -> ErrorResponse:
    """An unknown dimension or metric; the double and the trailing spaces are the vendor's."""
    hint = f"Did you mean {suggestion}? " if suggestion else ""
    return invalid(
        f"{hint}Field {name} is not a valid {what}. "
        f"For a list of valid dimensions and metrics, see {_SCHEMA_PAGE} "
    )


def incompatible(name: str) -> ErrorResponse:
    return invalid(
        f"Please remove {name} to make the request compatible for example. The request's dimensions & "
        f"metrics are incompatible. To learn more, see {_EXPLORER_PAGE}"
    )


def unauthenticated() -> ErrorResponse:
    return ErrorResponse(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        f"other valid authentication credential. See {_SIGN_IN_PAGE}.",
    )


def no_permission() -> ErrorResponse:
    return ErrorResponse(
        403,
        "PERMISSION_DENIED",
        "User does not have sufficient permissions for this property. To learn more about Property ID, see "
        f"{_PROPERTY_PAGE}.",
    )


def insufficient_scope() -> ErrorResponse:
    return ErrorResponse(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [_error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")],
    )


def service_disabled() -> ErrorResponse:
    return ErrorResponse(
        403,
        "PERMISSION_DENIED",
        "Google Analytics Data API has not been used in project 1234567890 before or it is disabled. "
        "Enable it, then retry.",
        [_error_info("SERVICE_DISABLED")],
    )


def exhausted(quota: str) -> ErrorResponse:
    return ErrorResponse(429, "RESOURCE_EXHAUSTED", QUOTA_MESSAGES[quota])


def _error_info(reason: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": "analyticsdata.googleapis.com"},
    }


def json_response(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), media_type=JSON_TYPE)


def fault(injected: Fault, simulation: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    match injected.kind:
        case "rate_limit" | "hourly_quota_spent":
            return exhausted("tokensPerProjectPerHour").response()
        case "concurrency":
            return exhausted("concurrentRequests").response()
        case "quota_spent":
            return exhausted("tokensPerDay").response()
        case "server_error":
            simulation.server_errors.count_one("ga4")
            code = injected.status or 503
            status = "INTERNAL" if code == 500 else "UNAVAILABLE"
            return ErrorResponse(code, status, "The service is currently unavailable.").response()
        case "unauthorized":
            return unauthenticated().response()
        case "forbidden":
            return no_permission().response()
        case "scope":
            return insufficient_scope().response()
        case "service_disabled":
            return service_disabled().response()
        case _:
            return None
