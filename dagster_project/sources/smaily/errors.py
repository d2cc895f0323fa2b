"""What Smaily's errors mean and what to do about them."""

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
from dagster_project.sources.core.responses import Again, Answer

_TRANSIENT = {209, 225, 226}
_NOT_FOUND = {206, 208, 215, 216, 219, 220, 221}
_FORBIDDEN = 202
_OK = 101
_PLAN_REQUIRED = 227


class _Said(msgspec.Struct):
    """The part of an answer in which Smaily puts its errors; ids drift between numbers and text."""

    code: int | str | None = None
    message: Any = None


def judge(answer: Answer) -> SourceError | Again | None:
    """Smaily's errors come as `{"code", "message"}`, mostly under HTTP 200."""
    if answer.status == 401:
        return AuthenticationError(
            "Smaily refused the credentials (401). Check SMAILY_USERNAME and SMAILY_PASSWORD: they belong to "
            "an API user, which is not the login."
        )
    if answer.status == 429:
        return Again("more requests per second than Smaily allows", seconds=1.0)
    if answer.body.lstrip()[:1] != b"{":
        return None
    try:
        said = msgspec.json.decode(answer.body, type=_Said)
        code = int(said.code) if said.code is not None else _OK
    except (msgspec.DecodeError, ValueError):
        return None  # parsing says what is wrong with it
    if code == _OK:
        return None
    if code == _PLAN_REQUIRED:
        return PlanRequiredError(
            "Smaily gives API access to paid packages only (code 227). Upgrade the account."
        )
    if code == _FORBIDDEN:
        return AuthenticationError(
            "Smaily forbids the API user this call (code 202). Extend the user's rights."
        )
    if code in _TRANSIENT:
        return Again(f"Smaily answered with code {code}")
    message = excerpt(str(said.message))
    if code in _NOT_FOUND:
        return NotFoundError(f"Smaily has no such object (code {code}): {message}.")
    return ProtocolError(f"Smaily refused the request with code {code}: {message}.")
