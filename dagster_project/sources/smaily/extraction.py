"""How each Smaily stream is read, page by page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.prefetch import prefetch
from dagster_project.sources.core.records import fields_of, split_list, split_object
from dagster_project.sources.core.stream import Page, Request, requested_window
from dagster_project.sources.smaily.client import Client

LIST_LIMIT = 500
CONTACT_LIMIT = 25_000  # Smaily's maximum per page
ACTION_LIMIT = 10_000  # Smaily's maximum per page
ALL_CONTACTS = 1  # the list of all contacts

_OLDEST_FIRST = {"sort_by": "created_at", "sort_order": "ASC"}  # new ones come last, so pages do not shift

# Only the fields that the stream declares are requested: no other personal data leaves the account.
_CONTACT_FIELDS = (
    "email,is_unsubscribed,last_response_code,last_response_at,created_at,subscribed_at,modified_at,"
    "last_open_at,last_click_at,unsubscribed_at,total_opens,total_clicks,country,timezone"
)


class _Sending(msgspec.Struct):
    """The fields of a campaign or an A/B test that give its day of completion."""

    id: int | str
    completed_at: Any = None  # a time, a zero date or nothing


class _Action(msgspec.Struct):
    seq_id: int


def campaigns(client: Client, _: Request) -> Iterator[Page]:
    for records in client.pages("campaign.php", LIST_LIMIT, "page", _OLDEST_FIRST):
        yield Page(records)


def split_tests(client: Client, _: Request) -> Iterator[Page]:
    """Documentation varies on whether the API has A/B tests; a missing script counts as an empty list."""
    for records in _split_test_pages(client):
        yield Page(records)


def automations(client: Client, _: Request) -> Iterator[Page]:
    """Requested without paging: documentation varies on whether its pages count from 0 or from 1."""
    yield Page(client.http.get("autoresponder.php", split_list))


def workflows(client: Client, _: Request) -> Iterator[Page]:
    try:
        yield Page(client.http.get("workflows.php", split_list))
    except NotFoundError:
        yield Page([])


def lists(client: Client, _: Request) -> Iterator[Page]:
    yield Page(client.http.get("list.php", split_list))


def contacts(client: Client, _: Request) -> Iterator[Page]:
    yield from prefetch(_contacts(client))


def actions(client: Client, request: Request) -> Iterator[Page]:
    yield from prefetch(_actions(client, request.cursor or "0"))


def _contacts(client: Client) -> Iterator[Page]:
    """Sorted by address: a contact created between two pages can make another one appear twice or never."""
    parameters = {"list": ALL_CONTACTS, "fields": _CONTACT_FIELDS}
    for records in client.pages("contact.php", CONTACT_LIMIT, "offset", parameters):
        yield Page(records)


def _actions(client: Client, cursor: str) -> Iterator[Page]:
    """The action log after the cursor, until a page is not full. Smaily keeps 30 days."""
    is_first = True
    listing = Listing("Smaily's history.php")
    while True:
        parameters = {"since_seq_id": cursor, "limit": ACTION_LIMIT}
        records = client.http.get("history.php", split_list, parameters)
        listing.add(records)
        latest = fields_of(records[-1], _Action, "An action of Smaily").seq_id if records else 0
        is_full = len(records) >= ACTION_LIMIT
        if is_full and latest <= int(cursor):
            raise ProtocolError(
                f"Smaily's history.php gives no action after seq_id {cursor} in a full page; reading was "
                "stopped there. Run again, which resumes after the last landed action."
            )
        cursor = str(max(latest, int(cursor)))  # a page may repeat the action before it
        if records or is_first:
            yield Page(records, cursor=cursor)
        if not is_full:
            return
        is_first = False


def campaign_statistics(client: Client, request: Request) -> Iterator[Page]:
    def of_campaign(id_: str) -> Iterator[Page]:
        yield Page(client.http.get("campaign.php", split_object, {"id": id_}))

    listed = client.pages("campaign.php", LIST_LIMIT, "page", _OLDEST_FIRST)
    yield from _by_day_of_completion(request, listed, of_campaign)


def split_test_statistics(client: Client, request: Request) -> Iterator[Page]:
    def of_split_test(id_: str) -> Iterator[Page]:
        sections = client.http.get("split.php", split_list, {"id": id_})
        for position, section in enumerate(sections):
            yield Page([section], context={"_split_test_id": id_, "_section_position": position})

    yield from _by_day_of_completion(request, _split_test_pages(client), of_split_test)


def _split_test_pages(client: Client) -> Iterator[Sequence[bytes]]:
    try:
        yield from client.pages("split.php", LIST_LIMIT, "offset", _OLDEST_FIRST)
    except NotFoundError:
        yield []


def _by_day_of_completion(
    request: Request, listed: Iterator[Sequence[bytes]], statistics: Callable[[str], Iterator[Page]]
) -> Iterator[Page]:
    """The statistics of the mailings completed on each day of the window; a day without any is an empty page.

    A mailing that was deleted after it was listed has no statistics and is left out.
    """
    completed: dict[str, list[str]] = {day.isoformat(): [] for day in requested_window(request).days()}
    for records in listed:
        for record in records:
            sending = fields_of(record, _Sending, "A campaign or A/B test of Smaily")
            day = str(sending.completed_at or "")[:10]  # Smaily's times are local, and so is the day
            if day in completed:
                completed[day].append(str(sending.id))
    for day, ids in completed.items():
        yield Page([], partition=day)
        for id_ in ids:
            try:
                for page in statistics(id_):
                    yield replace(page, partition=day)
            except NotFoundError:
                continue
