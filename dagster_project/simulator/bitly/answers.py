"""How Bitly answers: JSON, errors with a message and the resource they are about."""

import json
from typing import Any

from starlette.responses import PlainTextResponse, Response

from dagster_project.simulator.fault_injection import Misbehaviour
from dagster_project.simulator.simulation import Simulation


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, resource: str = "", description: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.resource, self.description = status, message, resource, description

    def response(self) -> Response:
        body = {"message": self.message}
        if self.resource:
            body["resource"] = self.resource
        if self.description:
            body["description"] = self.description
        return answer(body, self.status)


def answer(content: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(content, separators=(",", ":"), ensure_ascii=False), status, media_type="application/json"
    )


def csv(clicks: list[dict[str, Any]]) -> Response:
    """Clicks by time for a client that prefers a table."""
    lines = ["Date, Clicks", *(f"{row['date']}, {row['clicks']}" for row in clicks)]
    return Response("\n".join(lines) + "\n", media_type="text/csv")


def not_found(resource: str) -> Refusal:
    return Refusal(404, "NOT_FOUND", resource, "What you are looking for cannot be found.")


def gone(resource: str) -> Refusal:
    return Refusal(410, "GONE", resource, "What you are looking for was deleted.")


def forbidden(resource: str) -> Refusal:
    return Refusal(403, "FORBIDDEN", resource, "You are currently forbidden to access this resource.")


def upgrade_required(resource: str) -> Refusal:
    return Refusal(
        402, "UPGRADE_REQUIRED", resource, "You must upgrade your account to access this resource."
    )


def invalid(field: str) -> Refusal:
    return Refusal(400, f"INVALID_ARG_{field.upper()}", "bitlinks", "The value provided is invalid.")


def monthly_limit() -> Refusal:
    return Refusal(429, "API_USAGE_LIMIT_EXCEEDED")


def rate_limit() -> Refusal:
    return Refusal(429, "RATE_LIMIT_EXCEEDED")


def no_such_route() -> Response:
    return PlainTextResponse("404 page not found\n", 404)


def fault(misbehaviour: Misbehaviour, _: Simulation) -> Response | None:
    """The vendor's answer for a fault, None where it has none."""
    match misbehaviour.kind:
        case "rate_limit" | "concurrency":
            if misbehaviour.status == 403:  # as was reported in 2019
                return Refusal(403, "RATE_LIMIT_EXCEEDED").response()
            return rate_limit().response()
        case "quota_spent":
            return monthly_limit().response()
        case "server_error":
            status = misbehaviour.status or 503
            message = "INTERNAL_ERROR" if status == 500 else "TEMPORARILY_UNAVAILABLE"
            return Refusal(status, message).response()
        case "unauthorized" | "forbidden":
            return forbidden("bitlinks").response()
        case "upgrade_required":
            return upgrade_required("bitlinks").response()
        case _:
            return None
