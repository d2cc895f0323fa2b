"""HTTP client of all sources: rate limits, retries, error classification, secrets redacted from messages."""

import logging
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self, TypeVar, runtime_checkable
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from google.auth.exceptions import TransportError
from requests.auth import AuthBase

from dagster_project.sources.core.body import (
    LARGEST_BODY,
    BodyTooLargeError,
    keep_memory_of_bodies,
    read_body,
)
from dagster_project.sources.core.deadline import DeadlineAdapter
from dagster_project.sources.core.errors import (
    ConfigurationError,
    ProtocolError,
    SourceError,
    UnavailableError,
    WaitedTooLongError,
)
from dagster_project.sources.core.links import UnsafeLinkError, on_base_url, refuse_detours
from dagster_project.sources.core.records import MalformedBodyError, UnexpectedShapeError
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.responses import ErrorClassifier, Response, Retry, classify_by_status
from dagster_project.sources.core.retrying import MAX_WAIT_SECONDS, RetryPolicy
from dagster_project.sources.core.throttle import Throttle
from dagster_project.sources.core.waiting import WaitingBudget

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0  # a GA4 report of 100,000 rows takes long to prepare
ANSWER_DEADLINE = 300.0  # from the request to the last byte: 64 MB at 2 Mbit/s, or a slow report

logger = logging.getLogger(__name__)


@runtime_checkable
class RenewableAuth(Protocol):
    """Credentials that can be renewed when the source rejects them as expired."""

    def renew(self) -> None: ...


class Http:
    """The connection to one source.

    Every request has timeouts and waits for the throttle. Its response is read to the end, its errors are
    classified by the vendor's rules, its body is parsed, and the request is retried where a retry can help.
    Redirects are not followed, because they would send the credentials to another host.
    """

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        auth: AuthBase,
        classify: ErrorClassifier,
        throttle: Throttle,
        redactor: Redactor,
        retry: RetryPolicy,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        answer_deadline: float = ANSWER_DEADLINE,
        largest_body: int = LARGEST_BODY,
        waiting: WaitingBudget | None = None,
    ) -> None:
        keep_memory_of_bodies()
        self.throttle = throttle
        self._title = title
        self._base_url = base_url.rstrip("/") + "/"
        self._auth = auth
        self._classify = classify
        self._redactor = redactor
        self._retry = retry
        self._timeouts = timeouts
        self._answer_deadline = answer_deadline
        self._largest_body = largest_body
        self._waiting = waiting or WaitingBudget()
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter(answer_deadline))
        self._session.auth = auth
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "milepost"}
        )

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
        """Request `path` and return its body parsed; `endpoint` is its name in rate limits and messages."""
        try:
            refuse_detours(path)  # it may hold an id that the vendor gave
        except UnsafeLinkError as reason:
            raise ProtocolError(
                f"{self._title} gave an id for {endpoint or path} that no address can hold, because "
                f"{reason}: {self._redactor.quote(path)}. Report it to the vendor."
            ) from None
        return self._request("GET", self._base_url + path, endpoint or path, parse, {"params": parameters})

    def post(self, path: str, parse: Callable[[bytes], T], body: Any, endpoint: str | None = None) -> T:
        """The same as `get` for a request with a JSON body."""
        options = {"data": msgspec.json.encode(body), "headers": {"Content-Type": "application/json"}}
        return self._request("POST", self._base_url + path, endpoint or path, parse, options)

    def follow(self, link: str, parse: Callable[[bytes], T], endpoint: str) -> T:
        """The same as `get` for a paging link: its path and query, put onto the base URL."""
        try:
            url = on_base_url(link, self._base_url)
        except UnsafeLinkError as reason:
            raise ProtocolError(
                f"{self._title} gave a paging link at {endpoint} that is not followed, because {reason}: "
                f"{self._redactor.quote(link)}. Check the base URL; if it is right, report it to the vendor."
            ) from None
        return self._request("GET", url, endpoint, parse, {})

    def _request(
        self, method: str, url: str, endpoint: str, parse: Callable[[bytes], T], options: Mapping[str, Any]
    ) -> T:
        policy = self._retry
        is_renewed = False
        while True:
            self.throttle.wait(endpoint)
            response: Response | None = None
            begun = time.monotonic()
            try:
                response = self._send(method, url, options)
                if response.status == 401 and not is_renewed and isinstance(self._auth, RenewableAuth):
                    self._auth.renew()
                    is_renewed = True
                    continue
                retry = self._retry_for(response, endpoint)
                if retry is None:
                    return parse(response.body)
            except BodyTooLargeError:
                raise ProtocolError(
                    f"{self._title} answered {endpoint} with more than {self._largest_body >> 20:,} MB, more "
                    "than any page has; the rest was not read. Check the base URL; if it is right, report "
                    "it to the vendor."
                ) from None
            except MalformedBodyError as error:
                retry = Retry(f"the response is {self._redactor.quote(str(error))}", malformed=True)
            except UnexpectedShapeError as error:
                raise ProtocolError(
                    f"{self._title} answered {endpoint} in a shape that differs from its documentation: "
                    f"{self._redactor.quote(str(error))}. Check whether the vendor changed its API."
                ) from None
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                TransportError,
                OSError,
            ) as error:
                retry = self._connection_failure(error, urlsplit(url).hostname, time.monotonic() - begun)
            retry_after = response.headers.get("Retry-After") if response else None
            policy = self._wait(policy, retry, retry_after, endpoint)

    def _send(self, method: str, url: str, options: Mapping[str, Any]) -> Response:
        """One request and its complete response; MalformedBodyError when the body ends too early."""
        try:
            answer = self._session.request(
                method, url, timeout=self._timeouts, stream=True, allow_redirects=False, **options
            )
        except requests.RequestException:
            raise
        except ValueError:  # its message holds the credentials
            raise ConfigurationError(
                f"The credentials of {self._title} contain a character that no HTTP header can hold; copy "
                "them again."
            ) from None
        with answer as streamed:
            try:
                content = read_body(streamed, self._largest_body)
            except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError, zlib.error) as error:
                raise MalformedBodyError(f"truncated or undecodable ({type(error).__name__})") from None
            return Response(streamed.status_code, streamed.headers, content)

    def _retry_for(self, response: Response, endpoint: str) -> Retry | None:
        """None when the body can be parsed; raises an error that a retry cannot help."""
        outcome = self._classify(response)
        if outcome is None:
            body = self._redactor.quote(response.text) if response.status >= 300 else ""
            outcome = classify_by_status(response, f"{self._title} answered {endpoint}", body)
        if isinstance(outcome, SourceError):
            raise type(outcome)(self._redactor(str(outcome))) from None
        return outcome

    def _wait(self, policy: RetryPolicy, retry: Retry, retry_after: str | None, endpoint: str) -> RetryPolicy:
        """Wait before the next attempt; raises when no attempt is left or the wait is too long."""
        reason = self._redactor(retry.reason)
        remaining = policy.next_attempt()
        if remaining is None:
            kind = ProtocolError if retry.malformed else UnavailableError
            attempts = len(policy.history) + 1
            raise kind(f"{self._title} failed at {endpoint} {attempts} times: {reason}. Run again later.")
        seconds = remaining.wait_seconds(retry.seconds, retry_after)
        if seconds > MAX_WAIT_SECONDS:
            raise UnavailableError(
                f"{self._title} asks to wait {seconds:,.0f} seconds before the next request to {endpoint}: "
                f"{reason}. Run again after that."
            )
        if not self._waiting.take(seconds):
            raise WaitedTooLongError(
                f"{self._title} failed at {endpoint} ({reason}), and another {seconds:,.0f} seconds "
                f"would exceed the {self._waiting.seconds / 60:,.0f} minutes that a run waits for a source. "
                "Run again later."
            )
        logger.warning("%s, %s: %s; retrying in %.1f s.", self._title, endpoint, reason, seconds)
        remaining.pause(seconds)
        return remaining

    def _connection_failure(self, error: Exception, host: str | None, seconds: float) -> Retry:
        """The reason in requests' and urllib3's nested errors; raises when a retry cannot help."""
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise ConfigurationError(
                f"The TLS certificate of {host} is not trusted; check the base URL, or set "
                "REQUESTS_CA_BUNDLE to a file with the certificate authority's certificate."
            ) from None
        if seconds >= self._answer_deadline:
            self._waiting.lose(seconds)
            return Retry(f"the answer of {host} was not complete after {self._answer_deadline:g} seconds")
        inner = error.args[0] if error.args else error
        reason = getattr(inner, "reason", None) or inner
        kind = reason if isinstance(reason, Exception) else error
        return Retry(f"the connection to {host} failed ({type(kind).__name__})")
