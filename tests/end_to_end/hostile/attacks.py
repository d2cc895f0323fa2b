"""The table of attacks: what a stranger sends, and whether it ends as right data or as one sentence.

An attack on a vendor is a record more in the simulated world, some of whose fields are changed on the wire;
one by event files is a row, or a file. Whatever reaches the events carries its name in `url`.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

# The first of the two hours that clocks showed twice: 03:50 in Tallinn.
NOW = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)


# Sent in several spellings, and to be found nowhere.
LEAK = "jane.doe@leak.example"
ENCODED = "jane.doe%40leak.example"
DIGESTS = {name: hashlib.new(name, LEAK.encode()).hexdigest() for name in ("md5", "sha1", "sha256")}


class Outcome(StrEnum):
    RIGHT_DATA = "right data"
    ONE_SENTENCE = "one sentence"


@dataclass(frozen=True)
class Attack:
    """`shown` are columns of the attack's one event in fct_events, None when it has none.

    `said` is in the one sentence of a quarantine, of a correction or of a check.
    """

    kind: str
    name: str
    sent: Mapping[str, Any] | bytes
    shown: Mapping[str, Any] | None = field(default_factory=dict)
    said: str = ""
    at: datetime | None = None

    @property
    def outcome(self) -> Outcome:
        return Outcome.ONE_SENTENCE if self.said else Outcome.RIGHT_DATA

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


def _at(*parts: int) -> dict[str, Any]:
    return {"occurred_at": datetime(*parts)}  # type: ignore[arg-type]


IMPLAUSIBLE = "time is not a plausible time: "
AHEAD = "is after the extraction and was set to it"
EXTRACTED = {"occurred_at": NOW.replace(tzinfo=None)}

SHOP = "https://shop.example.com"
# Clicks without a campaign in the action log, each of a contact of its own.
SMAILY = (
    Attack("A1", "the end of time", {"time": "9999-12-31 23:59:59"}, None, f"{IMPLAUSIBLE}9999-12-31"),
    Attack("A1", "the epoch", {"time": "1970-01-01 02:00:00"}, None, f"{IMPLAUSIBLE}1970-01-01"),
    Attack("A1", "a year of two digits", {"time": "0015-11-26 10:00:00"}, None, f"{IMPLAUSIBLE}0015-11-26"),
    Attack("A1", "an action of 2106", {"time": "2106-02-07 06:28:15"}, None, f"{IMPLAUSIBLE}2106-02-07"),
    Attack("A1", "an infinite time", {"time": "infinity"}, None, f"{IMPLAUSIBLE}infinity"),
    Attack("A1", "a clock five hours fast", {"time": "2026-10-25 08:30:00"}, EXTRACTED, f"time {AHEAD}"),
    Attack("A1", "the repeated hour", {"time": "2026-10-25 03:45:00"}, _at(2026, 10, 25, 0, 45)),
    Attack("A3", "a word for a number", {"seq_id": "last"}, None, "seq_id is not a BIGINT: last"),
    Attack("A3", "an object for a text", {"campaign_name": {"a": [1]}}),
    Attack("C13", "an address in a click", {"value": f"{SHOP}/attack/an-address-in-a-click?e={ENCODED}"}),
    Attack("C13", "an address in a campaign", {"campaign_name": f"Hi Jane <{LEAK}>"}),
    Attack("C13", "an address within a link",
           {"value": f"{SHOP}/?to=jane.doe%2540leak.example&at=/attack/an-address-within-a-link"},
           {"url": f"{SHOP}/?to=<address>&at=/attack/an-address-within-a-link"}),
    Attack("C13", "a digest in a click",
           {"value": f"{SHOP}/attack/a-digest-in-a-click?h={DIGESTS['sha256'].upper()}"}),
    Attack("A3", "a name of markup", {"campaign_name": "<b>[x](javascript:1)|`"}),
)  # fmt: skip

# Hits with a minute of their own, in all reports.
PAGE = "pagePathPlusQueryString"
MINUTE = datetime(2026, 10, 20, 10, 0)
FOLDED = (
    "dateHourMinute", "eventName", "customEvent:client_id", "customEvent:session_id", "customEvent:hit_ts",
    "customEvent:contact_key", "deviceCategory", "country",
)  # fmt: skip
GOOGLE_ANALYTICS = (
    Attack("A1", "a hit of sixteen digits", {"customEvent:hit_ts": "9999999999999999"}, {"minute": 0}),
    Attack("A1", "a hit of 400 days ago", {"customEvent:hit_ts": "1757930400000"}, {"minute": 1}),
    Attack("A1", "a hit in three days", {"customEvent:hit_ts": "1793095200000"}, {"minute": 2}),
    Attack("A1", "a word for a hit time", {"customEvent:hit_ts": "undefined"}, {"minute": 3}),
    Attack(
        "A1",
        "all dimensions folded",
        dict.fromkeys(FOLDED, "(other)"),
        {"event_name": "(other)", "person_key": None, "occurred_at": datetime(2026, 10, 19, 21)},
    ),
    Attack("A1", "no time at all", {"dateHourMinute": "(not set)", "customEvent:hit_ts": "(not set)"},
           {"person_key": None, "occurred_at": datetime(2026, 10, 19, 21)}),
    Attack("A1", "a minute of another year", {"dateHourMinute": "000101010000", "customEvent:hit_ts": ""},
           {"person_key": None, "occurred_at": datetime(2026, 10, 19, 21)}),
    Attack("A1", "a purchase of NaN", {"purchaseRevenue": "NaN"}, {"revenue": None},
           "purchase_revenue is not a plausible number and was left out"),
    Attack("A1", "a purchase of 1e400", {"purchaseRevenue": "1e400"}, {"revenue": None},
           "purchase_revenue is not a plausible number and was left out"),
    Attack("C13", "an address in a page", {PAGE: f"/attack/an-address-in-a-page?m={ENCODED}"}),
    Attack("C13", "an address encoded twice",
           {PAGE: "/attack/an-address-encoded-twice?m=jane.doe%2540leak.example"}),
    Attack("C13", "a digest in a page", {PAGE: f"/attack/a-digest-in-a-page?h={DIGESTS['sha256']}"}),
    Attack("C13", "a digest in an event name", {"eventName": f"signup_{DIGESTS['sha1']}"}),
    Attack("C13", "an address as contact key", {"customEvent:contact_key": LEAK}),
    Attack("C13", "an address as client", {"customEvent:client_id": LEAK}),
    Attack("C13", "an address in an event name", {"eventName": f"signup_{LEAK}"}),
    Attack("C13", "an address as device", {"deviceCategory": "jane.doe＠leak.example"}),
    Attack("B11", "a minute of the repeated hour", {"customEvent:hit_ts": "1"}, _at(2026, 10, 25, 0, 45),
           at=datetime(2026, 10, 25, 0, 45)),
    Attack("A3", "an engagement in words", {"userEngagementDuration": "long"}, None, "is not a DOUBLE: long"),
)  # fmt: skip

# Rows of one CSV file: occurred_at, event_name, revenue, user_id.

ROWS = (
    Attack("A1", "a row of year 15", {"ts": "15-11-26 10:00"}, None, "not a plausible time: 15-11-26 10:00"),
    Attack("A1", "a row of 1970", {"ts": "1970-01-01 02:00"}, None, "not a plausible time: 1970-01-01 02:00"),
    Attack("A1", "a row of year 9999", {"ts": "9999-12-31"}, None, "not a plausible time: 9999-12-31"),
    Attack("A1", "a row of 2106", {"ts": "2106-02-07 06:28:15"}, None, "not a plausible time: 2106-02-07"),
    Attack("A1", "a row five hours ahead", {"ts": "2026-10-25 08:30:00"}, EXTRACTED, f"occurred_at {AHEAD}"),
    Attack("A1", "a row at the limit", {"ts": "1990-01-01 02:00:00"}, _at(1990, 1, 1)),
    Attack("A1", "revenue NaN", {"amount": "NaN"}, None, "revenue is not a number: NaN"),
    Attack("A1", "revenue inf", {"amount": "inf"}, None, "revenue is not a number: inf"),
    Attack("A1", "revenue 1e400", {"amount": "1e400"}, None, "revenue is not a number: 1e400"),
    Attack("A1", "revenue 1e12", {"amount": "1e12"}, None, "revenue is not a plausible amount: 1e12"),
    Attack("A1", "revenue in words", {"amount": "twenty"}, None, "revenue is not a number: twenty"),
    Attack("A2", "a NUL in a name", {"event": "page\0view"}, None, "the row has a NUL character"),
    Attack("B6", "an event of no rule with revenue", {"event": "Purchase", "amount": "40"}, said="Purchase"),
    Attack("C13", "an address as user", {"user": LEAK}),
    Attack("C13", "an address as event", {"event": LEAK}),
    Attack("C13", "an address as campaign", {"campaign": f"for {LEAK}"}),
    Attack("C13", "an address in a note", {"note": f"write to &lt;jane.doe&#64;leak.example&gt;, {LEAK}"}),
    Attack("C13", "a digest in a note", {"note": DIGESTS["md5"]}),
    Attack("C13", "a digest as campaign", {"campaign": DIGESTS["sha256"]}),
    Attack("C13", "an address in an amount", {"amount": LEAK}, None, "revenue is not a number: "),
    Attack("A3", "SQL in a name", {"event": "'; drop table raw._loads; --"},
           {"event_name": "'; drop table raw._loads; --"}),
)  # fmt: skip

HEADER = "ts,event,mail,amount,user,campaign,note,page\n"


def _file(name: str, row: str = "2026-10-20 13:00:00,page_view,,,,,,") -> bytes:
    return f"{HEADER}{row}/attack/{name.replace(' ', '-')}\n".encode()


_LONG = gzip.compress(HEADER.encode() + b"".join(b"2026-10-20 13:00:00,x%d,,,\n" % n for n in range(9_999)))
_OBJECTS = [{"ts": "2026-10-20 13:00:00", "event": "page_view"} for _ in range(3)]
# By their endings.
FILES = {
    "cr.csv": Attack("A2", "lines end in CR", _file("lines end in CR").replace(b"\n", b"\r")),
    "sep.csv": Attack("A2", "a sep line", b"sep=;\n" + _file("a sep line").replace(b",", b";")),
    "CAPITALS.CSV.GZ": Attack("C15", "a name in capitals", gzip.compress(_file("a name in capitals"))),
    "named.csv": Attack(
        "C13", "an address as column", _file("an address as column").replace(b"note", LEAK.encode())
    ),
    "again.csv": Attack("B7", "a file sent twice", _file("a file sent twice")),
    "[shop] O'Neil 50%/x.csv": Attack("B5", "brackets in a folder", _file("brackets in a folder")),
    "cut.csv.gz": Attack("A2", "a gzip cut short", _LONG[: len(_LONG) // 2], None, "damaged or was cut"),
    "flipped.csv.gz": Attack(
        "A2", "a gzip with a flipped byte", _LONG[:-6] + b"?" + _LONG[-5:], None, "damaged or was cut"
    ),
    "utf16.csv": Attack("A2", "UTF-16", _file("UTF-16").decode().encode("utf-16"), None, "UTF-16 text"),
    "wide.csv": Attack("A2", "a first line too long", b"x" * 140_000 + b"\n1\n", None, "not a CSV header"),
    "book.csv": Attack("A2", "a workbook", b"PK\x03\x04" + bytes(99), None, "an Excel workbook"),
    "array.jsonl": Attack(
        "A2", "a pretty array", msgspec.json.format(msgspec.json.encode(_OBJECTS)), None, "a JSON array"
    ),
    "deep.jsonl": Attack(
        "A3", "deep JSON", b"[" * 9_999 + b"]" * 9_999 + b"\n{}\n", None, "the line is not a JSON object"
    ),
    f"of {LEAK}.csv": Attack("C13", "an address in a header", (
        f"{HEADER.strip()},{LEAK}\n2026-10-20 13:00:00,page_view,,,,,,/attack/an-address-in-a-header,{LEAK}\n"
    ).encode()),
    "wrong.csv": Attack("B6", "none of the columns", b"a,b\n1,2\n", None, "has none of the columns"),
}  # fmt: skip

ATTACKS: Mapping[str, tuple[Attack, ...]] = {
    "smaily": SMAILY,
    "google_analytics": GOOGLE_ANALYTICS,
    "rows": ROWS,
    "files": tuple(FILES.values()),
}


def hit_time(number: int) -> datetime:
    """Of the attack at that place in GOOGLE_ANALYTICS."""
    return GOOGLE_ANALYTICS[number].at or MINUTE + timedelta(minutes=number, milliseconds=7)


# What Smaily, Bitly and Google Analytics may speak too: the rest of the world must be the same in it.
DIALECTS = {
    "smaily_ids": "mixed",
    "smaily_views": "pairs",
    "smaily_sections": "test",
    "bitly_deleted": "by_path",
    "bitly_back_halves": "own_endpoint",
    "bitly_days": "sparse",
    "ga4_missing_values": "mixed",
}
