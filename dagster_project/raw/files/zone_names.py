"""Abbreviations of time zones at the end of a time: their offsets, where they have one meaning.

The engine takes them from a table of its own, in which BST is Bangladesh's and CST in July is an hour off.
"""

from dagster_project.raw.sql import literal

# Those of Europe, North America, Japan, Korea and Oceania, where one meaning is usual.
OFFSETS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), "+00:00"),
    **dict.fromkeys(("WEST", "CET", "MEZ"), "+01:00"),
    **dict.fromkeys(("CEST", "MESZ", "EET"), "+02:00"),
    **dict.fromkeys(("EEST", "MSK"), "+03:00"),
    **dict.fromkeys(("JST", "KST"), "+09:00"),
    "AWST": "+08:00",
    "ACST": "+09:30",
    "AEST": "+10:00",
    "ACDT": "+10:30",
    "AEDT": "+11:00",
    "NZST": "+12:00",
    "NZDT": "+13:00",
    "NST": "-03:30",
    "NDT": "-02:30",
    "EDT": "-04:00",
    **dict.fromkeys(("EST", "CDT"), "-05:00"),
    "MDT": "-06:00",
    **dict.fromkeys(("MST", "PDT"), "-07:00"),
    **dict.fromkeys(("PST", "AKDT"), "-08:00"),
    "AKST": "-09:00",
    "HST": "-10:00",
}
AMBIGUOUS = ("ADT", "AMST", "AMT", "AST", "BST", "CST", "ECT", "GST", "IST", "PYT", "SST", "WST")
ENDS_AMBIGUOUS = rf"(?i)[ \d](?:{'|'.join(AMBIGUOUS)})$"
# A name with a slash is IANA's.
WORD = r"[ \d]([A-Za-z]+)$"
MEANINGS = (
    "occurred_at ends in a time zone of several meanings; write its offset, or name it in time_format and "
    "set timezone: "
)


def with_offset(text: str) -> str:
    """SQL of the time with the offset in place of an abbreviation; null where that has none of its own."""
    word = f"upper(regexp_extract({text}, {literal(WORD)}, 1))"
    cases = " ".join(f"when {literal(name)} then {literal(offset)}" for name, offset in OFFSETS.items())
    bare = f"regexp_replace({text}, '[ ]*[A-Za-z]+$', '')"
    changed = f"case {word} when '' then {text} else {bare} || case {word} {cases} end end"
    return f"case when {text}[-1] >= 'A' and {text}[-1] <> 'Z' then {changed} else {text} end"


def is_ambiguous(text: str) -> str:
    """SQL that is true for a time that ends in an abbreviation of several meanings."""
    # a pattern and no list: the engine would look every row up in a list, not the invalid ones alone
    return f"regexp_matches({text}, {literal(ENDS_AMBIGUOUS)})"
