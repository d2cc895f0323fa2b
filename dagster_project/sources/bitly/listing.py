"""The groups of an account and the links of each, page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from dagster_project.sources.bitly.client import Client
from dagster_project.sources.bitly.links import Bitlink, Link
from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import Split, fields_of, split_field

PAGE_SIZE = 100

_BITLINKS = "/groups/{group_guid}/bitlinks"


class _Group(msgspec.Struct):
    guid: str


class _Pagination(msgspec.Struct):
    """How to request the next page; everything is empty on the last one. Older answers have a total."""

    next: str | None = None
    search_after: str | None = None
    total: int | None = None


def field_of(name: str) -> Callable[[bytes], Sequence[bytes]]:
    """A parser of the records under a field of the body."""
    return lambda body: split_field(body, name).records


def group_records(client: Client) -> Sequence[bytes]:
    return client.read("/groups", {}, {}, field_of("groups"))


def links(client: Client, *, again: bool = False) -> list[Link]:
    """Every link of every group, listed once per client, and a second time when it is asked for `again`."""
    if client.links is None or (again and not client.links_confirmed):
        client.links = [
            fields_of(record, Bitlink, "A link of Bitly").link()
            for _, records in listed(client)
            for record in records
        ]
        client.links_confirmed = again
    return client.links


def listed(client: Client) -> Iterator[tuple[str, Sequence[bytes]]]:
    """The links of every group, archived ones included, page by page."""
    for record in group_records(client):
        group = fields_of(record, _Group, "A group of Bitly").guid
        yield from ((group, records) for records in _pages(client, group))


def _pages(client: Client, group: str) -> Iterator[Sequence[bytes]]:
    """Raises ProtocolError when the listing loops, or ends before the total that Bitly gives."""
    parameters: dict[str, Any] = {"size": PAGE_SIZE, "archived": "both"}
    page = client.read(_BITLINKS, {"group_guid": group}, parameters, _page)
    listing = Listing(f"Bitly's {_BITLINKS}")
    followed: set[str] = set()
    count = 0
    while True:
        listing.add(page.records)
        count += len(page.records)
        yield page.records
        pagination = page.envelope["pagination"]
        if pagination is None:
            if len(page.records) >= PAGE_SIZE:
                raise ProtocolError(
                    f"Bitly's {_BITLINKS} gives a full page and does not say how to request the next one; "
                    "the listing was stopped. Check whether the vendor changed its API."
                )
            return
        following = pagination.next or pagination.search_after
        if not following:
            if pagination.total is not None and count < pagination.total:
                raise ProtocolError(
                    f"Bitly's {_BITLINKS} ends after {count:,} of {pagination.total:,} links; nothing of it "
                    "was landed. Run again later."
                )
            return
        if following in followed:
            raise ProtocolError(
                f"Bitly's paging links of {_BITLINKS} form a loop; the listing was stopped. Run again later."
            )
        followed.add(following)
        if pagination.next:
            page = client.http.follow(pagination.next, _page, _BITLINKS)
        else:
            after = {**parameters, "search_after": pagination.search_after}
            page = client.read(_BITLINKS, {"group_guid": group}, after, _page)


def _page(body: bytes) -> Split:
    return split_field(body, "links", {"pagination": _Pagination})
