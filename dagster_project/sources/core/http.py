"""One polite HTTP conversation with a source: limits, retries, verdicts, and no secret in any message."""

import logging
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self, TypeVar, runtime_checkable
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3
from google.auth.exceptions import TransportError
from requests.auth import AuthBase

from dagster_project.sources.core.body import keep_memory_of_bodies, read_body
from dagster_project.sources.core.errors import (
    ConfigurationError,
    ProtocolError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.records import MalformedBodyError, UnexpectedShapeError
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.responses import Again, Answer, Judge, judge_by_status
from dagster_project.sources.core.retrying import LONGEST_WAIT, PoliteRetry
from dagster_project.sources.core.throttle import Throttle

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0  # a GA4 report of 100,000 rows takes its time

logger = logging.getLogger(__name__)


@runtime_checkable
class Renewable(Protocol):
    """Credentials that can be had anew when the source calls them expired."""

    def renew(self) -> None: ...


class Http:
    """The connection to one source.

    Every exchange has timeouts, waits for the throttle, is read whole, judged by the vendor's rules, parsed
    and, where that can help, repeated. Redirects are not followed: they would hand the credentials over.
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
        keep_memory_of_bodies()
        self.throttle = throttle
        self._title = title
        self._base_url = base_url.rstrip("/") + "/"
        self._auth = auth
        self._judge = judge
        self._redactor = redactor
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
        return self._ask("GET", self._base_url + path, endpoint or path, parse, {"params": parameters})

    def post(self, path: str, parse: Callable[[bytes], T], body: Any, endpoint: str | None = None) -> T:
        """The same for a question that stands in a JSON body."""
        question = {"data": msgspec.json.encode(body), "headers": {"Content-Type": "application/json"}}
        return self._ask("POST", self._base_url + path, endpoint or path, parse, question)

    def follow(self, link: str, parse: Callable[[bytes], T], endpoint: str) -> T:
        """The same for a paging link, which must lead to where the source itself is."""
        try:
            url = urljoin(self._base_url, link)
            is_at_home = _origin(url) == _origin(self._base_url)
        except ValueError:  # no address at all
            is_at_home = False
        if not is_at_home:
            raise ProtocolError(
                f"{self._title} gave a paging link to another host at {endpoint}: "
                f"{self._redactor.quote(link)}. It was refused, since following it would hand over the "
                "credentials; check the base URL."
            )
        return self._ask("GET", url, endpoint, parse, {})

    def _ask(
        self, method: str, url: str, endpoint: str, parse: Callable[[bytes], T], question: Mapping[str, Any]
    ) -> T:
        retry = self._retry
        is_renewed = False
        while True:
            self.throttle.wait(endpoint)
            answer: Answer | None = None
            try:
                answer = self._exchange(method, url, question)
                if answer.status == 401 and not is_renewed and isinstance(self._auth, Renewable):
                    self._auth.renew()
                    is_renewed = True
                    continue
                again = self._verdict(answer, endpoint)
                if again is None:
                    return parse(answer.body)
            except MalformedBodyError as error:
                again = Again(f"the answer is {self._redactor.quote(str(error))}", malformed=True)
            except UnexpectedShapeError as error:
                raise ProtocolError(
                    f"{self._title} answered {endpoint} in another shape than documented: "
                    f"{self._redactor.quote(str(error))}. The vendor may have changed its interface."
                ) from None
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                TransportError,
                OSError,
            ) as error:
                again = _connection_failure(error, urlsplit(url).hostname)
            asked = answer.headers.get("Retry-After") if answer else None
            retry = self._pause(retry, again, asked, endpoint)

    def _exchange(self, method: str, url: str, question: Mapping[str, Any]) -> Answer:
        """One request and its whole answer; MalformedBodyError when the body ends too early."""
        with self._session.request(
            method, url, timeout=self._timeouts, stream=True, allow_redirects=False, **question
        ) as response:
            try:
                content = read_body(response)
            except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError, zlib.error) as error:
                raise MalformedBodyError(f"cut short ({type(error).__name__})") from None
            return Answer(response.status_code, response.headers, content)

    def _verdict(self, answer: Answer, endpoint: str) -> Again | None:
        """None when the body is good to parse; raises what repeating cannot help."""
        judged = self._judge(answer)
        if judged is None:
            said = self._redactor.quote(answer.text) if answer.status >= 300 else ""
            judged = judge_by_status(answer, f"{self._title} answered {endpoint}", said)
        if isinstance(judged, SourceError):
            raise type(judged)(self._redactor(str(judged))) from None
        return judged

    def _pause(self, retry: PoliteRetry, again: Again, asked: str | None, endpoint: str) -> PoliteRetry:
        """Wait as long as it takes; raises when there is no attempt left or the wait is too long."""
        reason = self._redactor(again.reason)
        left = retry.spent()
        if left is None:
            kind = ProtocolError if again.malformed else UnavailableError
            attempts = len(retry.history) + 1
            raise kind(f"{self._title} failed at {endpoint} {attempts} times: {reason}. Run again later.")
        seconds = left.seconds_to_wait(again.seconds, asked)
        if seconds > LONGEST_WAIT:
            raise UnavailableError(
                f"{self._title} asks for {seconds:,.0f} seconds of patience at {endpoint}: {reason}. "
                "Run again after that."
            )
        logger.warning("%s, %s: %s; asking again in %.1f s.", self._title, endpoint, reason, seconds)
        left.pause(seconds)
        return left


def _connection_failure(error: Exception, host: str | None) -> Again:
    """The reason in requests' and urllib3's nested errors; ConfigurationError when it cannot go away."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        raise ConfigurationError(
            f"The certificate of {host} is not trusted; check the base URL, or add the authority's "
            "certificate and name it in REQUESTS_CA_BUNDLE."
        ) from None
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None) or inner
    kind = reason if isinstance(reason, Exception) else error
    return Again(f"the connection to {host} failed ({type(kind).__name__})")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
