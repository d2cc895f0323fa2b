"""Authorization by a Google service account: key file and access tokens."""

import json
from pathlib import Path
from typing import Any

import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request as TokenTransport
from google.oauth2.service_account import Credentials
from requests.auth import AuthBase

from dagster_project.sources.core.errors import AuthenticationError, ConfigurationError
from dagster_project.sources.core.redaction import Redactor

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)
TOKEN_TIMEOUT = 30.0


def read_key_file(path: Path) -> dict[str, Any]:
    """The key file's fields; ConfigurationError when it is not a service account's key."""
    if not path.is_file():
        raise ConfigurationError(
            f"GOOGLE_APPLICATION_CREDENTIALS names {path}, which is not a file; correct the path."
        )
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        fields = None
    if not isinstance(fields, dict) or fields.get("type") != "service_account":
        raise ConfigurationError(
            f"{path} is not the JSON key of a service account; create one in Google Cloud → IAM → "
            "Service accounts → Keys."
        )
    return fields


class ServiceAccountAuth(AuthBase):
    """Adds a token to every request; renews it before it expires, or when Google rejects it as expired.

    The token comes from the `token_uri` of the key file.
    """

    def __init__(self, key_file: Path, redactor: Redactor) -> None:
        fields = read_key_file(key_file)
        redactor.learn(fields.get("private_key"))
        try:
            self._credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                fields, scopes=SCOPES
            )
        except ValueError:
            raise ConfigurationError(
                f"{key_file} lacks a field or has an unreadable private key; download the key again."
            ) from None
        self.account: str = self._credentials.service_account_email
        self._redactor = redactor
        self._session = requests.Session()
        self._transport = TokenTransport(session=self._session)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._credentials.valid:
            self.renew()
        request.headers["Authorization"] = f"Bearer {self._credentials.token}"
        return request

    def renew(self) -> None:
        """A new token; AuthenticationError when Google refuses one."""
        try:
            self._credentials.refresh(self._timed_transport)
        except RefreshError as error:
            if error.retryable:
                raise TransportError("the token endpoint is busy") from None  # type: ignore[no-untyped-call]
            reason = self._redactor.quote(str(error.args[0] if error.args else error))
            raise AuthenticationError(
                f"Google refused a token to {self.account}: {reason}. Check that the service account and its "
                "key still exist and that this machine's clock is correct."
            ) from None
        self._redactor.learn(self._credentials.token)

    def close(self) -> None:
        self._session.close()

    def _timed_transport(self, *arguments: Any, **named: Any) -> Any:
        return self._transport(*arguments, **{**named, "timeout": TOKEN_TIMEOUT})
