"""The first sentences of the page go to the webhook only where that is asked for."""

import threading
from collections.abc import Iterator

import dagster as dg
import pytest

from dagster_project.defs.report import post_verdicts
from tests.alerting.test_webhook import Chat, Handler, webhook

VERDICTS = ("Which step to push: “A”; push it.", "What changed: nothing.")


@pytest.fixture
def chat() -> Iterator[Chat]:
    server = Chat(("127.0.0.1", 0), Handler)
    server.messages = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("asked", "verdicts", "posted"),
    [("on", VERDICTS, 1), ("", VERDICTS, 0), ("off", VERDICTS, 0), ("on", (), 0)],
)
def test_verdicts_are_posted_on_request(
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    verdicts: tuple[str, ...],
    posted: int,
) -> None:
    for name, value in (webhook(chat) | {"MILEPOST_DAILY_VERDICTS": asked}).items():
        monkeypatch.setenv(name, value)
    post_verdicts(dg.build_asset_context(), verdicts)
    assert len(chat.messages) == posted
    for message in chat.messages:
        assert message["text"].splitlines() == ["Milepost: what to do next.", *verdicts]
