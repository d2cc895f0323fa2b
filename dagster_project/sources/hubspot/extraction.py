"""How each HubSpot stream is read, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, ProtocolError
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.prefetch import map_concurrently, prefetch
from dagster_project.sources.core.records import Split, fields_of, split_field, split_object
from dagster_project.sources.core.stream import Page, Request, requested_window
from dagster_project.sources.hubspot.client import VERSION, Client
from dagster_project.sources.hubspot.crm import Identified, Objects, modified_objects, search
from dagster_project.sources.hubspot.errors import TITLE
from dagster_project.sources.hubspot.times import bounds, day

EVENT_LIMIT = 1000
CAMPAIGN_LIMIT = 500
CONCURRENCY = 4

# Only what the streams declare is requested: no other personal data leaves the portal.
CONTACT_PROPERTIES = (
    "email",
    "createdate",
    "lastmodifieddate",
    "lifecyclestage",
    "hs_email_optout",
    "hs_email_hard_bounce_reason_enum",
    "hs_country_region_code",
    "hs_merged_object_ids",
)
DEAL_PROPERTIES = (
    "amount",
    "deal_currency_code",
    "createdate",
    "closedate",
    "hs_lastmodifieddate",
    "dealstage",
    "pipeline",
    "hs_is_closed_won",
)


class _Campaign(msgspec.Struct):
    id: int | str
    appId: int | str


class _Timed(msgspec.Struct):
    timestamp: int | str


class _Properties(msgspec.Struct):
    properties: dict[str, str | None]


class _Other(msgspec.Struct):
    toObjectId: int | str


class _Associations(msgspec.Struct, rename={"from_": "from"}):
    from_: Identified
    to: list[_Other] = []


def email_events(client: Client, request: Request) -> Iterator[Page]:
    yield from prefetch(_email_events(client, request))


def _email_events(client: Client, request: Request) -> Iterator[Page]:
    """The events of one day, filtered and superseded ones included: the models decide what they are."""
    window = requested_window(request)
    start, end = bounds(window)
    parameters = {"startTimestamp": start, "endTimestamp": end, "limit": EVENT_LIMIT}
    for records in _offset_pages(client, "email/public/v1/events", "events", parameters):
        yield Page(records, partition=window.start.isoformat())


def email_campaigns(client: Client, _: Request) -> Iterator[Page]:
    """The e-mails that were sent, each with its counters; one that was deleted meanwhile is left out.

    Pages of the list by latest activity shift when an e-mail is sent meanwhile; those of the list of ids
    do not.
    """
    campaigns = [
        fields_of(record, _Campaign, f"A campaign of {TITLE}")
        for records in _offset_pages(
            client, "email/public/v1/campaigns/by-id", "campaigns", {"limit": CAMPAIGN_LIMIT}
        )
        for record in records
    ]
    unique = {(str(campaign.id), str(campaign.appId)) for campaign in campaigns}

    def details(campaign: tuple[str, str]) -> Sequence[bytes]:
        id_, app = campaign
        path = f"email/public/v1/campaigns/{id_}"
        try:
            return client.http.get(path, split_object, {"appId": app}, "campaigns/{id}")
        except NotFoundError:
            return []

    yield Page([])
    for records in map_concurrently(details, sorted(unique), CONCURRENCY):
        yield Page(records)


def subscription_changes(client: Client, request: Request) -> Iterator[Page]:
    window = requested_window(request)
    start, end = bounds(window)
    parameters = {"startTimestamp": start, "endTimestamp": end, "limit": EVENT_LIMIT}
    what = f"A change of subscriptions of {TITLE}"
    pages = _offset_pages(client, "email/public/v1/subscriptions/timeline", "timeline", parameters)
    yield from _by_day(request, pages, lambda record: fields_of(record, _Timed, what).timestamp, what)


def incoming_emails(client: Client, request: Request) -> Iterator[Page]:
    """Replies: e-mails that contacts wrote, which HubSpot logs from a connected inbox."""
    filters = [_equals("hs_email_direction", "INCOMING_EMAIL")]
    properties = ("hs_timestamp", "hs_email_direction", "hs_email_from_email", "hs_email_subject")
    yield from _searched_by_day(client, request, "emails", "hs_timestamp", filters, properties)


def won_deals(client: Client, request: Request) -> Iterator[Page]:
    """The deals won as HubSpot has them now: what the deals read by their modifications are compared with."""
    properties = ("amount", "deal_currency_code", "closedate")
    filters = [_equals("hs_is_closed_won", "true")]
    for page in _searched_by_day(client, request, "deals", "closedate", filters, properties):
        yield replace(page, context={"_home_currency": client.home_currency})


def pipelines(client: Client, _: Request) -> Iterator[Page]:
    yield Page(
        client.http.get(f"crm/pipelines/{VERSION}/deals", lambda body: split_field(body, "results").records)
    )


def contacts(client: Client, request: Request) -> Iterator[Page]:
    def read(ids: Sequence[str]) -> Iterator[Page]:
        yield Page(client.read_objects("contacts", _batch(ids, CONTACT_PROPERTIES, "lifecyclestage")))

    objects = Objects(
        "contacts", "lastmodifieddate", CONTACT_PROPERTIES, read, lambda records: [Page(records)]
    )
    yield from prefetch(modified_objects(client, objects, request.cursor))


def deals(client: Client, request: Request) -> Iterator[Page]:
    """Each with the ids of its contacts, which HubSpot does not give with the history of a deal."""
    order_id = client.order_id_property
    names = (*DEAL_PROPERTIES, *((order_id,) if order_id else ()))

    def page(record: bytes, contacts_of: Mapping[str, list[str]]) -> Page:
        id_ = fields_of(record, Identified, f"A deal of {TITLE}").id
        contacts = contacts_of.get(id_, [])
        context = {
            "_contact_id": contacts[0] if contacts else None,
            "_contacts": len(contacts),
            "_order_id": _order_id(record, order_id),
            "_home_currency": client.home_currency,
        }
        return Page([record], context=context)

    def read(ids: Sequence[str]) -> Iterator[Page]:
        contacts_of = _contacts_of(client, ids)
        for record in client.read_objects("deals", _batch(ids, names, "dealstage")):
            yield page(record, contacts_of)

    objects = Objects(
        "deals", "hs_lastmodifieddate", names, read, lambda records: (page(each, {}) for each in records)
    )
    yield from prefetch(modified_objects(client, objects, request.cursor))


def _contacts_of(client: Client, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record in client.read_associations("deals", "contacts", ids):
        associations = fields_of(record, _Associations, f"The associations of a deal of {TITLE}")
        found[associations.from_.id] = [str(other.toObjectId) for other in associations.to]
    return found


def _order_id(record: bytes, name: str | None) -> str | None:
    return fields_of(record, _Properties, f"A deal of {TITLE}").properties.get(name) if name else None


def _batch(ids: Sequence[str], properties: Sequence[str], history: str) -> Mapping[str, Any]:
    inputs = [{"id": id_} for id_ in ids]
    return {"inputs": inputs, "properties": list(properties), "propertiesWithHistory": [history]}


def _equals(name: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "EQ", "value": value}


def _searched_by_day(
    client: Client,
    request: Request,
    kind: str,
    time_property: str,
    filters: Sequence[Mapping[str, str]],
    properties: Sequence[str],
) -> Iterator[Page]:
    start, end = bounds(requested_window(request))
    between = {
        "propertyName": time_property,
        "operator": "BETWEEN",
        "value": str(start),
        "highValue": str(end),
    }
    what = f"A record of {kind} of {TITLE}"
    pages = search(client, kind, [between, *filters], properties)
    yield from _by_day(
        request,
        pages,
        lambda record: fields_of(record, _Properties, what).properties.get(time_property) or "",
        what,
    )


def _by_day(request: Request, pages: Iterator[Sequence[bytes]], time_of: Any, what: str) -> Iterator[Page]:
    """The records by their day of the window; a day without any is an empty page."""
    by_day: dict[str, list[bytes]] = {each.isoformat(): [] for each in requested_window(request).days()}
    for records in pages:
        for record in records:
            found = day(time_of(record), what).isoformat()
            if found not in by_day:
                raise ProtocolError(
                    f"{what} is of {found}, which was not asked for; nothing was landed. Check whether the "
                    "vendor changed its API."
                )
            by_day[found].append(record)
    for name, records in by_day.items():
        yield Page(records, partition=name)


def _offset_pages(
    client: Client, path: str, name: str, parameters: Mapping[str, Any]
) -> Iterator[Sequence[bytes]]:
    """Pages of the older API until it says that there are no more; one before that may be short or empty."""
    listing = Listing(f"{TITLE}'s {path}", most_pages=100_000)
    offset: Any = None
    while True:
        query = {**parameters, **({} if offset is None else {"offset": offset})}
        page: Split = client.http.get(
            path, lambda body: split_field(body, name, {"hasMore": bool, "offset": Any}), query
        )
        listing.add(page.records)
        yield page.records
        if not page.envelope["hasMore"]:
            return
        following = page.envelope["offset"]
        if following in (None, offset):
            raise ProtocolError(
                f"{TITLE}'s {path} has more records and does not say how to request them; reading was "
                "stopped. Run again later."
            )
        offset = following
