"""SQL of times in the formats that a word of a feed stands for, as people and spreadsheets write them."""

from collections.abc import Iterable, Sequence

from dagster_project.raw.files.zone_names import with_offset
from dagster_project.raw.sql import literal
from dagster_project.sources.event_files.file_format import USUAL_FORMATS

# What needs a look: a comma, or a dot behind a word or between letters (3. Nov 2026, 9:15 p.m.).
SIGNS = (",", ". ", ".m", ".M")
# Between the numbers of a date.
SEPARATORS = (".", "/", "-")
HALF_DAY = r"(?i)([ap])\.?[\s\x{00A0}\x{202F}]?m\.?"
BETWEEN = r"[,\s\x{00A0}\x{202F}]+|\.(?:\s+|$)"
# The end of a time with a zone: its name, or an offset that some place on earth has.
OFFSET = r"[^0-9]$|[+-](?:(?:0?[0-9]|1[0-3])(?::?[0-5][0-9]){0,2}|14(?::?00){0,2})$"
OFFSET_BEHIND = r"\s*(?:GMT|UTC)?([+-]\d\d:?\d\d)$"
# A year of two digits is one of this century, or of the last from here on.
FIRST_OF_LAST_CENTURY = 70


def usual_time(text: str, name: str) -> str:
    """SQL of the local time in `text`; null for any other text."""
    time = _parsed(text, USUAL_FORMATS[name])
    # a spreadsheet's number 9.5 was 9.50, not five past nine
    is_cut = f"{text}[-2] = '.' and contains({text}, ' ') and not contains({text}, ':')"
    # the engine reads 26 as a year of its own; first stands what nearly every row has
    return (
        f"case when {is_cut} then null when year({time}) >= 100 then {time} "
        f"when year({time}) < {FIRST_OF_LAST_CENTURY} then {time} + interval 2000 year "
        f"else {time} + interval 1900 year end"
    )


def usual_date(text: str, name: str) -> str:
    """SQL that is true for a day without a time of day."""
    dates = [one for one in USUAL_FORMATS[name] if "%M" not in one]
    return f"{_strptime(_plain(text), dates)} is not null"


def usual_zoned_time(text: str, name: str) -> str:
    """SQL of the instant in `text`, which ends in an offset or the name of one; null for any other text."""
    # behind a day, -10:00 may be until when
    formats = [f"{one}%z" for one in USUAL_FORMATS[name] if "%M" in one]
    plain = f"regexp_replace({with_offset(_plain(text))}, {literal(OFFSET_BEHIND)}, '\\1')"
    has_zone = f"{text}[-1] > '9' or {text}[-6] in ('+', '-') or {text}[-5] in ('+', '-')"
    is_offset = f"regexp_matches({text}, {literal(OFFSET)})"
    return f"case when ({has_zone}) and {is_offset} then {_strptime(plain, formats)} end"


def _parsed(text: str, formats: Sequence[str]) -> str:
    """SQL of the time in `text`: of a date with a sign behind its first number, only formats with that sign
    are tried.
    """
    cases = f"when {_is_spoken(text)} then {_strptime(_spoken(text), formats)}"
    for sign in SEPARATORS:
        of_sign = [one for one in formats if one[2] == sign]
        if of_sign:
            cases += f" when contains({text}[:3], {literal(sign)}) then {_strptime(text, of_sign)}"
    words_first = sorted(formats, key=lambda one: one[2] in SEPARATORS)
    return f"case {cases} else {_strptime(text, words_first)} end"


def _strptime(text: str, formats: Iterable[str]) -> str:
    return f"try_strptime({text}, [{', '.join(map(literal, formats))}])"


def _plain(text: str) -> str:
    """SQL of the text without commas, and without dots behind words."""
    return f"case when {_is_spoken(text)} then {_spoken(text)} else {text} end"


def _spoken(text: str) -> str:
    half_days = f"regexp_replace({text}, {literal(HALF_DAY)}, '\\1m')"
    return f"trim(regexp_replace({half_days}, {literal(BETWEEN)}, ' ', 'g'))"


def _is_spoken(text: str) -> str:
    return "(" + " or ".join(f"contains({text}, {literal(sign)})" for sign in SIGNS) + ")"
