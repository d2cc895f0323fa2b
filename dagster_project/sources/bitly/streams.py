"""Bitly's streams: short links and their clicks, by day or by one dimension; never by person.

Clicks on a custom back-half are not in the figures of the hash link and the other way round, so both are
requested. In `link_clicks`, `bitlink` is the hash link and `clicked_bitlink` the one the clicks belong to; in
totals and dimensions `bitlink` is the one the figures belong to. Stream `bitlinks` lists the back-halves of
each link.
"""

from collections.abc import Callable, Iterator

from dagster_project.sources.bitly import extraction
from dagster_project.sources.bitly.client import Client
from dagster_project.sources.core.stream import Column, Kind, Page, Request, Stream

RESTATEMENT_DAYS = 3

_ADDRESS = Column("bitlink", path=("_clicked_bitlink",), description="The hash link or a custom back-half.")

GROUPS = Stream(
    name="groups",
    description="Groups the token can see.",
    kind=Kind.SNAPSHOT,
    columns=(
        Column("guid", description="The group's id."),
        Column("name", description="The name given in Bitly."),
        Column("organization_guid", description="The organization's id."),
        Column("created", description="Creation, ISO 8601 with offset.", is_time_as_text=True),
        Column("is_active", description="Whether the group is active."),
    ),
    natural_key=("guid",),
    extract=extraction.groups,
    time_column="created",
    unread=("modified", "role", "bsds", "references"),
)

BITLINKS = Stream(
    name="bitlinks",
    description="Short links, archived ones included.",
    kind=Kind.SNAPSHOT,
    columns=(
        Column("id", description="Domain and hash, without a scheme."),
        Column("link", description="The short link's address."),
        Column("long_url", description="The destination."),
        Column("title", description="The title given in Bitly."),
        Column("archived", description="Whether the link is archived."),
        Column("created_at", description="Creation, ISO 8601 with offset.", is_time_as_text=True),
        Column("tags", "VARCHAR[]", description="Tags given in Bitly."),
        Column("custom_bitlinks", "VARCHAR[]", description="Addresses of the custom back-halves."),
        Column("campaign_ids", "VARCHAR[]", description="Bitly campaigns the link belongs to."),
        Column("is_deleted", description="Whether the link was deleted."),
        Column("group_guid", path=("_group_guid",), description="The group it was listed in."),
    ),
    natural_key=("id",),
    extract=extraction.bitlinks,
    time_column="created_at",
    unread=("created_by", "client_id", "launchpad_ids", "qr_code_ids", "deeplinks", "references"),
)

LINK_CLICKS = Stream(
    name="link_clicks",
    description="Clicks by link and UTC day; days without clicks may be given or left out.",
    kind=Kind.WINDOW,
    columns=(
        Column("bitlink", path=("_bitlink",), description="The hash link's id, without a scheme."),
        Column("clicked_bitlink", path=("_clicked_bitlink",), description="The hash link or a back-half."),
        Column("date", description="Start of the UTC day, ISO 8601 with offset.", is_time_as_text=True),
        Column("clicks", "BIGINT", description="Clicks of the day."),
    ),
    natural_key=("clicked_bitlink", "date"),
    extract=extraction.link_clicks,
    restatement_days=RESTATEMENT_DAYS,
    span="range",
    time_column="date",
)

LINK_TOTALS = Stream(
    name="link_totals",
    description="Bitly's own total of clicks by link and by custom back-half.",
    kind=Kind.SNAPSHOT,
    columns=(
        _ADDRESS,
        Column("total_clicks", "BIGINT", description="Clicks since the link was created."),
        Column(
            "unit_reference", description="The instant up to which clicks were counted.", is_time_as_text=True
        ),
    ),
    natural_key=("bitlink",),
    extract=extraction.link_totals,
    unread=("unit", "units"),
)


def _facet_stream(
    facet: str,
    value: str,
    description: str,
    extract: Callable[[Client, Request], Iterator[Page]],
    *further: Column,
) -> Stream:
    """Clicks since the link was created, by one dimension, whose value is under the key `value`."""
    return Stream(
        name=f"link_{facet}",
        description=f"Clicks by link and {description}, since the link was created.",
        kind=Kind.SNAPSHOT,
        columns=(
            _ADDRESS,
            Column("value", path=(value,), description=f"The {description}."),
            *further,
            Column("clicks", "BIGINT", description="Clicks since the link was created."),
        ),
        natural_key=("bitlink", "value", *(column.name for column in further)),
        extract=extract,
    )


LINK_COUNTRIES = _facet_stream(
    "countries", "value", "country (ISO 3166-1 alpha-2)", extraction.link_countries
)
LINK_REFERRERS = _facet_stream("referrers", "value", "referrer", extraction.link_referrers)
LINK_DEVICES = _facet_stream("devices", "device_type", "device type", extraction.link_devices)
LINK_CITIES = _facet_stream(
    "cities",
    "city",
    "city",
    extraction.link_cities,
    Column("subregion", description="The city's subregion."),
    Column("region", description="The city's region."),
    Column("country", description="The city's country."),
)

STREAMS = (
    GROUPS,
    BITLINKS,
    LINK_CLICKS,
    LINK_TOTALS,
    LINK_COUNTRIES,
    LINK_REFERRERS,
    LINK_DEVICES,
    LINK_CITIES,
)
