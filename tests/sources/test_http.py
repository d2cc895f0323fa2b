"""HTTP faults over a socket: what is retried, how long the client waits, what the messages say."""

import gzip
import logging
import zlib
from email.utils import formatdate
from pathlib import Path
from time import sleep, time
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PlanRequiredError,
    ProtocolError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.records import split_list
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.responses import Response, Retry
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import Throttle

SECRET = "hush-hush"


def classify_nothing(_: Response) -> SourceError | Retry | None:
    return None


@pytest.fixture
def http(vendor: Any, waits: list[float]) -> Http:
    return open_http(vendor, waits)


def open_http(vendor: Any, waits: list[float], **changes: Any) -> Http:
    settings: dict[str, Any] = {
        "title": "Vendor",
        "base_url": vendor.base_url + "/api/",
        "auth": HTTPBasicAuth("user", SECRET),
        "classify": classify_nothing,
        "throttle": Throttle(sleep=waits.append),
        "redactor": Redactor([SECRET, f"user:{SECRET}"]),
        "retry": RetryPolicy(3, backoff_factor=1.0, pause=waits.append),
        "timeouts": (1.0, 1.0),
    }
    return Http(**{**settings, **changes})


def test_a_valid_response_is_parsed(http: Http, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"a": 1}], headers={"Content-Type": "text/html"}))
    assert http.get("list.php", split_list, {"page": 0}) == [b'{"a": 1}']
    assert vendor.requests[0].path == "/api/list.php"
    assert vendor.requests[0].query == {"page": "0"}
    assert vendor.requests[0].headers["Authorization"].startswith("Basic ")


def test_one_connection_serves_many_requests(http: Http, vendor: Any, reply: Any) -> None:
    vendor.script(reply([{"a": 1}]))
    for _ in range(5):
        http.get("x", split_list)
    assert (len(vendor.requests), vendor.connections) == (5, 1)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b'[{"a":1}]', mtime=0), "gzip"),
        (gzip.compress(b'[{"a":1}]', mtime=0), "GZIP"),
        (gzip.compress(b'[{"a"', mtime=0) + gzip.compress(b":1}]", mtime=0), "gzip"),
        (zlib.compress(b'[{"a":1}]'), "deflate"),
        (b'[{"a":1}]', "identity"),
    ],
)
def test_a_compressed_response_is_decompressed(
    http: Http, vendor: Any, reply: Any, body: bytes, encoding: str
) -> None:
    vendor.script(reply(body, headers={"Content-Encoding": encoding}))
    assert http.get("x", split_list) == [b'{"a":1}']


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b'[{"a":1}]', mtime=0)[:-9],
        gzip.compress(b'[{"a":1}]', mtime=0) + gzip.compress(b" ", mtime=0)[:-9],
        b'[{"a":1}]',
        b"",
    ],
)
def test_an_incomplete_gzip_body_is_retried(
    http: Http, vendor: Any, reply: Any, waits: list[float], body: bytes
) -> None:
    vendor.script(reply(body, headers={"Content-Encoding": "gzip"}), reply([]))
    assert http.get("x", split_list) == []
    assert len(waits) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_transient_status_is_retried(
    http: Http, vendor: Any, reply: Any, waits: list[float], status: int
) -> None:
    vendor.script(reply(b"", status), reply([]))
    assert http.get("x", split_list) == []
    assert len(waits) == 1
    assert 0.5 <= waits[0] <= 1.0


def test_the_backoff_doubles_and_ends(http: Http, vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.script(reply(b"", 503))
    with pytest.raises(UnavailableError, match=r"Vendor failed at x 4 times: the source answered 503"):
        http.get("x", split_list)
    assert len(vendor.requests) == 4
    for wait, longest in zip(waits, (1.0, 2.0, 4.0), strict=True):
        assert longest / 2 <= wait <= longest


def test_retry_after_is_honoured(http: Http, vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.script(reply(b"", 429, {"Retry-After": "17"}), reply([]))
    http.get("x", split_list)
    assert waits == [17.0]


def test_retry_after_may_be_a_date(http: Http, vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.script(reply(b"", 503, {"Retry-After": formatdate(time() + 120, usegmt=True)}), reply([]))
    http.get("x", split_list)
    assert 100 < waits[0] <= 121


def test_an_unreadable_retry_after_is_ignored(
    http: Http, vendor: Any, reply: Any, waits: list[float]
) -> None:
    vendor.script(reply(b"", 429, {"Retry-After": "soon"}), reply([]))
    http.get("x", split_list)
    assert waits[0] <= 1.0


def test_too_long_a_wait_is_left_to_the_next_run(
    http: Http, vendor: Any, reply: Any, waits: list[float]
) -> None:
    vendor.script(reply(b"", 503, {"Retry-After": "7200"}))
    with pytest.raises(UnavailableError, match="7,200 seconds"):
        http.get("x", split_list)
    assert waits == []


@pytest.mark.parametrize(
    "first",
    [
        {"body": b"<html>Service busy</html>"},
        {"body": b'[{"a":1},{"a"'},
        {"body": b'[{"a":1}]', "cut": 20},
        {"body": b""},
        {"hang_up": True},
    ],
    ids=["html", "truncated", "shorter than announced", "empty", "dropped"],
)
def test_a_broken_response_is_retried(http: Http, vendor: Any, reply: Any, first: dict[str, Any]) -> None:
    vendor.script(reply(**first), reply([{"a": 1}]))
    assert http.get("x", split_list) == [b'{"a": 1}']


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"body": b"<html>Service busy</html>"}, "HTML"),
        ({"body": b'[{"a":1}]', "cut": 20}, r"truncated or undecodable \("),
        ({"body": b'[{"a":1},{"a"'}, "invalid JSON"),
    ],
)
def test_a_response_that_stays_broken_is_a_protocol_error(
    http: Http, vendor: Any, reply: Any, broken: dict[str, Any], words: str
) -> None:
    vendor.script(reply(**broken))
    with pytest.raises(ProtocolError, match=words):
        http.get("x", split_list)


def test_a_dropped_connection_ends_as_unavailable(http: Http, vendor: Any, reply: Any) -> None:
    vendor.script(reply(hang_up=True))
    with pytest.raises(UnavailableError, match=r"the connection to 127\.0\.0\.1 failed"):
        http.get("x", split_list)


def test_a_refused_connection_ends_as_unavailable(vendor: Any, waits: list[float]) -> None:
    vendor.close()
    with pytest.raises(UnavailableError, match=r"failed \(NewConnectionError\)"):
        open_http(vendor, waits).get("x", split_list)


def test_an_untrusted_certificate_is_not_retried(vendor: Any, waits: list[float], tmp_path: Path) -> None:
    vendor.use_self_signed_certificate(tmp_path)
    with pytest.raises(ConfigurationError, match=r"certificate of 127\.0\.0\.1 is not trusted"):
        open_http(vendor, waits).get("x", split_list)
    assert waits == []


def test_a_slow_response_times_out(vendor: Any, reply: Any, waits: list[float]) -> None:
    def slow(_: Any) -> Any:
        sleep(0.3)
        return reply([])

    vendor.respond = slow
    http = open_http(vendor, waits, timeouts=(1.0, 0.05), retry=RetryPolicy(1, pause=waits.append))
    with pytest.raises(UnavailableError, match="Timeout"):
        http.get("x", split_list)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ConfigurationError),
        (400, ProtocolError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (410, NotFoundError),
    ],
)
def test_final_errors_are_not_retried(
    http: Http, vendor: Any, reply: Any, status: int, kind: type[SourceError]
) -> None:
    vendor.script(reply(b"no", status, {"Location": "http://elsewhere.example/"}))
    with pytest.raises(kind):
        http.get("x", split_list)
    assert len(vendor.requests) == 1


def test_an_unexpected_shape_is_not_retried(http: Http, vendor: Any, reply: Any) -> None:
    vendor.script(reply({"rows": []}))
    with pytest.raises(ProtocolError, match="shape that differs"):
        http.get("x", split_list)
    assert len(vendor.requests) == 1


def test_a_vendor_classifier_may_request_a_retry_with_a_wait(
    vendor: Any, reply: Any, waits: list[float]
) -> None:
    def classify(response: Response) -> SourceError | Retry | None:
        return Retry("slow down", seconds=60.0) if b"slow" in response.body else None

    vendor.script(reply({"say": "slow"}), reply([]))
    assert open_http(vendor, waits, classify=classify).get("x", split_list) == []
    assert waits == [60.0]


def test_a_paging_link_on_the_same_host_is_followed(http: Http, vendor: Any, reply: Any) -> None:
    vendor.script(reply([]))
    http.follow(f"{vendor.base_url}/api/next?after=2", split_list, "x")
    assert vendor.requests[0].query == {"after": "2"}


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/api/",
        "http://[x",
        "http://127.0.0.1:x/",
        "https://127.0.0.1/api/",
        "//evil.example/x",
        "http://127.0.0.1:1/api/",
    ],
)
def test_a_paging_link_to_another_host_is_refused(http: Http, vendor: Any, link: str) -> None:
    with pytest.raises(ProtocolError, match="is not followed"):
        http.follow(link, split_list, "x")
    assert vendor.requests == []


def test_no_secret_reaches_errors_or_logs(
    vendor: Any, reply: Any, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    def classify(response: Response) -> SourceError | Retry | None:
        return PlanRequiredError(f"no plan for {SECRET}") if b"plan" in response.body else None

    caplog.set_level(logging.DEBUG)
    http = open_http(vendor, waits, classify=classify)
    messages = []
    echo = lambda request: reply(f"{request.headers['Authorization']} {SECRET} a@example.com".encode(), 403)  # noqa: E731
    for respond in (echo, lambda _: reply(b"plan"), lambda _: reply(b"", 503)):
        vendor.respond = respond
        with pytest.raises(SourceError) as caught:
            http.get("x", split_list)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        messages.append(str(caught.value))
    text = " ".join(messages) + caplog.text
    assert SECRET not in text
    assert "dXNlcj" not in text  # the beginning of user:… in base64
    assert "a@example.com" not in text


def test_clients_that_failed_together_do_not_return_together() -> None:
    seconds = []
    for _ in range(50):
        attempt = RetryPolicy(3, backoff_factor=1.0).next_attempt()
        assert attempt is not None
        seconds.append(attempt.wait_seconds(0.0, None))
    assert 0.5 <= min(seconds) < 0.7
    assert 0.8 < max(seconds) <= 1.0


@pytest.mark.parametrize(
    ("least", "retry_after", "expected"), [(60.0, "17", 60.0), (5.0, "17", 17.0), (0.0, "0", None)]
)
def test_the_longest_of_all_waits_is_waited(least: float, retry_after: str, expected: float | None) -> None:
    attempt = RetryPolicy(3, backoff_factor=1.0).next_attempt()
    assert attempt is not None
    seconds = attempt.wait_seconds(least, retry_after)
    assert seconds == expected if expected else 0.5 <= seconds <= 1.0


def test_the_backoff_has_a_ceiling(vendor: Any, reply: Any, waits: list[float]) -> None:
    retry = RetryPolicy(6, backoff_factor=1.0, backoff_max=3.0, pause=waits.append)
    vendor.script(reply(b"", 503))
    with pytest.raises(UnavailableError, match="7 times"):
        open_http(vendor, waits, retry=retry).get("x", split_list)
    assert len(waits) == 6
    assert all(1.5 <= wait <= 3.0 for wait in waits[2:])


def test_a_request_that_came_too_early_is_sent_again(
    http: Http, vendor: Any, reply: Any, waits: list[float]
) -> None:
    vendor.script(reply(b"", 425), reply([]))
    assert http.get("x", split_list) == []
    assert len(waits) == 1


def test_no_secret_reaches_the_reason_of_a_retry(
    vendor: Any, reply: Any, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    vendor.script(reply(b"busy"), reply([]))
    classify = lambda response: Retry(f"busy with {SECRET}") if response.body == b"busy" else None  # noqa: E731
    open_http(vendor, waits, classify=classify).get("x", split_list)
    assert "busy with" in caplog.text
    assert SECRET not in caplog.text
