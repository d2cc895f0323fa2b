"""One polite HTTP conversation with a source: limits, retries, verdicts, and no secret in any message."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3
from google.auth.exceptions import TransportError
from requests.auth import AuthBase

from dagster_project.sources.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.records import MalformedBodyError, UnexpectedShapeError
from dagster_project.sources.redaction import Redactor
from dagster_project.sources.retrying import LONGEST_WAIT, PoliteRetry
from dagster_project.sources.throttle import Throttle

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0  # a GA4 report of 100,000 rows takes its time

logger = logging.getLogger(__name__)


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


class Renewable(Protocol):
    """Credentials that can be had anew when the source calls them expired."""

    def renew(self) -> None: ...


# What a vendor's answer means: an error to raise, a reason to ask again, or None: as its status says.
Judge = Callable[[Answer], SourceError | Again | None]


class Http:
    """The connection to one source.

    Every exchange has timeouts, waits for the throttle, is read whole, judged by the vendor's rules, parsed and,
    where that can help, repeated. Redirects are not followed: they would hand the credentials over.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        auth: AuthBase,
        judge: Judge,
        throttle: Throttle,
        redactor: Redactor,
        retry: PoliteRetry,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        self.title = title
        self.redactor = redactor
        self.throttle = throttle
        self._base_url = base_url.rstrip("/") + "/"
        self._auth = auth
        self._judge = judge
        self._retry = retry
        self._timeouts = timeouts
        self._session = requests.Session()
        self._session.auth = auth
        self._session.headers.update({"Accept": "application/json", "User-Agent": "milepost"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self,
        path: str,
        parse: Callable[[bytes], T],
        parameters: Mapping[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> T:
        """What `parse` makes of the body at `path`; `endpoint` names it for limits and messages."""
        return self._ask("GET", self._base_url + path, endpoint or path, parse, parameters, None)

    def post(self, path: str, parse: Callable[[bytes], T], body: Any, endpoint: str | None = None) -> T:
        """The same for a question that stands in a JSON body."""
        return self._ask(
            "POST", self._base_url + path, endpoint or path, parse, None, msgspec.json.encode(body)
        )

    def follow(self, link: str, parse: Callable[[bytes], T], endpoint: str) -> T:
        """The same for a paging link, which must lead to where the source itself is."""
        url = urljoin(self._base_url, link)
        if _origin(url) != _origin(self._base_url):
            host = urlsplit(url).hostname
            raise ProtocolError(
                f"{self.title} gave a paging link to another host ({host}) at {endpoint}; it was refused, since "
                f"following it would hand over the credentials. Check the base URL ({self._base_url})."
            )
        return self._ask("GET", url, endpoint, parse, None, None)

    def _ask(
        self,
        method: str,
        url: str,
        endpoint: str,
        parse: Callable[[bytes], T],
        parameters: Mapping[str, Any] | None,
        body: bytes | None,
    ) -> T:
        retry: PoliteRetry = self._retry
        renewed = False
        while True:
            self.throttle.wait(endpoint)
            retry_after: str | None = None
            malformed = False
            try:
                answer = self._exchange(method, url, parameters, body)
                retry_after = answer.headers.get("Retry-After")
                if answer.status == 401 and not renewed and hasattr(self._auth, "renew"):
                    renewed = True
                    self._auth.renew()
                    continue
                again = self._verdict(answer, endpoint)
                if again is None:
                    return parse(answer.body)
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                TransportError,
                OSError,
            ) as error:
                again = Again(f"the connection failed ({type(error).__name__})")
            except MalformedBodyError as error:
                again, malformed = Again(f"the answer is {self.redactor.quote(str(error))}"), True
            except UnexpectedShapeError as error:
                raise ProtocolError(
                    f"{self.title} answered {endpoint} in another shape than documented: "
                    f"{self.redactor.quote(str(error))}. The vendor may have changed its interface."
                ) from None
            retry = self._pause(retry, again, retry_after, malformed, method, endpoint)

    def _exchange(
        self, method: str, url: str, parameters: Mapping[str, Any] | None, body: bytes | None
    ) -> Answer:
        headers = {"Content-Type": "application/json"} if body is not None else None
        with self._session.request(
            method,
            url,
            params=parameters,
            data=body,
            headers=headers,
            timeout=self._timeouts,
            stream=True,
            allow_redirects=False,
        ) as response:
            # A body shorter than announced raises here; `.content` costs a quarter more.
            content: bytes = response.raw.read(decode_content=True)
            return Answer(response.status_code, response.headers, content)

    def _verdict(self, answer: Answer, endpoint: str) -> Again | None:
        """None when the body is good to parse; raises what repeating cannot help."""
        judged = self._judge(answer)
        if isinstance(judged, SourceError):
            raise judged
        if judged is not None:
            return judged
        status, said = answer.status, self.redactor.quote(answer.text)
        if 200 <= status < 300:
            return None
        if status in (408, 425, 429) or status >= 500:
            return Again(f"the source answered {status}")
        where = f"{self.title} answered {status} at {endpoint}"
        if 300 <= status < 400:
            raise ConfigurationError(f"{where}, a redirect, which is not followed; correct the base URL.")
        if status in (401, 403):
            raise AuthenticationError(f"{where}: {said}. Check the credentials and what they may read.")
        if status in (404, 410):
            raise NotFoundError(f"{where}: there is no such thing. Check the base URL and the account.")
        raise ProtocolError(f"{where}: {said}. The request does not suit the source.")

    def _pause(
        self,
        retry: PoliteRetry,
        again: Again,
        retry_after: str | None,
        malformed: bool,
        method: str,
        endpoint: str,
    ) -> PoliteRetry:
        left = retry.spent(method, endpoint)
        reason = self.redactor(again.reason)
        if left is None:
            attempts = len(retry.history) + 1
            kind = ProtocolError if malformed else UnavailableError
            raise kind(f"{self.title} failed at {endpoint} {attempts} times: {reason}. Run again later.")
        seconds = left.seconds_to_wait(again.seconds, retry_after)
        if seconds > LONGEST_WAIT:
            raise UnavailableError(
                f"{self.title} asks to wait {seconds:,.0f} seconds at {endpoint}: {reason}. Run again after that."
            )
        logger.warning("%s, %s: %s; asking again in %.1f s.", self.title, endpoint, reason, seconds)
        left.pause(seconds)
        return left


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
