"""An account of Bitly on a scripted server."""

from datetime import UTC, date, datetime
from typing import Any

from dagster_project.sources.bitly import SOURCE
from dagster_project.sources.core.stream import Page, Request, Window

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 13), date(2026, 11, 15))


class Account:
    """Two groups with one link each, one of which has a back-half; tests add further paths."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.paths: dict[str, Any] = {
            "/v4/user/platform_limits": reply(b"404 page not found", 404),
            "/v4/groups": reply({"groups": [{"guid": "Bg1"}, {"guid": "Bg2"}]}),
            "/v4/groups/Bg1/bitlinks": self.listing(
                {"id": "bit.ly/a", "custom_bitlinks": ["https://bit.ly/spring"]}
            ),
            "/v4/groups/Bg2/bitlinks": self.listing({"id": "bit.ly/b", "custom_bitlinks": []}),
        }

    def listing(self, *links: dict[str, Any], next_link: str = "") -> Any:
        return self.reply({"links": list(links), "pagination": {"next": next_link, "size": 100}})

    def __call__(self, request: Any) -> Any:
        found = self.paths.get(request.path, self.reply(b"404 page not found", 404))
        return found(request) if callable(found) else found


def extract(client: Any, stream: str, request: Request | None = None) -> list[Page]:
    return list(SOURCE.stream(stream).extract(client, request or Request()))


SUMMARY = {"total_clicks": 4, "unit": "day", "units": -1}
