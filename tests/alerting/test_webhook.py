"""An alert is posted over a real socket; one that fails is reported without its address."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dagster_project.alerting.webhook import alert


class Chat(HTTPServer):
    """Takes messages and answers with `status`."""

    status = 200
    messages: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Chat)
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def chat() -> Iterator[Chat]:
    server = Chat(("127.0.0.1", 0), Handler)
    server.messages = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def webhook(chat: Chat) -> dict[str, str]:
    return {"MILEPOST_ALERT_WEBHOOK": f"http://127.0.0.1:{chat.server_port}/secret-token"}


def test_a_message_is_posted(chat: Chat) -> None:
    assert alert("refresh failed", webhook(chat)) is None
    assert chat.messages == [{"text": "refresh failed"}]


def test_without_a_webhook_nothing_happens() -> None:
    assert alert("refresh failed", {}) is None


def test_a_refusal_is_a_sentence_without_the_address(chat: Chat) -> None:
    chat.status = 403
    assert alert("x", webhook(chat)) == "The alert webhook answered 403; check MILEPOST_ALERT_WEBHOOK."


def test_an_unreachable_webhook_does_not_raise(chat: Chat) -> None:
    environment = webhook(chat)
    chat.shutdown()
    chat.server_close()
    problem = alert("x", environment)
    assert problem is not None
    assert "secret-token" not in problem


def test_an_alert_is_not_redirected(chat: Chat) -> None:
    chat.status = 302
    assert alert("x", webhook(chat)) == "The alert webhook answered 302; check MILEPOST_ALERT_WEBHOOK."


def test_a_webhook_that_is_not_a_url_does_not_raise() -> None:
    assert alert("x", {"MILEPOST_ALERT_WEBHOOK": "http://[secret-token"}) is not None
