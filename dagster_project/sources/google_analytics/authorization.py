"""Authorization by a Google service account: key file and access tokens."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import urllib3
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.service_account import Credentials
from requests.auth import AuthBase

from dagster_project.sources.core.body import BodyTooLargeError, read_body
from dagster_project.sources.core.configuration import ALLOW_HTTP, sends_in_clear
from dagster_project.sources.core.deadline import DeadlineAdapter
from dagster_project.sources.core.errors import AuthenticationError, ConfigurationError, ProtocolError
from dagster_project.sources.core.redaction import Redactor

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)
TOKEN_TIMEOUT = 30.0
_BUSY = (408, 425, 429)
LARGEST_TOKEN = 1 << 20  # bytes of the token endpoint's answer


def read_key_file(path: Path) -> dict[str, Any]:
    """The key file's fields; ConfigurationError when it is not a service account's key."""
    if not path.is_file():
        raise ConfigurationError(
            f"GOOGLE_APPLICATION_CREDENTIALS names {path}, which is not a file; correct the path."
        )
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
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

    def __init__(
        self,
        key_file: Path,
        redactor: Redactor,
        allow_http: bool = False,
        scopes: Sequence[str] = SCOPES,
    ) -> None:
        fields = read_key_file(key_file)
        if sends_in_clear(str(fields.get("token_uri", ""))) and not allow_http:
            raise ConfigurationError(
                f"`token_uri` of {key_file} would send the credentials unencrypted; write https://, or set "
                f"{ALLOW_HTTP}=1 if the network in between is trusted."
            )
        redactor.learn(fields.get("private_key"))
        try:
            self._credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                fields, scopes=scopes
            )
        except ValueError:
            raise ConfigurationError(
                f"{key_file} lacks a field or has an unreadable private key; download the key again."
            ) from None
        self.account: str = self._credentials.service_account_email
        self._redactor = redactor
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter(TOKEN_TIMEOUT))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._credentials.valid:
            self.renew()
        request.headers["Authorization"] = f"Bearer {self._credentials.token}"
        return request

    def renew(self) -> None:
        """A new token; AuthenticationError when Google refuses one."""
        try:
            self._credentials.refresh(self._exchange)
        except RefreshError as error:
            if error.retryable:
                raise TransportError("the token endpoint is busy") from None  # type: ignore[no-untyped-call]
            reason = self._redactor.quote(str(error.args[0] if error.args else error))
            raise AuthenticationError(
                f"Google refused a token to {self.account}: {reason}. Check that the service account and its "
                "key still exist and that this machine's clock is correct."
            ) from None
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            raise self._no_token() from None
        token = self._credentials.token
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise self._no_token()
        self._redactor.learn(token)

    def close(self) -> None:
        self._session.close()

    def _no_token(self) -> ProtocolError:
        return ProtocolError(
            f"The token endpoint answered {self.account} with something that is not a token; check "
            "`token_uri` in the key file."
        )

    def _exchange(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> "_TokenAnswer":
        """One request as google-auth makes it, bounded, and without following a redirect."""
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=TOKEN_TIMEOUT,
                stream=True,
                allow_redirects=False,
            ) as answer:
                content = read_body(answer, LARGEST_TOKEN)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, zlib.error) as error:
            raise TransportError(error) from None  # type: ignore[no-untyped-call]
        except BodyTooLargeError:
            raise self._no_token() from None
        if answer.status_code in _BUSY or answer.status_code >= 500:  # google-auth takes 502 for a refusal
            raise TransportError(f"the token endpoint answered {answer.status_code}")  # type: ignore[no-untyped-call]
        return _TokenAnswer(answer.status_code, answer.headers, content)


@dataclass(frozen=True)
class _TokenAnswer:
    status: int
    headers: Mapping[str, str]
    data: bytes
