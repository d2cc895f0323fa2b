"""Responses of a source and the classification of their errors."""

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
class Response:
    """A response, read to the end and decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is not one."""
        try:
            decoded = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return decoded if isinstance(decoded, dict) else {}


@dataclass(frozen=True)
class Retry:
    """The request may be retried, after at least `seconds`."""

    reason: str
    seconds: float = 0.0
    malformed: bool = False


# A vendor's classification of a response: an error, a retry, or None to classify it by its HTTP status.
ErrorClassifier = Callable[[Response], SourceError | Retry | None]


def classify_by_status(response: Response, where: str, body: str) -> SourceError | Retry | None:
    """Classify a response by its HTTP status; None when the body can be parsed."""
    status = response.status
    if 200 <= status < 300:
        return None
    if status in _TRANSIENT or status >= 500:
        return Retry(f"the source answered {status}")
    if 300 <= status < 400:
        return ConfigurationError(
            f"{where} with {status}, a redirect. Redirects are not followed; correct the base URL."
        )
    if status in (401, 403):
        return AuthenticationError(
            f"{where} with {status}: {body}. Check the credentials and their permissions."
        )
    if status in (404, 410):
        return NotFoundError(f"{where} with {status}: it does not exist. Check the base URL and the account.")
    return ProtocolError(
        f"{where} with {status}: {body}. The request is invalid; check whether the vendor changed its API."
    )
