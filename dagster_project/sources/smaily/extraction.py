"""How each Smaily stream is read, page by page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.prefetch import prefetch
from dagster_project.sources.core.records import fields_of, split_list, split_object
from dagster_project.sources.core.stream import Page, Request, requested_window
from dagster_project.sources.smaily.client import Client

ACTION_LIMIT = 10_000  # Smaily's maximum per page
# By all accounts list 1 has every contact, and list 2, by several plugins, the unsubscribed ones: either may
# be a list like any other, so both are read.
CONTACT_LISTS = (1, 2)
MOST_MISSING = 0.2  # share of a list's announced contacts

_MAILING_LISTS = {"campaign.php": "page", "split.php": "offset", "autoresponder.php": "page"}

# Only the fields that the stream declares are requested: no other personal data leaves the account.
_CONTACT_FIELDS = (
    "email,is_unsubscribed,last_response_code,last_response_at,created_at,subscribed_at,modified_at,"
    "last_open_at,last_click_at,unsubscribed_at,total_opens,total_clicks,country,timezone"
)


class _Sending(msgspec.Struct):
    """The fields of a campaign or an A/B test that give its day of completion."""

    id: int | str
    completed_at: Any = None  # a time, a zero date or nothing


class _ContactList(msgspec.Struct):
    id: int | str
    subscribers_count: int


class _Action(msgspec.Struct):
    seq_id: int


def campaigns(client: Client, _: Request) -> Iterator[Page]:
    for records in _listed(client, "campaign.php"):
        yield Page(records)


def split_tests(client: Client, _: Request) -> Iterator[Page]:
    """Documentation varies on whether the API has A/B tests; a missing script counts as an empty list."""
    for records in _split_test_pages(client):
        yield Page(records)


def automations(client: Client, _: Request) -> Iterator[Page]:
    for records in _listed(client, "autoresponder.php"):
        yield Page(records)


def workflows(client: Client, _: Request) -> Iterator[Page]:
    try:
        yield Page(client.http.get("workflows.php", split_list))
    except NotFoundError:
        yield Page([])


def lists(client: Client, _: Request) -> Iterator[Page]:
    yield Page(client.contact_lists())


def contacts(client: Client, _: Request) -> Iterator[Page]:
    yield from prefetch(_contacts(client))


def actions(client: Client, request: Request) -> Iterator[Page]:
    yield from prefetch(_actions(client, request.cursor or "0"))


def _contacts(client: Client) -> Iterator[Page]:
    """Sorted by address: a contact created between two pages can make another one appear twice or never.

    Raises ProtocolError when a list has far fewer contacts than Smaily announces.
    """
    announced = _announced(client)
    for list_ in CONTACT_LISTS:
        count, expected = 0, announced.get(str(list_))
        try:
            for records in client.contact_pages(list_, _CONTACT_FIELDS):
                count += len(records)
                if records or list_ == CONTACT_LISTS[0]:
                    yield Page(records, context={"_list_id": list_})
                if count == expected:
                    break
        except NotFoundError:
            if list_ == CONTACT_LISTS[0]:
                raise
        if expected is not None and count < (1 - MOST_MISSING) * expected:
            raise ProtocolError(
                f"Smaily's contact.php gives {count:,} contacts of list {list_}, and list.php announces "
                f"{expected:,}; nothing of it was landed. Run again later, and if it stays so, ask Smaily's "
                "support how many contacts a page has."
            )


def _announced(client: Client) -> dict[str, int]:
    """The number of contacts of each list, by the list's id, where Smaily gives one."""
    announced: dict[str, int] = {}
    for record in client.contact_lists():
        with suppress(ProtocolError):  # then the contacts are compared with nothing
            size = fields_of(record, _ContactList, "A list of Smaily")
            announced[str(size.id)] = size.subscribers_count
    return announced


def _actions(client: Client, cursor: str) -> Iterator[Page]:
    """The action log after the cursor, until it has nothing newer. Smaily keeps 30 days.

    A page that is not full is no end: a server may give fewer than asked.
    """
    is_first = True
    listing = Listing("Smaily's history.php")
    while True:
        parameters = {"since_seq_id": cursor, "limit": ACTION_LIMIT}
        records = client.http.get("history.php", split_list, parameters)
        latest = fields_of(records[-1], _Action, "An action of Smaily").seq_id if records else 0
        has_more = latest > int(cursor)
        if len(records) >= ACTION_LIMIT and not has_more:
            raise ProtocolError(
                f"Smaily's history.php gives no action after seq_id {cursor} in a full page; reading was "
                "stopped there. Run again, which resumes after the last landed action."
            )
        cursor = str(max(latest, int(cursor)))  # a page may repeat the action before it
        if has_more or is_first:
            listing.add(records)
            yield Page(records, cursor=cursor)
        if not has_more:
            return
        is_first = False


def campaign_statistics(client: Client, request: Request) -> Iterator[Page]:
    def of_campaign(id_: str) -> Iterator[Page]:
        yield Page(client.http.get("campaign.php", split_object, {"id": id_}))

    yield from _by_day_of_completion(request, _listed(client, "campaign.php"), of_campaign)


def split_test_statistics(client: Client, request: Request) -> Iterator[Page]:
    def of_split_test(id_: str) -> Iterator[Page]:
        sections = client.http.get("split.php", split_list, {"id": id_})
        for position, section in enumerate(sections):
            yield Page([section], context={"_split_test_id": id_, "_section_position": position})

    yield from _by_day_of_completion(request, _split_test_pages(client), of_split_test)


def _listed(client: Client, script: str) -> Sequence[Sequence[bytes]]:
    return client.list_pages(script, _MAILING_LISTS[script])


def _split_test_pages(client: Client) -> Sequence[Sequence[bytes]]:
    try:
        return _listed(client, "split.php")
    except NotFoundError:
        return [[]]


def _by_day_of_completion(
    request: Request, listed: Sequence[Sequence[bytes]], statistics: Callable[[str], Iterator[Page]]
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
