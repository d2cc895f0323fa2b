"""A feed's file as events: SQL from the file's columns (all text) to those of every feed's table."""

from collections.abc import Sequence

from dagster_project.sources.event_files import EVENT_COLUMNS, Feed
from dagster_project.warehouse.sql import contact_key, literal, quoted


def event_expressions(feed: Feed, present: Sequence[str], properties: str) -> dict[str, str]:
    """Column to SQL over a relation with the text columns `present`; `properties` is the SQL of that column.

    A mapped column the file does not have is null; blank texts are null.
    """
    found: dict[str, str] = {}
    for name, type_ in EVENT_COLUMNS.items():
        text = field_text(feed, present, name)
        match name:
            case "occurred_at":
                found[name] = instant(text, feed.timezone)
            case "properties":
                found[name] = properties
            case "contact_key":
                found[name] = _contact_key(feed, present)
            case _ if type_ == "DOUBLE":
                found[name] = f"try_cast({text} as double)"
            case _:
                found[name] = text
    return found


def field_text(feed: Feed, present: Sequence[str], name: str) -> str:
    """SQL of the text of a Milepost field: its constant, its column without blanks around it, or null."""
    if name in feed.constants:
        return literal(feed.constants[name])
    column = feed.columns.get(name, "")
    return f"nullif(trim({quoted(column)}), '')" if column in present else "cast(null as varchar)"


def misfit(feed: Feed, present: Sequence[str], defect: tuple[str, str] | None) -> str:
    """SQL of the reason why a row is no event, or null, beside its converted columns."""
    revenue = field_text(feed, present, "revenue")
    when = field_text(feed, present, "occurred_at")
    absent = [c for f, c in feed.columns.items() if f in ("occurred_at", "event_name") and c not in present]
    reasons = [f"when true then {literal(f'the file has no column {absent[0]}')}"] if absent else []
    if defect is not None:
        reasons.append(f"when {defect[0]} then {literal(defect[1])}")
    reasons += [
        f"when occurred_at is null then "
        f"coalesce('occurred_at is no instant: ' || {when}, 'occurred_at is empty')",
        f"when event_name is null then 'event_name is empty'",
        f"when revenue is null and {revenue} is not null then 'revenue is no number: ' || {revenue}",
    ]
    return "case " + " ".join(reasons) + " end"


def key_hash(feed: Feed) -> str:
    """SQL of the hash of the natural key: event_id where there is one, else all mapped columns together."""
    every = f"hash({', '.join(key_columns(feed))})"
    return (
        f"case when event_id is not null then hash(event_id) else {every} end"
        if "event_id" in feed.columns
        else every
    )


def key_columns(feed: Feed) -> list[str]:
    """The columns that together tell events without an event_id apart."""
    names = {"contact_key" if name == "email" else name for name in feed.columns}
    return [name for name in EVENT_COLUMNS if name in names]


def instant(text: str, timezone: str) -> str:
    """SQL of an instant written as a timestamp with or without offset, or as epoch seconds, ms or µs.

    A number counts as an epoch only in the range of its unit between 1973 and 2286: 20261115 is refused, not
    misread. DuckDB's cast to timestamp ignores offsets and AM/PM, so a text that ends in a letter or holds an
    offset is cast with its zone or not at all. Without an offset the time is local to `timezone`; in the hour
    that is repeated in autumn the later instant is taken.
    """
    number = f"try_cast({text} as double)"
    micros = (
        f"case when {number} >= 1e8 and {number} < 1e10 then {number} * 1e6 "
        f"when {number} >= 1e11 and {number} < 1e13 then {number} * 1e3 "
        f"when {number} >= 1e14 and {number} < 1e16 then {number} end"
    )
    has_offset = f"contains({text}, '+') or contains(substr({text}, 11), '-') or {text}[-1] > '9'"
    with_offset = f"try_cast(replace(replace({text}, ' +', '+'), ' -', '-') as timestamptz)"
    local = f"try_cast({text} as timestamp)"
    return (
        f"case when {number} is not null then make_timestamptz(cast(round({micros}) as bigint)) "
        f"when {has_offset} then {with_offset} "
        f"else timezone({literal(timezone)}, {local}) end"
    )


def _contact_key(feed: Feed, present: Sequence[str]) -> str:
    """From the address where there is one, else as given."""
    given = f"lower({field_text(feed, present, 'contact_key')})"
    if feed.columns.get("email", "") not in present:
        return given
    return f"coalesce({contact_key(quoted(feed.columns['email']))}, {given})"
