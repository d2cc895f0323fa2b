"""Times, amounts and texts of files in the dialect that the feed names."""

from datetime import datetime

import pytest

from dagster_project.raw.files.inspection import CHUNK_BYTES
from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import COLUMNS, TEXT, FeedLoader

TIMES: dict[str, tuple[str, str, datetime | None]] = {
    "day first": ("time_format: day_first", "5.11.2026 9:05", at(2026, 11, 5, 7, 5)),
    "day first with slashes and seconds": (
        "time_format: day_first",
        "05/11/2026 09:05:30",
        at(2026, 11, 5, 7, 5, 30),
    ),
    "day first, date only": ("time_format: day_first", "05.11.2026", at(2026, 11, 4, 22)),
    "day first is not month first": ("time_format: day_first", "11/25/2026 09:05", None),
    "month first": ("time_format: month_first", "11/5/2026 9:05 PM", at(2026, 11, 5, 19, 5)),
    "month in words": ("time_format: month_first", "Nov 5, 2026 09:05 am", at(2026, 11, 5, 7, 5)),
    "several, the first that fits": (
        "time_format: ['%d.%m.%y %H:%M', '%Y%m%d']",
        "20261105",
        at(2026, 11, 4, 22),
    ),
    "with its own offset": (
        "time_format: '%d/%b/%Y:%H:%M:%S %z'",
        "05/Nov/2026:09:05:00 +0100",
        at(2026, 11, 5, 8, 5),
    ),
    "or as ISO": ("time_format: [day_first, iso]", "2026-11-05T09:05:00Z", at(2026, 11, 5, 9, 5)),
    "or as local ISO": ("time_format: [day_first, iso]", "2026-11-05 09:05", at(2026, 11, 5, 7, 5)),
    "or as epoch": ("time_format: [day_first, iso]", "1793869500", at(2026, 11, 5, 9, 5)),
    "else not as ISO": ("time_format: day_first", "2026-11-05 09:05", None),
    "without a key, compact": ("", "20261105T090500Z", at(2026, 11, 5, 9, 5)),
    "without a key, a blank before Z": ("", "2026-11-05 09:05:00 Z", at(2026, 11, 5, 9, 5)),
    "without a key, half days": ("", "2026-11-05 09:05 PM", at(2026, 11, 5, 19, 5)),
    "without a key, of a browser": ("", "Thu Nov 05 2026 10:05:00 GMT+0200", at(2026, 11, 5, 8, 5)),
    "without a key, of a mail": ("", "Thu, 05 Nov 2026 10:05:00 +0200", at(2026, 11, 5, 8, 5)),
    "without a key, of a web server": ("", "05/Nov/2026:10:05:00 +0200", at(2026, 11, 5, 8, 5)),
    "without a key, nanoseconds": ("", "1793869500000000000", at(2026, 11, 5, 9, 5)),
    "without a key, dots": ("", "05.11.2026 09:05", None),
    "no such day": ("time_format: day_first", "31.02.2026 09:05", None),
}


@pytest.mark.parametrize("case", TIMES)
def test_times_are_read_by_the_formats_of_the_feed(case: str, loader: FeedLoader) -> None:
    key, text, instant = TIMES[case]
    loader.load(
        f"timezone: Europe/Tallinn\n{key}\ncolumns: {{occurred_at: Kuupäev, event_name: e, user_id: u}}",
        f'Kuupäev;e;u\n"{text}";buy;1\n',
    )
    assert loader.events("coalesce(_given_at, occurred_at)") == ([(instant,)] if instant else [])
    assert loader.reasons() == ([] if instant else [f"occurred_at is not a timestamp: {text}"])


@pytest.mark.parametrize(
    ("zone", "hour"), [("-06:00", 16), ("UTC-6", 16), ("GMT+5:30", 4), ("+0530", 4), ("Etc/GMT+6", 16)]
)
def test_a_zone_can_be_a_fixed_offset(zone: str, hour: int, loader: FeedLoader) -> None:
    """As of systems without daylight saving: in summer and in winter the same."""
    loader.load(
        f"timezone: '{zone}'\ncolumns: {{occurred_at: t, event_name: e, user_id: u}}",
        "t,e,u\n2026-07-15 10:00,open,1\n2026-01-15 10:00,open,2\n",
    )
    minute = 30 if hour == 4 else 0
    assert loader.events("occurred_at") == [
        (at(2026, 1, 15, hour, minute),),
        (at(2026, 7, 15, hour, minute),),
    ]


AMOUNTS: dict[str, tuple[str, str, float | None]] = {
    "decimal comma": ("decimal: ','", "12,50", 12.5),
    "with thousands": ("decimal: ','\nthousands: '.'", "1.234.567,50", 1234567.5),
    "thousands are groups of three": ("decimal: ','\nthousands: '.'", "12.50", None),
    "decimal comma is not thousands": ("decimal: ','", "1.234,50", None),
    "blank thousands": ("decimal: ','\nthousands: ' '", "1 234,50", 1234.5),
    "in brackets with a sign": ("decimal: ','", "(12,50 ¥)", -12.5),
    "narrow blank and sign": ("decimal: ','\nthousands: ' '", "1\u202f234,50\u00a0¥", 1234.5),
    "apostrophes": ('thousands: "\'"', "1'234.50", 1234.5),
    "English": ("thousands: ','", "¥1,234.50", 1234.5),
    "code before": ("thousands: ','", "JPY 1,234.50", 1234.5),
    "code behind": ("decimal: ','", "12,50 jpy", 12.5),
    "negative": ("decimal: ','", "-12,50", -12.5),
    "typeset minus": ("decimal: ','", "\u221212,50", -12.5),
    "minus behind": ("decimal: ','", "12,50-", -12.5),
    "in brackets": ("thousands: ','", "(1,250.00)", -1250.0),
    "without a unit": ("decimal: ','", ",50", 0.5),
    "blank thousands of two digits": ("decimal: ','\nthousands: ' '", "12 50", None),
    "a blank is no thousands": ("decimal: ','", "1 234,50", None),
    "typeset apostrophe": ('thousands: "\'"', "1\u2019234.50", 1234.5),
    "sign before the currency": ("decimal: ','", "-¥12,50", -12.5),
    "no number": ("decimal: ','", "NaN", None),
    "two numbers": ("decimal: ','", "12,50 13,50", None),
    "an underscore": ("decimal: ','", "1_000", None),
    "hexadecimal": ("decimal: ','", "0x10", None),
    "cents": ("scale: 0.01", "4990", 49.9),
    "cents of a currency with none": ("scale: {default: 0.01, JPY: 1, KWD: 0.001}", "4990", 4990.0),
    "cents that are no number": ("scale: 0.01", "x", None),
}


@pytest.mark.parametrize("case", AMOUNTS)
def test_amounts_are_read_by_the_signs_of_the_feed(case: str, loader: FeedLoader) -> None:
    keys, text, revenue = AMOUNTS[case]
    loader.load(
        f"{keys}\ncolumns: {{occurred_at: t, event_name: e, user_id: u, revenue: a, currency: c}}",
        f't\te\tu\ta\tc\n2026-11-15 10:00\tbuy\t1\t"{text}"\tjpy\n',
    )
    assert loader.events("revenue") == ([] if revenue is None else [(revenue,)])
    assert loader.reasons() == ([f"revenue is not a number: {text}"] if revenue is None else [])


CONTRADICTIONS = ["USD 12,50", "12,50 EUR", "€12,50", "-12,50 $"]


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_an_amount_of_another_currency_than_its_row_is_refused(text: str, loader: FeedLoader) -> None:
    loader.load(
        "decimal: ','\ncolumns: {occurred_at: t, event_name: e, user_id: u, revenue: a, currency: c}",
        f"t\te\tu\ta\tc\n2026-11-15\tbuy\t1\t{text}\tsek\n2026-11-15\tbuy\t2\t{text}\t\n",
    )
    assert loader.events("user_id, abs(revenue)") == [("2", 12.5)]
    assert loader.reasons() == [f"revenue is in another currency than the row says: {text}"]


EVENT = (at(2026, 11, 15, 10), "buy", "õie", "https://a.ee/?x=1#top")
FILES: dict[str, tuple[str, bytes]] = {
    "UTF-16 with a mark": ("encoding: utf-16", TEXT.encode("utf-16")),
    "UTF-16 and tabs, as spreadsheets write it": (
        "encoding: utf-16",
        TEXT.replace(",", "\t").encode("utf-16"),
    ),
    "Windows, Baltic": ("encoding: cp1257", TEXT.encode("cp1257")),
    "Windows, western": ("encoding: windows-1252", TEXT.encode("cp1252")),
    "lines to skip": ("skip: 3", f"Report\n\nof a shop, 2026\n{TEXT}".encode()),
    "more lines than a header is looked for in": ("skip: 40", ("x;y\n" * 40 + TEXT).encode()),
    "a table below others of any length": ("header: 't,e'", ("t,x\n1,2\n" * 90 + TEXT).encode()),
    "a header in quotes": ("header: t", ("x;y\n" * 40 + TEXT.replace("t,e,u", '"t","e","u"', 1)).encode()),
    "comments before and between": (
        "comment: '#'",
        TEXT.replace("2026", "# of Account: Shop, EE\n2026").encode().join((b"# --\n#\n\n", b"# end")),
    ),
    "another delimiter": ("delimiter: '^'", TEXT.replace(",", "^").encode()),
    "tabs by name": ("delimiter: tab", TEXT.replace(",", "\t").encode()),
    "another quote": ('quote: "\'"', TEXT.replace("õie", "'õie'").encode()),
}


@pytest.mark.parametrize("case", FILES)
def test_files_are_read_as_the_feed_says(case: str, loader: FeedLoader) -> None:
    key, content = FILES[case]
    loader.load(f"{key}\n{COLUMNS}", content)
    assert (loader.events("occurred_at, event_name, user_id, url"), loader.reasons()) == ([EVENT], [])


def test_a_file_without_the_header_that_is_named_is_quarantined(loader: FeedLoader) -> None:
    loader.load(f"header: Attended\n{COLUMNS}", TEXT)
    [reason] = loader.reasons()
    assert "none of its first 1,000 lines begins with Attended, as `header` of its feed says" in reason


def test_comments_are_left_out_of_large_files(loader: FeedLoader) -> None:
    """Which are decoded piece by piece, in the middle of lines and characters."""
    header, row = TEXT.splitlines(keepends=True)
    assert len(row.encode()) * 30_000 > CHUNK_BYTES
    loader.load(f"comment: '#'\nencoding: utf-8\n{COLUMNS}", header + f"# õ\n{row}" * 30_000)
    assert loader.events("count(*), count(distinct user_id)") == [(30_000, 1)]
    assert loader.reasons() == []


def test_without_quotes_a_quotation_mark_is_text(loader: FeedLoader) -> None:
    loader.load(f"quote: none\n{COLUMNS}", 't\te\tu\tl\n2026-11-15 10:00\tbuy\t5" nail\t\n')
    assert loader.events("user_id") == [('5" nail',)]


def test_a_file_of_another_encoding_is_quarantined_whole(loader: FeedLoader) -> None:
    loader.load(f"encoding: utf-16\n{COLUMNS}", TEXT.encode() + b"x")
    [reason] = loader.reasons()
    assert "the file is not utf-16 text" in reason
    assert not list(loader.settings.landing.rglob("*.tmp"))
