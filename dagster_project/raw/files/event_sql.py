"""SQL that maps a file's columns (all text) to the event columns that every feed's table has."""

import json
from datetime import datetime

from dagster_project.raw import plausibility
from dagster_project.raw.addresses import HAS_ADDRESS, address_in, masked_columns
from dagster_project.raw.files import identity
from dagster_project.raw.files.amounts import amount, contradicts, currency_of, has_signs
from dagster_project.raw.files.opened import OpenedFile
from dagster_project.raw.files.values import (
    event_name,
    instant,
    is_date,
    plain_event_name,
    trimmed,
    whole_number,
)
from dagster_project.raw.files.zone_names import MEANINGS, is_ambiguous
from dagster_project.raw.sql import contact_key, literal, quoted
from dagster_project.sources.core import addresses
from dagster_project.sources.event_files import EVENT_COLUMNS, Feed
from dagster_project.sources.event_files.feeds import PROPERTY_FIELDS

AHEAD = "occurred_at is after the extraction and was set to it"
TOO_DEEP = "properties are nested too deeply and were left out"
FIELDS = ("email", *(name for name in EVENT_COLUMNS if name != "properties"))
# An address in one of these is the address of the contact.
IDENTIFIERS = ("contact_key", "user_id")
# Of several values none is the identifier.
NEVER_NESTED = ("email", *IDENTIFIERS, "client_id", "event_id", "order_id")
# Ids that exporters write as numbers with a fraction of nothing: 1001.0.
NUMBERED = ("user_id", "event_id", "order_id")
# What is cast, and so can be no address.
UNMASKED = ("email", "occurred_at", "revenue")


def event_relation(feed: Feed, opened: OpenedFile, extracted_at: datetime, with_record: bool = False) -> str:
    """SQL of a file's rows as events, with `_reason` why a row is not a valid event, or null.

    Nested selects, so that no expression is computed twice: texts, masked texts, values, reason. A mapped
    column that the file does not have is null, and so is a blank text. A time that is ahead of the extraction
    by more than clocks differ becomes the time of the extraction, with `_given_at` and `_correction`, which
    also says what else was left out. A day without a time becomes its end, with `_given_at`. `with_record`
    adds the row's source text, `_record`.
    """
    extraction = f"timestamptz {literal(extracted_at.isoformat())}"
    is_ahead = plausibility.is_ahead("occurred_at", extraction)
    texts = [f"{text_of(feed, opened, name)} as {quoted('_' + name)}" for name in FIELDS]
    values = [f"{_value(feed, opened, name)} as {quoted(name)}" for name in EVENT_COLUMNS]
    defect = opened.defect[0] if opened.defect else "false"
    texts += [f"{_properties(feed, opened)} as _properties", f"{defect} as _defect"]
    texts += [f"({opened.record})::varchar as _record"] if with_record else []
    texts += [f"{opened.is_number} as _is_number"] if opened.is_number else []
    texts += [f"{_has_nul(feed, opened)} as _has_nul"] if opened.has_nul else []
    used = ["_occurred_at", "_revenue", "_defect", HAS_ADDRESS, *(["_has_nul"] if opened.has_nul else [])]
    texts += [
        f"{text_of(feed, opened, name)} as _given_{name}" for name in IDENTIFIERS if name in feed.columns
    ]
    corrections = {AHEAD: is_ahead}
    for name in _nested(feed, opened):
        texts.append(f"{_is_nested(quoted(feed.columns[name]))} as {quoted(f'_{name}_is_nested')}")
        used.append(quoted(f"_{name}_is_nested"))
        corrections[f"{name} is a JSON object or list and was left out"] = used[-1]
    if "event_id" in feed.columns:
        used.append("_event_id")
        corrections[identity.SHORTENED] = identity.is_shortened("_event_id")
    if opened.is_too_deep:
        texts.append(f"{opened.is_too_deep} as _is_too_deep")
        used.append("_is_too_deep")
        corrections[TOO_DEEP] = "_is_too_deep"
    values += [*used, "_record"] if with_record else used
    values.append(f"{is_date('_occurred_at', feed)} as _is_date")
    masked = {f"_{name}": "VARCHAR" for name in feed.columns if name not in UNMASKED}
    masked |= {"_properties": "JSON"}
    return f"""(
        select
            * exclude ({", ".join([*used, "_is_date"])}) replace (
                case when {is_ahead} then {extraction} when _is_date then {_end_of_day(feed, extraction)}
                    else occurred_at end as occurred_at,
                case when {HAS_ADDRESS} then nullif(user_id, contact_key) else user_id end as user_id
            ),
            case when {is_ahead} or _is_date then occurred_at end as _given_at,
            {_reason(feed, opened, extraction)} as _reason,
            {_correction(corrections)} as _correction,
            {identity.mapped_hash(feed)} as _mapped_hash,
        from (
            select {", ".join(values)}
            from {masked_columns(f"(select {', '.join(texts)} from {opened.relation})", masked)}
        )
    )"""


def _end_of_day(feed: Feed, extraction: str) -> str:
    """SQL of the last microsecond of the day at `occurred_at`: no clock gives it, so models know such days.

    A day that was not over at the extraction ends with the second before it.
    """
    zone = literal(feed.timezone)
    end = f"timezone({zone}, date_trunc('day', timezone({zone}, occurred_at)) + interval 1 day)"
    return f"greatest(occurred_at, least({end}, date_trunc('second', {extraction})) - interval 1 microsecond)"


def text_of(feed: Feed, opened: OpenedFile, name: str) -> str:
    """SQL of the text of a Milepost field: its constant, its trimmed column, or null."""
    if name in feed.constants:
        return literal(addresses.masked(feed.constants[name]))
    column = feed.columns.get(name, "")
    if column not in opened.columns:
        return "cast(null as varchar)"
    text = trimmed(quoted(column))
    if name in NUMBERED:
        text = whole_number(text, quoted(column))
    if name == "event_name" and feed.file_format.event_names:
        if any(code.isdecimal() for code in feed.file_format.event_names):
            text = whole_number(text, quoted(column))
        text = event_name(text, feed.file_format)
    if name == "revenue":
        words = ", ".join(map(literal, identity.absent_values()))
        text = f"case when lower({text}) not in ({words}) then {text} end"
    return (
        f"case when not {_is_nested(quoted(column))} then {text} end"
        if name in _nested(feed, opened)
        else text
    )


def _properties(feed: Feed, opened: OpenedFile) -> str:
    """SQL of the properties, with the constants among them."""
    constants = {name: feed.constants[name] for name in PROPERTY_FIELDS if name in feed.constants}
    found = _properties_of_rows(feed, opened)
    if not constants:
        return found
    return f"json_merge_patch(coalesce({found}, '{{}}'), {literal(json.dumps(constants))})"


def _properties_of_rows(feed: Feed, opened: OpenedFile) -> str:
    """SQL of the properties, with what the name of an event says of machines."""
    column = feed.columns.get("event_name", "")
    if not feed.file_format.machine_names or column not in opened.columns:
        return opened.properties
    names = ", ".join(map(literal, feed.file_format.machine_names))
    plain = plain_event_name(quoted(column))
    targets = {feed.file_format.event_names[name] for name in feed.file_format.machine_names}
    is_such = (
        f"{event_name(quoted(column), feed.file_format)} in ({', '.join(map(literal, sorted(targets)))})"
    )
    patches = {True: f"{plain} in ({names})", False: is_such}
    branches = " ".join(
        f"when {condition} then json_merge_patch(coalesce({opened.properties}, '{{}}'), "
        f"{literal(json.dumps({'is_machine': is_machine}))})"
        for is_machine, condition in patches.items()
    )
    return f"case {branches} else {opened.properties} end"


def _nested(feed: Feed, opened: OpenedFile) -> list[str]:
    """The identifiers that may be objects or lists, which identify nothing; CSV has none."""
    names = [name for name in NEVER_NESTED if feed.columns.get(name) in opened.columns]
    return names if feed.format != "csv" else []


def _is_nested(text: str) -> str:
    """SQL that is true for the text of a JSON object or list."""
    return f"coalesce(case when {text}[1] in ('{{', '[') then json_valid({text}) end, false)"


def _has_nul(feed: Feed, opened: OpenedFile) -> str:
    """SQL that is true for a row with a NUL character in a mapped column."""
    mapped = {column for column in feed.columns.values() if column in opened.columns}
    return " or ".join(f"coalesce(contains({quoted(c)}, chr(0)), false)" for c in sorted(mapped))


def _value(feed: Feed, opened: OpenedFile, name: str) -> str:
    """SQL of an event column, over the texts."""
    match name:
        case "event_id":
            return identity.event_id("_event_id") if "event_id" in feed.columns else "_event_id"
        case "occurred_at":
            return instant("_occurred_at", feed)
        case "contact_key":
            # from the address where there is one, else the given key, else an address in place of a user's id
            keys = [contact_key("_email")]
            if "contact_key" in feed.columns:
                keys += [_key_of_address("contact_key"), "lower(_contact_key)"]
            if "user_id" in feed.columns:
                keys.append(_key_of_address("user_id"))
            return f"coalesce({', '.join(keys)})"
        case "user_id" if "user_id" in feed.columns:
            # the address of another contact stays a user's id, by its key
            return f"coalesce({_key_of_address('user_id')}, _user_id)"
        case "revenue":
            is_number = "_is_number" if opened.is_number else None
            return amount("_revenue", "_currency", feed.file_format, is_number)
        case "currency":
            return currency_of("_revenue", "_currency", feed.file_format)
        case "properties":
            return "case when not _is_too_deep then _properties end" if opened.is_too_deep else "_properties"
        case _:
            return quoted("_" + name)


def addresses_in(feed: Feed, opened: OpenedFile) -> list[str]:
    """SQL of the addresses in a row of `opened.relation`, by which contacts are known."""
    texts = {
        name: text_of(feed, opened, name)
        for name, column in feed.columns.items()
        if column in opened.columns and name in ("email", *IDENTIFIERS)
    }
    return [text if name == "email" else address_in(text) for name, text in texts.items()]


def _key_of_address(name: str) -> str:
    """SQL of the contact key of the address in an identifier, or null."""
    return f"case when {HAS_ADDRESS} then {contact_key(address_in(f'_given_{name}'))} end"


def _reason(feed: Feed, opened: OpenedFile, extraction: str) -> str:
    """SQL of the reason why a row is not a valid event, or null."""
    reasons = [
        f"when true then {literal(f'the file has no column {column}')}"
        for field, column in feed.columns.items()
        if field in ("occurred_at", "event_name") and column not in opened.columns
    ][:1]
    if opened.defect is not None:
        reasons.append(f"when _defect then {literal(opened.defect[1])}")
    if opened.has_nul:
        reasons.append("when _has_nul then 'the row has a NUL character'")
    is_implausible = plausibility.is_implausible_time("occurred_at", extraction)
    is_not_a_number = plausibility.is_not_a_number("revenue", "_revenue")
    reasons += [
        "when _occurred_at is null then 'occurred_at is empty'",
        f"when occurred_at is null then case when {is_ambiguous('_occurred_at')} then {literal(MEANINGS)} "
        "else 'occurred_at is not a timestamp: ' end || _occurred_at",
        f"when {is_implausible} then 'occurred_at is not a plausible time: ' || _occurred_at",
        "when event_name is null then 'event_name is empty'",
        f"when _revenue is not null and {is_not_a_number} then {_no_amount(feed)} || _revenue",
        f"when {plausibility.is_too_large('revenue')} then 'revenue is not a plausible amount: ' || _revenue",
    ]
    return "case " + " ".join(reasons) + " end"


def _no_amount(feed: Feed) -> str:
    """SQL of why a text is not an amount."""
    plain = literal("revenue is not a number: ")
    if not has_signs(feed.file_format):
        return plain
    other = literal("revenue is in another currency than the row says: ")
    return f"case when {contradicts('_revenue', 'currency')} then {other} else {plain} end"


def _correction(conditions: dict[str, str]) -> str:
    """SQL of the reasons why values of a row are not the file's, or null."""
    reasons = [
        f"case when {condition} then {literal(reason)} end" for reason, condition in conditions.items()
    ]
    return reasons[0] if len(reasons) == 1 else f"nullif(concat_ws('; ', {', '.join(reasons)}), '')"
