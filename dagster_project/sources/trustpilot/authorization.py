"""Authorization by a business application: key and secret for a token that expires.

Whether a token of client credentials can be refreshed is not established, so a new one is asked for. By
the documentation its lifetime comes as text; one that cannot be read leaves renewal to the vendor's refusal.
"""

import math
import time
import zlib
from collections.abc import Callable

import msgspec
import requests
import urllib3
from requests.auth import AuthBase, HTTPBasicAuth

from dagster_project.sources.core.body import BodyTooLargeError, read_body
from dagster_project.sources.core.deadline import DeadlineAdapter
from dagster_project.sources.core.errors import AuthenticationError, ProtocolError, SourceError
from dagster_project.sources.core.records import MalformedBodyError, UnexpectedShapeError, decode
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.trustpilot.errors import CREDENTIALS, TITLE

TOKEN_PATH = "oauth/oauth-business-users-for-applications/accesstoken"
TOKEN_TIMEOUT = 30.0
LARGEST_TOKEN = 1 << 20  # bytes of the token endpoint's answer
EARLY = 60.0  # seconds before its end in which a token is not used any more
_BUSY = (408, 425, 429)


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | str | None = None


class TokenAuth(AuthBase):
    """Adds the key and a token to every request; renews the token before its end, or when it is refused."""

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        redactor: Redactor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = base_url.rstrip("/") + "/" + TOKEN_PATH
        self._key = key
        self._credentials = HTTPBasicAuth(key.encode(), secret.encode())
        self._redactor = redactor
        self._clock = clock
        self._token: str | None = None
        self._ends_at = math.inf
        self._is_proven = False
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter(TOKEN_TIMEOUT))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is None or self._clock() >= self._ends_at:
            self.renew()
        request.headers["apikey"] = self._key
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def prove(self) -> None:
        """The token was accepted: a later refusal may mean that it has expired."""
        self._is_proven = True

    def forget_proven_token(self) -> bool:
        """Whether there was one, after which a new one will be asked for."""
        was_proven = self._is_proven
        if was_proven:
            self._token, self._is_proven = None, False
        return was_proven

    def renew(self) -> None:
        """A new token; AuthenticationError when Trustpilot refuses one."""
        status, body = self._answer()
        if status in _BUSY or status >= 500:
            raise requests.ConnectionError(f"the token endpoint answered {status}")
        if status >= 300:
            raise AuthenticationError(
                f"{TITLE} refused a token ({status}). Check {CREDENTIALS}: key and secret of the application "
                "in Trustpilot Business → Integrations → APIs."
            )
        try:
            token = decode(body, _Token)
        except UnexpectedShapeError:
            raise self._no_token() from None
        except MalformedBodyError as error:  # a ValueError, which would be taken for one of the request
            raise requests.exceptions.ContentDecodingError(str(error)) from None
        if not token.access_token.isascii() or not token.access_token.isprintable() or not token.access_token:
            raise self._no_token()
        self._redactor.learn(token.access_token)
        self._token, self._is_proven = token.access_token, False
        self._ends_at = self._clock() + _usable_seconds(token.expires_in)

    def close(self) -> None:
        self._session.close()

    def _answer(self) -> tuple[int, bytes]:
        try:
            with self._session.post(
                self._url,
                data={"grant_type": "client_credentials"},
                auth=self._credentials,
                timeout=TOKEN_TIMEOUT,
                stream=True,
                allow_redirects=False,
            ) as answer:
                return answer.status_code, read_body(answer, LARGEST_TOKEN)
        except (urllib3.exceptions.HTTPError, zlib.error) as error:
            raise requests.ConnectionError(f"the token was cut off ({type(error).__name__})") from None
        except BodyTooLargeError:
            raise self._no_token() from None

    def _no_token(self) -> SourceError:
        return ProtocolError(
            f"The token endpoint of {TITLE} answered with something that is not a token; check "
            "TRUSTPILOT_BASE_URL."
        )


def _usable_seconds(lifetime: float | str | None) -> float:
    """How long a token may be used; at least a second, so that a short lifetime is no loop of renewals."""
    try:
        seconds = float(lifetime if lifetime is not None else math.inf)
    except ValueError:
        return math.inf
    return max(seconds - EARLY, seconds / 2, 1.0) if seconds > 0 else math.inf
