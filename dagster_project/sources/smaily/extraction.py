"""How each Smaily stream is read, page by page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.prefetch import fetched_ahead
from dagster_project.sources.core.records import fields_of, split_list, split_object
from dagster_project.sources.core.stream import Page, Request, asked_window
from dagster_project.sources.smaily.client import Client

LIST_LIMIT = 500
CONTACT_LIMIT = 25_000  # the most one page holds
ACTION_LIMIT = 10_000  # the most one page holds
ALL_CONTACTS = 1  # the list that holds everybody

_OLDEST_FIRST = {"sort_by": "created_at", "sort_order": "ASC"}  # new ones come last: pages do not shift

# Only what the stream declares is asked for: no further personal data leaves the account.
_CONTACT_FIELDS = (
    "email,is_unsubscribed,last_response_code,last_response_at,created_at,subscribed_at,modified_at,"
    "last_open_at,last_click_at,unsubscribed_at,total_opens,total_clicks,country,timezone"
)


class _Sending(msgspec.Struct):
    """What tells when a campaign or an A/B test was completed."""

    id: int | str
    completed_at: Any = None  # a time, a zero date or nothing


class _Action(msgspec.Struct):
    seq_id: int


def campaigns(client: Client, _: Request) -> Iterator[Page]:
    for records in client.pages("campaign.php", LIST_LIMIT, "page", _OLDEST_FIRST):
        yield Page(records)


def split_tests(client: Client, _: Request) -> Iterator[Page]:
    """Sources disagree on whether A/B tests can be read at all; an unknown script is an empty list."""
    for records in _split_test_pages(client):
        yield Page(records)


def automations(client: Client, _: Request) -> Iterator[Page]:
    """Asked whole: sources disagree on whether its pages count from 0 or from 1."""
    yield Page(client.http.get("autoresponder.php", split_list))


def workflows(client: Client, _: Request) -> Iterator[Page]:
    try:
        yield Page(client.http.get("workflows.php", split_list))
    except NotFoundError:
        yield Page([])


def lists(client: Client, _: Request) -> Iterator[Page]:
    yield Page(client.http.get("list.php", split_list))


def contacts(client: Client, _: Request) -> Iterator[Page]:
    yield from fetched_ahead(_contacts(client))


def actions(client: Client, request: Request) -> Iterator[Page]:
    yield from fetched_ahead(_actions(client, request.cursor or "0"))


def _contacts(client: Client) -> Iterator[Page]:
    """Alphabetical by address: a contact made while pages are read can repeat or hide a neighbour."""
    asked = {"list": ALL_CONTACTS, "fields": _CONTACT_FIELDS}
    for records in client.pages("contact.php", CONTACT_LIMIT, "offset", asked):
        yield Page(records)


def _actions(client: Client, cursor: str) -> Iterator[Page]:
    """The log after the cursor, until a page is not full. Smaily keeps 30 days."""
    is_first = True
    while True:
        asked = {"since_seq_id": cursor, "limit": ACTION_LIMIT}
        records = client.http.get("history.php", split_list, asked)
        latest = fields_of(records[-1], _Action, "An action of Smaily").seq_id if records else 0
        is_full = len(records) >= ACTION_LIMIT
        if is_full and latest <= int(cursor):
            raise ProtocolError(f"Smaily does not move on after seq_id {cursor}; the log was left there.")
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
    """The statistics of what was completed on each day of the window; a day with nothing is an empty page.

    What was deleted between the list and the question has no statistics and is left out.
    """
    completed: dict[str, list[str]] = {day.isoformat(): [] for day in asked_window(request).days()}
    for records in listed:
        for record in records:
            sending = fields_of(record, _Sending, "A campaign or A/B test of Smaily")
            day = str(sending.completed_at or "")[:10]  # local time, so the local day
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
