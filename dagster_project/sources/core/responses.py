"""A source's answers and what they mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    SourceError,
)

_TRANSIENT = (408, 425, 429)


@dataclass(frozen=True)
class Answer:
    """What came back, read to the end and decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            decoded = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return decoded if isinstance(decoded, dict) else {}


@dataclass(frozen=True)
class Again:
    """The request may be repeated, after at least `seconds`."""

    reason: str
    seconds: float = 0.0
    malformed: bool = False


# A vendor's own reading of an answer: an error, a reason to ask again, or None to go by the status.
Judge = Callable[[Answer], SourceError | Again | None]


def judge_by_status(answer: Answer, where: str, said: str) -> SourceError | Again | None:
    """What HTTP itself says; None when the body is good to parse."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in _TRANSIENT or status >= 500:
        return Again(f"the source answered {status}")
    if 300 <= status < 400:
        return ConfigurationError(
            f"{where} with {status}, a redirect, which is not followed; correct the base URL."
        )
    if status in (401, 403):
        return AuthenticationError(
            f"{where} with {status}: {said}. Check the credentials and what they may read."
        )
    if status in (404, 410):
        return NotFoundError(
            f"{where} with {status}: there is no such thing. Check the base URL and the account."
        )
    return ProtocolError(f"{where} with {status}: {said}. The request does not suit the source.")
