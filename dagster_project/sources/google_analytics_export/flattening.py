"""What the models need of an event, out of its nested lists: a flat list of values at the head of its record.

The event itself stays as it came. A value of another type than documented is taken as what it can be read
as, or is null: only an event without a time is invalid, and loading puts it into quarantine.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dagster_project.sources.google_analytics_export.values import (
    amount_of,
    fields_of,
    instant,
    number_of,
    objects_in,
    parameters_in,
    text_of,
    whole_number,
)

# The fields of the flat list, and of what else an event has.
COLUMNS: Final = "_columns"
PROPERTIES: Final = "_properties"
# Since 2025 the session cookie's own text may stand here: GS2.1.s1747075570$o5$g1…
_SESSION_COOKIE: Final = re.compile(r"^(?:GS\d\.\d\.)?s(\d+)\$")
# GA4's words for none, for what a data deletion request took away, and for what its public sample hides.
_NO_VALUES: Final = frozenset({"(not set)", "(data deleted)", "<Other>"})
# What Google collects by itself, which says nothing of what was done, or is a column already.
_OWN_PARAMETERS: Final = frozenset(
    {
        "batch_ordering_id",
        "batch_page_id",
        "campaign",
        "campaign_id",
        "client_id",
        "contact_key",
        "content",
        "currency",
        "dclid",
        "debug_mode",
        "engaged_session_event",
        "engagement_time_msec",
        "entrances",
        "firebase_conversion",
        "firebase_event_origin",
        "firebase_screen_class",
        "firebase_screen_id",
        "ga_session_id",
        "ga_session_number",
        "ga_temp_client_id",
        "ga_temp_ecid",
        "gclid",
        "hit_ts",
        "ignore_referrer",
        "medium",
        "page_location",
        "page_path",
        "page_referrer",
        "page_title",
        "percent_scrolled",
        "session_engaged",
        "session_id",
        "source",
        "srsltid",
        "synthetic_bundle",
        "term",
        "transaction_id",
    }
)
# What a page should not send to Google: it would be published with the event.
_PERSONAL: Final = re.compile(
    r"^mobile(_?(no|number))?$|(^|_)(phone|tel|telephone|msisdn|address|street|postal_?code|postcode|zip_?code"
    r"|(first|last|full|given|family|middle|sur|customer|user|contact|billing|shipping)_?name"
    r"|birth_?(day|date)|date_of_birth|dob|iban|ssn|password)(_|\d|$)",
    re.IGNORECASE,
)
_ITEM_FIELDS: Final = ("item_id", "item_name", "item_category", "quantity", "price", "coupon")


class _Event(msgspec.Struct):
    """The fields that are read; a field may be of any type, and missing."""

    event_timestamp: Any = None
    event_name: Any = None
    event_params: Any = None
    user_id: Any = None
    user_pseudo_id: Any = None
    privacy_info: Any = None
    device: Any = None
    geo: Any = None
    collected_traffic_source: Any = None
    session_traffic_source_last_click: Any = None
    ecommerce: Any = None
    items: Any = None
    batch_page_id: Any = None
    batch_ordering_id: Any = None
    batch_event_index: Any = None
    stream_id: Any = None
    platform: Any = None


_DECODER: Final = msgspec.json.Decoder(_Event)
_ENCODER: Final = msgspec.json.Encoder()


def flattened(line: bytes) -> bytes:
    """The record with these two before its own fields; ValueError unless it is a JSON object."""
    try:
        columns, properties = values(_DECODER.decode(line))
        head = _ENCODER.encode({COLUMNS: columns, PROPERTIES: properties})[:-1]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    rest = line[1:].lstrip()
    return head + (b"" if rest.startswith(b"}") else b",") + rest


def values(event: _Event) -> tuple[list[str | None], dict[str, Any] | None]:
    """The flat values, in the order of `streams.FLAT_COLUMNS`, and the properties."""
    parameters = parameters_in(event.event_params)
    ecommerce = fields_of(event.ecommerce)
    collected = _collected_traffic(event, parameters)
    session = _session_traffic(event)
    columns = [
        instant(event.event_timestamp),
        text_of(event.event_name),
        _key(event, parameters),
        _position(event, parameters),
        text_of(event.user_pseudo_id),
        text_of(event.user_id),
        _session_id(parameters.get("ga_session_id")),
        text_of(parameters.get("contact_key")),
        text_of(parameters.get("page_location")),
        number_of(parameters.get("engagement_time_msec")),
        text_of(fields_of(event.privacy_info).get("analytics_storage")),
        *session,
        *collected,
        text_of(ecommerce.get("transaction_id")) or text_of(parameters.get("transaction_id")),
        *_amount(text_of(event.event_name), ecommerce, parameters),
        text_of(fields_of(event.device).get("category")),
        text_of(fields_of(event.geo).get("country")),
    ]
    return columns, _properties(event, parameters, session[3] or collected[3])


def _key(event: _Event, parameters: Mapping[str, Any]) -> str:
    """A digest of what distinguishes two events, as the export has no event id.

    All events of a bundle share `event_timestamp`; the order of parameters differs between tables of one day.
    """
    ecommerce = fields_of(event.ecommerce)
    parts = [
        text_of(event.event_timestamp),
        text_of(event.event_name),
        text_of(event.user_pseudo_id),
        text_of(event.user_id),
        text_of(event.stream_id),
        *(text_of(v) for v in (event.batch_page_id, event.batch_ordering_id, event.batch_event_index)),
        sorted((name, text_of(value)) for name, value in parameters.items()),
        *(text_of(ecommerce.get(name)) for name in ("transaction_id", "purchase_revenue", "refund_value")),
        _items(event),
    ]
    return hashlib.blake2b(_ENCODER.encode(parts), digest_size=16).hexdigest()


def _position(event: _Event, parameters: Mapping[str, Any]) -> str | None:
    """Its place among the events of its instant; null in tables from before 2024, which do not say it."""
    page, batch = (
        whole_number(own if own is not None else parameters.get(name))
        for name, own in (
            ("batch_page_id", event.batch_page_id),
            ("batch_ordering_id", event.batch_ordering_id),
        )
    )
    index = whole_number(event.batch_event_index)
    if page is None and batch is None and index is None:
        return None
    place = (page or 0) % 10**12 * 10**6 + min(max(batch or 0, 0), 999) * 1000 + min(max(index or 0, 0), 999)
    return str(place)


def _session_id(value: Any) -> str | None:
    text = text_of(value)
    cookie = _SESSION_COOKIE.match(text) if text else None
    return cookie[1] if cookie else text


def _session_traffic(event: _Event) -> list[str | None]:
    """Source, medium, campaign and content of the session, of one click and never mixed.

    GA4's own figure first; older tables have only those of Google Ads and of UTM.
    """
    session = fields_of(event.session_traffic_source_last_click)
    manual = _click(session.get("manual_campaign"))
    cross = _click(session.get("cross_channel_campaign"))
    if any(cross[:2]):
        return [*cross[:3], manual[3] if manual[:2] == cross[:2] else None]
    if campaign := _stated(fields_of(session.get("google_ads_campaign")).get("campaign_name")):
        return ["google", "cpc", campaign, None]
    return manual if any(manual[:2]) else [None] * 4


def _click(campaign: Any) -> list[str | None]:
    fields = fields_of(campaign)
    return [_stated(fields.get(name)) for name in ("source", "medium", "campaign_name", "content")]


def _stated(value: Any) -> str | None:
    """A text that says something."""
    text = text_of(value)
    return None if text in _NO_VALUES else text


def _collected_traffic(event: _Event, parameters: Mapping[str, Any]) -> list[str | None]:
    """The same of what the event itself was tagged with; before 2023 it stood among the parameters."""
    collected = fields_of(event.collected_traffic_source)
    names = ("source", "medium", "campaign_name", "content")
    found = [_stated(collected.get(f"manual_{name}")) for name in names]
    if any(found[:3]):
        return found
    if text_of(collected.get("gclid")):
        return ["google", "cpc", None, None]
    return [_stated(parameters.get(name)) for name in ("source", "medium", "campaign", "content")]


def _amount(
    name: str | None, ecommerce: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """Amount and currency of an order or a refund, in its own currency where the event says which."""
    if name == "refund":
        fields, value = ("refund_value", "refund_value_in_usd"), parameters.get("value")
    else:
        fields = ("purchase_revenue", "purchase_revenue_in_usd")
        value = parameters.get("value") if name == "purchase" else None
    own, dollars = (amount_of(ecommerce.get(field)) for field in fields)
    currency = _stated(parameters.get("currency"))
    if own is None and dollars is None:
        own = amount_of(value)
    if own is not None and (currency or dollars is None):
        return own, currency.upper() if currency else None
    return (dollars, "USD") if dollars is not None else (None, None)


def _properties(event: _Event, parameters: Mapping[str, Any], content: str | None) -> dict[str, Any] | None:
    """All other parameters, and the items."""
    kept: dict[str, Any] = {
        name: text
        for name, value in sorted(parameters.items())
        if name not in _OWN_PARAMETERS and not _PERSONAL.search(name) and (text := _stated(value)) is not None
    }
    if content:
        kept["content"] = content
    if items := _items(event):
        kept["items"] = items
    platform = text_of(event.platform)
    if platform and platform.upper() != "WEB":
        kept["platform"] = platform
    return kept or None


def _items(event: _Event) -> list[dict[str, str]]:
    items = (
        {name: text for name in _ITEM_FIELDS if (text := text_of(item.get(name))) is not None}
        for item in objects_in(event.items)
    )
    return [item for item in items if item]
