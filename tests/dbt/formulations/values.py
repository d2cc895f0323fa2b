"""What the dispatched macros over single values are tried on: arguments, made-up rows, expectations."""

import hashlib
import json
import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Row = tuple[Any, ...]
UTC = ZoneInfo("UTC")
ZONES = ("Europe/Tallinn", "America/New_York", "Asia/Kolkata")
STEPS = ("email_open", "cart_add", "buy|now", "a.b")
PAID = "^(.*cp.*|ppc|retargeting|paid.*)$"


@dataclass(frozen=True)
class Case:
    """Arguments of the formulation, in words of Jinja, over `columns`, name to type, of rows.

    `expected` is what a row must give; without it two formulations must give the same.
    """

    arguments: Sequence[str]
    columns: Mapping[str, str]
    rows: st.SearchStrategy[Row]
    expected: Callable[[Row], Any] | None = None


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _words(text: str) -> list[str]:
    """Runs of letters, marks and numbers, by the categories of Unicode."""
    plain = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower())
    return plain.split()


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _near_the_clock_change(seed: int) -> datetime:
    """A local time within two days of a clock change in Tallinn or New York, or any other."""
    draw = random.Random(seed)
    around = draw.choice([datetime(2026, 10, 25, 3), datetime(2026, 11, 1, 1), datetime(2026, 3, 29, 3)])
    return around + timedelta(minutes=draw.randint(-2880, 2880) if draw.random() < 0.9 else seed % 10**7)


TEXTS = st.text(alphabet="abc|>.\"'\\\n\t€õ {}[]:,-_", max_size=12)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))
DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))
CHARACTERS = st.sampled_from(["a", "õ", "e\u0301", "👍🏽", "👨‍👩‍👧", "🇪🇪", "❤️", "€", " ", "字"])
COUNTS = st.integers(0, 2**63 - 1)
# What is a number, or a time, to one engine and not to another; parted by bars.
ODD_NUMBERS = (
    "12.5|-12.5|2.5|-.5|0.49|12.|.|.7|1e3|1E+2|15e-1|1e|1e18|1e19|1_000|1__0|_1|1.|5_|+5|--5|1d|1f|1L|12,5|12abc"
    "|9223372036854775807|9223372036854775808|00012|-0|2147483648|inf|-Infinity|true|null|१२|| | 12 |\t12\n"
    "|\u00a012|+ 5|12 5"
)
ODD_TIMES = (
    "2026|2026-10|2026-1-1|2026-10-25|2026-02-30|20261001|2026-10-01T10:00:00|2026-10-01T10|today|-"
    "|2026-10-01+|2026-10-01x|2026-10-01T|T10:00|10:00|| 2026-10-25 |2026-10-01 foo"
    "|2026-10-01 10:00:00|2026-10-01 24:00:00|2026-10-01 10:00|2026-10-01 10|2026-10-01 1:2:3"
    "|2026-10-01 10:00:00 x|2026-10-01 10:00:00.1234567"
)
NUMBERS = st.one_of(
    st.sampled_from(ODD_NUMBERS.split("|")),
    st.integers(-(10**6), 10**6).map(lambda thousandths: str(thousandths / 1000)),
)
DAYS_AND_TIMES = st.sampled_from(ODD_TIMES.split("|"))
LISTS = _maybe(st.lists(st.sampled_from(["a", "b", "a, b", ""]), max_size=4))

# By name of the macro; what follows a slash names one of several cases.
CASES: dict[str, Case] = {
    "as_enum": Case(
        ["'text', 'journey_stage'"],
        {"text": "varchar"},
        st.tuples(_maybe(st.sampled_from(["decision", "customer"]))),
    ),
    "displayed_length": Case(
        ["'text'"], {"text": "varchar"}, st.tuples(_maybe(st.lists(CHARACTERS).map("".join)))
    ),
    "text_fits": Case(
        [f"'text', '{PAID}'", "'text', '^(.*(([^a-df-z]|^)shop|shopping).*)$'"],
        {"text": "varchar"},
        st.tuples(
            _maybe(
                st.lists(st.sampled_from(["ppc", "cp", "paid", "shop", "eshop", "ping", "x"])).map("".join)
            )
        ),
    ),
    "words_of": Case(
        ["'text'"],
        {"text": "varchar"},
        st.tuples(_maybe(st.text(alphabet="aZ5 -_%.!ÕüЛе春セーकी٣Ⅷ½²_★🎉\u0301\u00a0\n'", max_size=12))),
        lambda row: None if row[0] is None else _words(row[0]),
    ),
    "text_match": Case(
        ["'text', '([[:space:][&]+)x$', 1", "'text', '^(?:a|[]b.])+(.?)$', 1", "'text', '(?i)(ä+|k)', 1"],
        {"text": "varchar"},
        st.tuples(_maybe(st.text(alphabet="abxkKÄäK[]&. \n\r\t\u2028", max_size=6))),
    ),
    "json_text": Case(
        ["'document', 'key'"],
        {"document": "varchar", "key": "varchar"},
        st.dictionaries(
            st.sampled_from(["a", "a.b", "c d"]), st.one_of(TEXTS, st.integers(), st.none(), st.booleans())
        )
        .map(json.dumps)
        .flatmap(lambda document: st.tuples(st.just(document), st.sampled_from(["a", "a.b", "c d", "b"]))),
    ),
    "json_path_text": Case(
        ["'document', \"'$[' || number || '].subject'\""],
        {"document": "varchar", "number": "integer"},
        st.tuples(
            st.lists(TEXTS, max_size=3).map(lambda texts: json.dumps([{"subject": t} for t in texts])),
            st.integers(0, 3),
        ),
        lambda row: dict(enumerate(section["subject"] for section in json.loads(row[0]))).get(row[1]),
    ),
    "json_object_of": Case(
        ["{'one': 'one', 'other': 'other'}"],
        {"one": "varchar", "other": "varchar"},
        st.tuples(_maybe(TEXTS), _maybe(TEXTS)),
    ),
    "list_holds": Case(
        ["'list', 'value'"],
        {"list": "varchar[]", "value": "varchar"},
        st.tuples(LISTS, st.sampled_from(["a", "b"])),
        lambda row: row[1] in (row[0] or ()),
    ),
    "list_as_text": Case(
        ["'list', ', '"],
        {"list": "varchar[]"},
        st.tuples(LISTS),
        lambda row: None if row[0] is None else ", ".join(row[0]),
    ),
    "no_list_of_texts": Case([""], {"list": "varchar[]"}, st.tuples(st.just(["a"])), lambda _: None),
    "stable_key": Case(
        ["[\"'journey'\", 'text', 'number']"],
        {"text": "varchar", "number": "bigint"},
        st.tuples(_maybe(TEXTS), _maybe(COUNTS)),
    ),
    "instant_text": Case(["'moment'"], {"moment": "timestamptz"}, st.tuples(_maybe(INSTANTS.map(_in_utc)))),
    "number_text": Case(
        ["'number'"],
        {"number": "double"},
        st.tuples(
            _maybe(
                st.one_of(
                    st.integers(-(10**12), 10**12).map(lambda cents: cents / 100),
                    st.sampled_from(
                        [0.0, 0.1, 1e7, 12345678.9, 1e15, 0.0005, -0.00012, 1e6, 9999999.99, 1e-3]
                    ),
                )
            )
        ),
    ),
    "try_number": Case(
        [f"'text', '{type_}'" for type_ in ("bigint", "integer", "double", "decimal(38, 4)")],
        {"text": "varchar"},
        st.tuples(_maybe(NUMBERS)),
    ),
    # Halves of a ten-thousandth, which no double is.
    "money_amount": Case(
        ["'number'"],
        {"number": "double"},
        st.tuples(_maybe(st.integers(-(10**9), 10**9).map(lambda number: (number * 10 + 5) / 100_000))),
    ),
    "trimmed": Case(
        ["'text'"],
        {"text": "varchar"},
        st.tuples(
            _maybe(
                st.text(alphabet="ab \t\n\u00a0\u1680\u2003\u200a\u200b\u202f\u205f\u3000\ufeff", max_size=6)
            )
        ),
    ),
    "try_date": Case(["'text'"], {"text": "varchar"}, st.tuples(_maybe(DAYS_AND_TIMES))),
    "sha256_hex": Case(
        ["'text'"],
        {"text": "varchar"},
        st.tuples(_maybe(TEXTS)),
        lambda row: None if row[0] is None else hashlib.sha256(row[0].encode()).hexdigest(),
    ),
    "key_of_two": Case(
        ["'one', 'other'"], {"one": "bigint", "other": "bigint"}, st.tuples(_maybe(COUNTS), _maybe(COUNTS))
    ),
    "to_utc": Case(
        ["'moment', 'zone'"],
        {"moment": "timestamp", "zone": "varchar"},
        st.tuples(_maybe(st.integers(0, 2**32).map(_near_the_clock_change)), st.sampled_from(ZONES)),
    ),
    "from_utc": Case(
        ["'moment', 'zone'"],
        {"moment": "timestamp", "zone": "varchar"},
        st.tuples(st.integers(0, 2**32).map(_near_the_clock_change), st.sampled_from(ZONES)),
        lambda row: row[0].replace(tzinfo=UTC).astimezone(ZoneInfo(row[1])).replace(tzinfo=None),
    ),
    # Quarters are exact in binary, so that both formulations round the same number.
    "round_half_even": Case(
        ["'number', 0"],
        {"number": "double"},
        st.tuples(_maybe(st.integers(-(10**9), 10**9).map(lambda quarters: quarters / 4))),
    ),
    "epoch_milliseconds": Case(
        ["'number'"], {"number": "bigint"}, st.tuples(_maybe(st.integers(-(10**12), 4 * 10**12)))
    ),
    "parse_timestamp": Case(
        ["'text', '%Y%m%d%H%M'"],
        {"text": "varchar"},
        st.tuples(
            _maybe(
                st.one_of(
                    INSTANTS.map("{:%Y%m%d%H%M}".format),
                    st.sampled_from(["", "(other)", "202613010000", "20260230120000", "202602300000"]),
                )
            )
        ),
    ),
    "instant_to_utc": Case(
        ["'text'"],
        {"text": "varchar"},
        st.tuples(
            st.one_of(
                st.just("yesterday"),
                st.datetimes(
                    datetime(1990, 1, 1), timezones=st.sampled_from([UTC, *map(ZoneInfo, ZONES)])
                ).map(datetime.isoformat),
            )
        ),
        lambda row: (
            None
            if row[0] == "yesterday"
            else datetime.fromisoformat(row[0]).astimezone(UTC).replace(tzinfo=None)
        ),
    ),
    "try_timestamp": Case(
        ["'text'"],
        {"text": "varchar"},
        st.tuples(
            st.one_of(
                st.sampled_from(
                    ["yesterday", "now", "2026", "T12:00", "", "2026-13-01", "2026-02-30 10:00:00"]
                ),
                st.sampled_from(["2026-10-25", "2026-10-25T03:30:00", "2026-10-25 3:05:01.5"]),
                INSTANTS.map(str),
            )
        ),
    ),
    "seconds_between": Case(
        ["'earlier', 'later'"],
        {"earlier": "timestamp", "later": "timestamp"},
        st.tuples(_maybe(INSTANTS), INSTANTS),
    ),
    "later_period/week": Case(
        ["'week', 'day', 'number'"],
        {"day": "date", "number": "bigint"},
        st.tuples(DAYS, st.integers(0, 500)),
        lambda row: row[0] + timedelta(weeks=row[1]),
    ),
    "later_period/month": Case(
        ["'month', 'day', 'number'"],
        {"day": "date", "number": "bigint"},
        st.tuples(DAYS.map(lambda day: day.replace(day=1)), st.integers(0, 500)),
        lambda row: date(
            row[0].year + (row[0].month - 1 + row[1]) // 12, (row[0].month - 1 + row[1]) % 12 + 1, 1
        ),
    ),
    "periods_between/week": Case(
        ["'week', 'monday', 'later_day'"],
        {"monday": "date", "later_day": "date"},
        st.tuples(DAYS, st.integers(0, 5_000)).map(
            lambda drawn: (drawn[0] - timedelta(days=drawn[0].weekday()), drawn[0] + timedelta(days=drawn[1]))
        ),
    ),
    "periods_between/month": Case(
        ["'month', 'first', 'later_day'"],
        {"first": "date", "later_day": "date"},
        st.tuples(DAYS, st.integers(0, 5_000)).map(
            lambda drawn: (drawn[0].replace(day=1), drawn[0] + timedelta(days=drawn[1]))
        ),
    ),
}
