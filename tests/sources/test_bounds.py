"""What a peer may send, how long it may take, and how long a run waits for it."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from dagster_project.sources.core.errors import ProtocolError, UnavailableError, WaitedTooLongError
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import fields_of, split_field, split_list, split_object
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.responses import Response
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.stream import Request
from dagster_project.sources.core.throttle import Throttle
from dagster_project.sources.core.waiting import WaitingBudget
from dagster_project.sources.registry import source

LIMIT = 1 << 20


def open_http(base_url: str, waits: list[float], **changes: Any) -> Http:
    settings: dict[str, Any] = {
        "title": "Vendor",
        "base_url": base_url,
        "auth": HTTPBasicAuth("user", "password"),
        "classify": lambda _: None,
        "throttle": Throttle(sleep=waits.append),
        "redactor": Redactor(),
        "retry": RetryPolicy(5, backoff_factor=1.0, pause=waits.append),
        "largest_body": LIMIT,
    }
    return Http(**{**settings, **changes})


# --- size

LARGE = b"[" + b" " * LIMIT + b"]"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (LARGE, "identity"),
        (gzip.compress(LARGE), "gzip"),
        (gzip.compress(LARGE[:-9]) + gzip.compress(LARGE[-9:]), "gzip"),
        (zlib.compress(LARGE), "deflate"),
    ],
    ids=["plain", "gzip", "two members", "deflate"],
)
def test_a_body_over_the_limit_is_one_sentence(
    vendor: Any, reply: Any, waits: list[float], body: bytes, encoding: str
) -> None:
    vendor.script(reply(body, headers={"Content-Encoding": encoding}))
    with pytest.raises(ProtocolError, match=r"more than 1 MB, more than any page has"):
        open_http(vendor.base_url, waits).get("x", split_list)
    assert len(vendor.requests) == 1


def test_a_body_of_exactly_the_limit_is_read(vendor: Any, reply: Any, waits: list[float]) -> None:
    body = b"[" + b" " * (LIMIT - 2) + b"]"
    for encoding, content in (("gzip", gzip.compress(body)), ("identity", body)):
        vendor.script(reply(content, headers={"Content-Encoding": encoding}))
        assert open_http(vendor.base_url, waits).get("x", split_list) == []


def test_an_encoding_that_was_not_asked_for_is_a_protocol_error(
    vendor: Any, reply: Any, waits: list[float]
) -> None:
    vendor.script(reply(b"[]", headers={"Content-Encoding": "br"}))
    with pytest.raises(ProtocolError, match="truncated or undecodable"):
        open_http(vendor.base_url, waits).get("x", split_list)
    assert vendor.requests[0].headers["Accept-Encoding"] == "gzip"


BOMB_SCRIPT = """
import resource, sys
from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.registry import source
smaily = source("smaily")
environment = {"SMAILY_BASE_URL": sys.argv[1], "SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with smaily.connect(smaily.configure(environment), None, lambda _: None) as client:
    try:
        smaily.verify(client)
    except ProtocolError as error:
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, error)
"""


@pytest.mark.parametrize("is_honest", [True, False])
def test_a_bomb_takes_less_than_100_megabytes(vendor: Any, reply: Any, is_honest: bool) -> None:
    bomb = gzip.compress(bytes(400 << 20), 9)
    assert len(bomb) < 1 << 19
    body = bomb if is_honest else bomb[:-4] + b"\1\0\0\0"
    vendor.script(reply(body, headers={"Content-Encoding": "gzip"}))
    run = subprocess.run(
        [sys.executable, "-c", BOMB_SCRIPT, vendor.base_url], capture_output=True, text=True, check=True
    )
    megabytes, _, sentence = run.stdout.partition(" ")
    assert sentence.startswith("Smaily answered list.php with more than 64 MB")
    assert int(megabytes) < 100


# --- time


@pytest.fixture
def dripping() -> Iterator[Any]:
    """A server that sends `head` at once and then `drop` every 50 ms, until it is closed."""

    class Server(ThreadingTCPServer):
        daemon_threads = True
        head, drop = b"", b"x"
        is_open = True

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(server.head)
            while server.is_open:
                sleep(0.05)
                try:
                    self.wfile.write(server.drop)
                except OSError:
                    return

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.is_open = False
    server.shutdown()
    server.server_close()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (OK + b"Content-Length: 100000\r\n\r\n", b" "),
        (OK + b"\r\n", b" "),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (OK + b"X-Long: ", b"x"),
        (OK, b"X-Other: y\r\n"),
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "until closed", "chunks", "header", "headers", "status line", "interim answers"],
)
def test_an_answer_has_a_deadline(dripping: Any, waits: list[float], head: bytes, drop: bytes) -> None:
    dripping.head, dripping.drop = head, drop
    base_url = f"http://127.0.0.1:{dripping.server_address[1]}"
    retry = RetryPolicy(1, pause=waits.append)
    http = open_http(base_url, waits, retry=retry, timeouts=(1.0, 1.0), answer_deadline=0.4)
    begun = monotonic()
    with pytest.raises(
        UnavailableError, match=r"the answer of 127\.0\.0\.1 was not complete after 0\.4 seconds"
    ):
        http.get("x", split_list)
    assert monotonic() - begun < 2.0


def test_silence_ends_at_the_deadline_too(dripping: Any, waits: list[float]) -> None:
    dripping.head, dripping.drop = OK, b""
    base_url = f"http://127.0.0.1:{dripping.server_address[1]}"
    http = open_http(base_url, waits, retry=RetryPolicy(0), timeouts=(1.0, 10.0), answer_deadline=0.3)
    begun = monotonic()
    with pytest.raises(UnavailableError, match=r"not complete after 0\.3 seconds"):
        http.get("x", split_list)
    assert monotonic() - begun < 2.0


def test_a_body_without_an_announced_size_is_counted(dripping: Any, waits: list[float]) -> None:
    dripping.head, dripping.drop = OK + b"\r\n" + LARGE, LARGE
    base_url = f"http://127.0.0.1:{dripping.server_address[1]}"
    with pytest.raises(ProtocolError, match="more than 1 MB"):
        open_http(base_url, waits, answer_deadline=5.0).get("x", split_list)


def test_a_deadline_does_not_cut_the_next_answer(vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.script(reply([]))
    http = open_http(vendor.base_url, waits, answer_deadline=0.3)
    for _ in range(4):
        sleep(0.1)
        assert http.get("x", split_list) == []
    assert vendor.connections == 1
    assert waits == []


# --- waiting


def test_a_run_waits_no_longer_than_its_budget(vendor: Any, reply: Any, waits: list[float]) -> None:
    vendor.script(reply(b"", 503, {"Retry-After": "899"}))
    http = open_http(vendor.base_url, waits, waiting=WaitingBudget(1800.0))
    with pytest.raises(WaitedTooLongError, match=r"another 899 seconds would exceed the 30 minutes"):
        http.get("x", split_list)
    with pytest.raises(WaitedTooLongError):
        http.get("y", split_list)
    assert waits == [899.0, 899.0]
    assert len(vendor.requests) == 4


def test_answers_that_never_end_count_as_waiting(dripping: Any, waits: list[float]) -> None:
    dripping.head, dripping.drop = OK + b"Content-Length: 100000\r\n\r\n", b" "
    base_url = f"http://127.0.0.1:{dripping.server_address[1]}"
    retry = RetryPolicy(5, backoff_factor=0.0, pause=waits.append)
    http = open_http(base_url, waits, retry=retry, answer_deadline=0.2, waiting=WaitingBudget(0.3))
    with pytest.raises(WaitedTooLongError):
        http.get("x", split_list)
    assert len(waits) == 1


@pytest.mark.parametrize(
    "header",
    [
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -9999",
        "Fri, 99 Foo 2026 99:99:99 GMT",
        "9" * 30,
        "9" * 5000,
        "-5",
        "1e400",
        "NaN",
        "٣",
        ",",
    ],
)
def test_an_impossible_retry_after_counts_as_none(header: str) -> None:
    attempt = RetryPolicy(3, backoff_factor=1.0).next_attempt()
    assert attempt is not None
    assert attempt.wait_seconds(0.0, header) <= 3.0


# --- pages


def smaily(vendor: Any, waits: list[float]) -> Any:
    ours = source("smaily")
    environment = {"SMAILY_BASE_URL": vendor.base_url, "SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
    now = datetime(2026, 11, 16, 4, tzinfo=UTC)
    return ours.connect(ours.configure(environment), lambda: now, waits.append)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_pages_in_a_circle_end_with_a_sentence(
    vendor: Any, reply: Any, waits: list[float], period: int
) -> None:
    def respond(request: Any) -> Any:
        page, limit = int(request.query["page"]), int(request.query["limit"])
        return reply([{"id": page % period * limit + row} for row in range(limit)])

    vendor.respond = respond
    with (
        smaily(vendor, waits) as client,
        pytest.raises(ProtocolError, match=f"repeats page 1 as page {period + 1}"),
    ):
        list(source("smaily").stream("campaigns").extract(client, Request()))
    assert len(vendor.requests) <= period + 3


def test_an_endless_listing_ends_with_a_sentence() -> None:
    listing = Listing("A list", most_pages=3)
    for page in range(3):
        listing.add([b'{"id": %d}' % page])
    with pytest.raises(ProtocolError, match="A list has over 3 pages"):
        listing.add([b'{"id": 3}'])


def test_empty_pages_are_no_repetition() -> None:
    listing = Listing("A list")
    for _ in range(3):
        listing.add([])


# --- nesting

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (split_list, DEEP),
        (split_list, b"[" + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]"),
        (split_list, b'[{"a":\n' + DEEP + b"}]"),
        (split_object, b'{"a":' + DEEP + b"}"),
        (lambda body: split_field(body, "rows"), b'{"rows":[{"a":' + DEEP + b"}]}"),
        (lambda body: split_field(body, "rows"), b'{"rows":[],"other":' + DEEP + b"}"),
    ],
)
def test_deep_json_is_one_sentence(
    vendor: Any, reply: Any, waits: list[float], parse: Any, body: bytes
) -> None:
    vendor.script(reply(body))
    with pytest.raises(ProtocolError, match="nested more deeply"):
        open_http(vendor.base_url, waits).get("x", parse)
    assert len(vendor.requests) == 1


def test_deep_json_of_an_error_is_no_field() -> None:
    assert Response(403, {}, b'{"message":' + DEEP + b"}").fields() == {}


def test_a_deep_record_is_one_sentence() -> None:
    with pytest.raises(ProtocolError, match="A record differs from its documentation"):
        fields_of(b'{"a":' + DEEP + b"}", dict, "A record")
