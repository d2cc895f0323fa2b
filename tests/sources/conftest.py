"""A scripted vendor API on loopback that records the requests it receives."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass
class ReceivedRequest:
    """One request as it arrived; `path` is decoded, `raw_path` as sent."""

    method: str
    path: str
    raw_path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """One response; `cut` bytes of the body are announced but never sent."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    hang_up: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Responder = Callable[[ReceivedRequest], Reply]


class Vendor:
    """The running server. Set `respond`, or `script` the replies in order; the last one repeats."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.respond: Responder = lambda _: Reply(b"", 404)
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self.base_url = f"http://{host}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def script(self, *replies: Reply) -> None:
        left = list(replies)
        self.respond = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def use_self_signed_certificate(self, folder: Path) -> None:
        """Serve TLS with a certificate that no authority signed."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin.replace(year=2036))
            .sign(key, hashes.SHA256())
        )
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        path = folder / "certificate.pem"
        path.write_bytes(
            key.private_bytes(pem, form, serialization.NoEncryption()) + certificate.public_bytes(pem)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.base_url = self.base_url.replace("http://", "https://")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                vendor.connections += 1
                super().setup()

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = ReceivedRequest(
                    self.command, unquote(parts.path), parts.path, query, dict(self.headers), body
                )
                vendor.requests.append(request)
                reply = vendor.respond(request)
                if reply.hang_up:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.content) + reply.cut))
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):  # the client reads no further
                    self.wfile.write(reply.content)
                self.close_connection = bool(reply.cut)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """No log: a failed assertion says enough."""

        return Handler


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


@pytest.fixture
def stranger() -> Iterator[Vendor]:
    """Another host, which must never be asked."""
    running = Vendor("127.0.0.2")
    yield running
    running.close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the injected sleep was called with; it does not sleep."""
    return []


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()).decode()


@pytest.fixture
def google_key(private_key: str, tmp_path: Path) -> Callable[[str], Path]:
    """Writes a service account's key file whose tokens come from `/token` at an address."""

    def write(base_url: str) -> Path:
        fields = {
            "type": "service_account",
            "client_email": "milepost@example-project.iam.gserviceaccount.com",
            "private_key": private_key,
            "private_key_id": "k",
            "project_id": "example-project",
            "token_uri": f"{base_url}/token",
        }
        path = tmp_path / "key.json"
        path.write_text(json.dumps(fields), encoding="utf-8")
        return path

    return write


@pytest.fixture
def reply() -> type[Reply]:
    return Reply
