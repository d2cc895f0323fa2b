"""SQL of values that exports write in many ways: times, ids and names of events."""

import re

from dagster_project.raw.files.usual_times import OFFSET, usual_date, usual_time, usual_zoned_time
from dagster_project.raw.files.zone_names import with_offset
from dagster_project.raw.sql import literal
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import ISO, USUAL_FORMATS, FileFormat

# What Python takes for blanks.
EVERY_BLANK = r"[\s\p{Z}\x{0b}\x{1c}-\x{1f}\x{85}]+"
# Other ways of writing an instant, or a local time, that can be read in one way only.
ZONED_FORMATS = (
    "%Y%m%dT%H%M%S%z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%d/%b/%Y:%H:%M:%S %z",
)
HALF_DAY_FORMATS = ("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p", "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d %I:%M %p")
WHOLE = r"-?[0-9]+\.0+"
ISO_DATE = "[0-9]{4}[^0-9][0-9]{1,2}[^0-9][0-9]{1,2}"
# Directives of a format that say a time of day.
CLOCK = re.compile("%-?[HIMcX]")


def instant(text: str, feed: Feed) -> str:
    """SQL of an instant: by the feed's formats, or as ISO 8601 with or without an offset, or as an epoch.

    Without an offset the time is local to the feed's zone; in the repeated hour when daylight-saving time
    ends the later instant is taken.
    """
    formats = feed.file_format.time_formats
    # `try`, because converting a year near the ends of the type's range raises an error
    local = f"try(timezone({literal(feed.timezone)}, {local_time(text, feed)}))"
    if not formats:
        return f"case {_zoned_cases(text, feed.timezone)} else {local} end"
    found = [local]
    for name in formats:
        if name in USUAL_FORMATS:
            found.append(usual_zoned_time(text, name))
        elif name == ISO:
            found.append(f"case {_zoned_cases(text, feed.timezone)} end")
        elif _has_zone(name):
            found.append(f"try_strptime({text}, {literal(name)})")
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def local_time(text: str, feed: Feed) -> str:
    """SQL of the time in `text` without an offset; null for any other text."""
    if not feed.file_format.time_formats:
        return _iso(text)
    found = []
    for name in feed.file_format.time_formats:
        if name in USUAL_FORMATS:
            found.append(usual_time(text, name))
        elif name == ISO:
            found.append(f"case when {_is_zoned(text)} then null else {_iso(text)} end")
        elif not _has_zone(name):
            found.append(f"try_strptime({text}, {literal(name)})")
    return f"coalesce({', '.join(found)})" if found else "null::timestamp"


def is_local_time(text: str, feed: Feed) -> str:
    """SQL that is true for a text that says no offset."""
    if feed.file_format.time_formats:
        return f"({local_time(text, feed)} is not null)"
    return f"(not ({_is_zoned(text)}) and {_iso(text)} is not null)"


def is_date(text: str, feed: Feed) -> str:
    """SQL that is true for a text that `instant` reads and that is a day without a time of day."""
    found = []
    for name in feed.file_format.time_formats or (ISO,):
        if name == ISO:
            found.append(f"regexp_full_match({text}, {literal(ISO_DATE)})")
        elif name in USUAL_FORMATS:
            found.append(usual_date(text, name))
        elif not CLOCK.search(name) and not _has_zone(name):
            found.append(f"try_strptime({text}, {literal(name)}) is not null")
    # a text with a colon has a time, unless the feed has a format of its own that says otherwise
    own = [one for one in found if one.startswith("try_strptime")]
    usual = [one for one in found if one not in own]
    cases = [f"case when not contains({text}, ':') then {' or '.join(usual)} else false end"] if usual else []
    return f"coalesce({' or '.join([*cases, *own]) or 'false'}, false)"


def _iso(text: str) -> str:
    # the engine's cast ignores what follows a time after a blank: 10:15 0500, or another time
    return f"case when not contains(substr({text}, 13), ' ') then try_cast({text} as timestamp) end"


def _has_zone(format_: str) -> bool:
    return "%z" in format_.lower()


def _number(text: str) -> str:
    # a spreadsheet's 1.79E+12 has lost the day; a text with a colon need not be tried
    is_none = " or ".join(f"contains({text}, '{sign}')" for sign in ":eE")
    return f"(case when not ({is_none}) then try_cast({text} as double) end)"


def _has_offset(text: str) -> str:
    return f"contains({text}, '+') or contains(substr({text}, 11), '-') or {text}[-1] > '9'"


def _is_zoned(text: str) -> str:
    """SQL that is true for an epoch, a time with an offset, and what is refused."""
    return f"coalesce(contains({text}, '_') or {_number(text)} is not null or {_has_offset(text)}, false)"


def _zoned_cases(text: str, timezone: str) -> str:
    """SQL branches for a text that says its instant itself, as a timestamp with an offset or as an epoch.

    A number counts as an epoch only in the range of its unit between 1973 and 2286: 20261115 is refused, not
    misread. DuckDB's cast to timestamp ignores offsets and AM/PM, so a text that ends in a letter or contains
    an offset is cast with its zone or not at all.
    """
    number = _number(text)
    micros = (
        f"case when {number} >= 1e8 and {number} < 1e10 then {number} * 1e6 "
        f"when {number} >= 1e11 and {number} < 1e13 then {number} * 1e3 "
        f"when {number} >= 1e14 and {number} < 1e16 then {number} "
        f"when {number} >= 1e17 and {number} < 1e19 then {number} / 1e3 end"
    )
    # DuckDB takes +99:00 for an offset
    is_offset = f"regexp_matches({text}, {literal(OFFSET)})"
    given = f"replace(replace(replace({with_offset(text)}, ' +', '+'), ' -', '-'), ' Z', 'Z')"
    cast = f"try_cast({given} as timestamptz)"
    plain = f"replace({text}, 'Z', '+0000')"
    others = [f"try_strptime({plain}, {literal(one)})" for one in ZONED_FORMATS]
    half_days = f"try_strptime({text}, [{', '.join(map(literal, HALF_DAY_FORMATS))}])"
    cast = f"coalesce({', '.join([cast, *others])}, try(timezone({literal(timezone)}, {half_days})))"
    return (
        f"when contains({text}, '_') then null "  # 1_783_600_000 is a number to SQL only
        f"when {number} is not null then make_timestamptz(cast(round({micros}) as bigint)) "
        f"when {_has_offset(text)} then case when {is_offset} then {cast} end"
    )


def trimmed(text: str) -> str:
    """SQL of the text without blanks at its ends; null for a blank one.

    The engine decodes a text to trim it, which the letters at the ends of nearly every text make needless.
    """
    has_ends = f"{text}[1] between '!' and '~' and {text}[-1] between '!' and '~'"
    return f"case when {has_ends} then {text} else nullif(trim({text}), '') end"


def whole_number(text: str, column: str) -> str:
    """SQL of an id without the fraction that a column of floating-point numbers gives it.

    `text` is the id in `column`, in which nearly no row has what would cost a pattern.
    """
    is_whole = f"regexp_full_match({text}, {literal(WHOLE)})"
    return (
        f"case when contains({column}, '.0') "
        f"then case when {is_whole} then split_part({text}, '.', 1) else {text} end else {text} end"
    )


def plain_event_name(text: str) -> str:
    """SQL of `file_format.plain_name`."""
    return f"lower(regexp_replace(nfc_normalize({text}), {literal(EVERY_BLANK)}, '', 'g'))"


def event_name(text: str, rules: FileFormat) -> str:
    """SQL of Milepost's name for the file's; a name that the feed does not translate stays."""
    cases = " ".join(f"when {literal(name)} then {literal(ours)}" for name, ours in rules.event_names.items())
    return f"case {plain_event_name(text)} {cases} else {text} end"
