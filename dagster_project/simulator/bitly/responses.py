"""Bitly's responses: JSON, errors with a message and the resource they concern."""

import json
from typing import Any

from starlette.responses import PlainTextResponse, Response

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.simulation import Simulation


class ErrorResponse(Exception):
    """An error response."""

    def __init__(self, status: int, message: str, resource: str = "", description: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.resource, self.description = status, message, resource, description

    def response(self) -> Response:
        body = {"message": self.message}
        if self.resource:
            body["resource"] = self.resource
        if self.description:
            body["description"] = self.description
        return json_response(body, self.status)


def json_response(content: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(content, separators=(",", ":"), ensure_ascii=False), status, media_type="application/json"
    )


def csv(clicks: list[dict[str, Any]]) -> Response:
    """Clicks by time as CSV, for clients that accept it."""
    lines = ["Date, Clicks", *(f"{row['date']}, {row['clicks']}" for row in clicks)]
    return Response("\n".join(lines) + "\n", media_type="text/csv")


def not_found(resource: str) -> ErrorResponse:
    return ErrorResponse(404, "NOT_FOUND", resource, "What you are looking for cannot be found.")


def gone(resource: str) -> ErrorResponse:
    return ErrorResponse(410, "GONE", resource, "What you are looking for was deleted.")


def forbidden(resource: str) -> ErrorResponse:
    return ErrorResponse(403, "FORBIDDEN", resource, "You are currently forbidden to access this resource.")


def upgrade_required(resource: str) -> ErrorResponse:
    return ErrorResponse(
        402, "UPGRADE_REQUIRED", resource, "You must upgrade your account to access this resource."
    )


def invalid(field: str) -> ErrorResponse:
    return ErrorResponse(400, f"INVALID_ARG_{field.upper()}", "bitlinks", "The value provided is invalid.")


def monthly_limit() -> ErrorResponse:
    return ErrorResponse(429, "API_USAGE_LIMIT_EXCEEDED")


def rate_limit() -> ErrorResponse:
    return ErrorResponse(429, "RATE_LIMIT_EXCEEDED")


def no_such_route() -> Response:
    return PlainTextResponse("404 page not found\n", 404)


def fault(injected: Fault, _: Simulation) -> Response | None:
    """The vendor's response for a fault, None where it has none."""
    match injected.kind:
        case "rate_limit" | "concurrency":
            if injected.status == 403:  # as reported in 2019
                return ErrorResponse(403, "RATE_LIMIT_EXCEEDED").response()
            return rate_limit().response()
        case "quota_spent":
            return monthly_limit().response()
        case "server_error":
            status = injected.status or 503
            message = "INTERNAL_ERROR" if status == 500 else "TEMPORARILY_UNAVAILABLE"
            return ErrorResponse(status, message).response()
        case "unauthorized" | "forbidden":
            return forbidden("bitlinks").response()
        case "upgrade_required":
            return upgrade_required("bitlinks").response()
        case _:
            return None
