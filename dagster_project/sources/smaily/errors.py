"""Classification of Smaily's errors."""

from typing import Any

import msgspec

from dagster_project.sources.core.errors import (
    AuthenticationError,
    NotFoundError,
    PlanRequiredError,
    ProtocolError,
    SourceError,
)
from dagster_project.sources.core.redaction import excerpt
from dagster_project.sources.core.responses import Response, Retry

_TRANSIENT = {209, 225, 226}
_NOT_FOUND = {206, 208, 215, 216, 219, 220, 221}
_FORBIDDEN = 202
_OK = 101
_PLAN_REQUIRED = 227
_REFUSALS = (400, 413, 422)  # statuses


class RefusedRequestError(ProtocolError):
    """Smaily refused a parameter of the request."""


class _ErrorBody(msgspec.Struct):
    """The fields in which Smaily puts its errors; ids vary between numbers and text."""

    code: int | str | None = None
    message: Any = None


def classify(response: Response) -> SourceError | Retry | None:
    """Smaily's errors come as `{"code", "message"}`, mostly under HTTP 200."""
    if response.status == 401:
        return AuthenticationError(
            "Smaily refused the credentials (401). Check SMAILY_USERNAME and SMAILY_PASSWORD: they must be "
            "those of an API user (Account settings → Integrations → API), not your login."
        )
    if response.status == 429:
        return Retry("more requests per second than Smaily allows", seconds=1.0)
    if response.body.lstrip()[:1] != b"{":
        if response.status in _REFUSALS:
            return RefusedRequestError(
                f"Smaily refused the request ({response.status}): {excerpt(response.text)}. Check whether "
                "the vendor changed its API."
            )
        return None
    try:
        error = msgspec.json.decode(response.body, type=_ErrorBody)
        code = int(error.code) if error.code is not None else _OK
    except (msgspec.DecodeError, ValueError):
        return None  # parsing the body raises with the reason
    if code == _OK:
        return None
    if code == _PLAN_REQUIRED:
        return PlanRequiredError(
            "Smaily gives API access to paid packages only (code 227). Upgrade the account."
        )
    if code == _FORBIDDEN:
        return AuthenticationError(
            "The API user may not make this call (Smaily's code 202). Extend its permissions in Smaily."
        )
    if code in _TRANSIENT:
        return Retry(f"Smaily answered with code {code}")
    message = excerpt(str(error.message)).rstrip(".")
    if code in _NOT_FOUND:
        return NotFoundError(f"Smaily does not have this object (code {code}): {message}.")
    return RefusedRequestError(f"Smaily refused the request with code {code}: {message}.")
