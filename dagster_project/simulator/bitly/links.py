"""The links of the account's one group: records and listing, page by page."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request

from dagster_project.simulator.bitly.responses import invalid
from dagster_project.simulator.bitly.spans import format_instant
from dagster_project.simulator.database import Database

GROUP: Final = "Bsim1234567"
ORGANIZATION: Final = "Osim1234567"
LOGIN: Final = "simulator"
_MAX_PAGE: Final = 100


class Links:
    """All links, newest first, and their back-halves."""

    def __init__(self, database: Database) -> None:
        self.all = database.rows("from bitlinks order by created_at desc, id desc")
        self.by_id = {link["id"]: link for link in self.all}
        self.by_back_half = {back_half: link for link in self.all for back_half in link["custom_bitlinks"]}

    def find(self, address: str, now: datetime) -> dict[str, Any] | None:
        """The link with this id or back-half, given with or without a scheme."""
        address = address.removeprefix("https://").removeprefix("http://")
        link = self.by_id.get(address) or self.by_back_half.get(address)
        return link if link and link["created_at"] <= now else None

    def first_created(self, now: datetime) -> datetime:
        """When the first link was created."""
        return self.all[-1]["created_at"] if self.all else now

    def page(self, request: Request, now: datetime, shifts: bool, has_deleted: bool) -> dict[str, Any]:
        """The body of `/groups/{guid}/bitlinks`. `shifts` repeats a link of the previous page."""
        query = request.query_params
        found = [
            link
            for link in self.all
            if link["created_at"] <= now
            and (has_deleted or not link["is_deleted"])
            and _matches(link, request)
        ]
        size = _size(query.get("size", "50"))
        start = 0
        if query.get("search_after"):
            after = _decoded(query["search_after"])
            position = next((at for at, link in enumerate(found) if link["id"] == after), None)
            if position is None:
                raise invalid("search_after")
            start = position + 1 - int(shifts)
        page = found[start : start + size]
        has_more = start + size < len(found)
        after = _encoded(page[-1]["id"]) if has_more else ""
        kept = [(name, value) for name, value in query.multi_items() if name not in ("search_after", "size")]
        next_query = urlencode([*kept, ("size", size), ("search_after", after)])
        address = request.url.replace(query=None, fragment=None)
        return {
            "links": [record(link) for link in page],
            "pagination": {
                "next": f"{address}?{next_query}" if has_more else "",
                "search_after": after,
                "size": size,
            },
        }


def record(link: dict[str, Any]) -> dict[str, Any]:
    """The record of a Bitlink."""
    return {
        "created_at": format_instant(link["created_at"]),
        "id": link["id"],
        "link": f"https://{link['id']}",
        "custom_bitlinks": [f"https://{back_half}" for back_half in link["custom_bitlinks"]],
        "long_url": link["long_url"],
        "title": link["title"],
        "archived": link["archived"],
        "created_by": LOGIN,
        "client_id": "simulator",
        "tags": link["tags"],
        "launchpad_ids": [],
        "qr_code_ids": [],
        "deeplinks": [],
        "is_deleted": link["is_deleted"],
        "campaign_ids": [],
        "references": {"group": f"https://api-ssl.bitly.com/v4/groups/{GROUP}"},
    }


def _matches(link: dict[str, Any], request: Request) -> bool:
    query = request.query_params
    archived = query.get("archived", "off")
    if archived != "both" and link["archived"] != (archived == "on"):
        return False
    if (before := _epoch(query.get("created_before", ""))) and link["created_at"] >= before:
        return False
    if (after := _epoch(query.get("created_after", ""))) and link["created_at"] <= after:
        return False
    custom = query.get("custom_bitlink", "both")
    if custom != "both" and bool(link["custom_bitlinks"]) != (custom == "on"):
        return False
    wanted = {tag for name in ("tags", "tags[]") for tag in query.getlist(name)}
    if wanted and not wanted & set(link["tags"]):
        return False
    text = query.get("query", "").lower()
    return text in f"{link['title']} {link['long_url']} {link['id']}".lower()


def _epoch(text: str) -> datetime | None:
    if not text:
        return None
    if not text.isdecimal():
        raise invalid("created")
    return datetime.fromtimestamp(int(text), UTC)


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise invalid("size")
    return min(int(text), _MAX_PAGE)


def _encoded(id_: str) -> str:
    return base64.urlsafe_b64encode(id_.encode()).decode()


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text.encode()).decode()
    except (binascii.Error, ValueError):
        raise invalid("search_after") from None
