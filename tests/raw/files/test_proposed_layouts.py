"""What is proposed for files whose records do not begin with the first line."""

import json
from pathlib import Path

import pytest

from dagster_project.raw.files.proposal import propose
from dagster_project.raw.files.proposal_layout import table_in

WEBINAR = """Attendee Report
Report Generated:,"Oct 15, 2026 9:12 AM"
Topic,Webinar ID,Actual Start Time,Duration
"Autumn launch, live",851 2231,"Oct 14, 2026 9:55 AM",71

Attendee Details
Attended,Email,Registration Time,Join Time
No,anna@case.ee,"Oct 10, 2026 04:50:00 AM",--
Yes,bert@case.ee,"Oct 12, 2026 03:15:00 AM","Oct 14, 2026 10:11:20 AM"
Yes,carl@case.ee,"Oct 13, 2026 03:15:00 AM","Oct 14, 2026 10:12:20 AM"
"""
LOYALTY = """Kaart;Kuupäev;Kell;Summa;E-post;"Märkus, soovid, muu, ja veel"
="0000027";27.10.26;13.14;1\u00a0249,95 €;karl@case.ee;
="0000014";03.11.26;12.12;9,90 €;tiina@case.ee;x
"""
CALLS = {
    "page": 1,
    "total": 2,
    "calls": [
        {"startedAt": f"2026-11-0{n}T10:00:00.123Z", "agent": {"email": "kai@case.ee"}, "tags": [],
         "contact": {"id": n, "email": f"c{n}@case.ee"}}
        for n in (1, 2)
    ],
}  # fmt: skip
LAYOUTS = {
    "titles and a table about the report": (
        "webinar.csv",
        WEBINAR.encode(),
        {"skip": 6, "time_format": ["month_first"], "constants": {"event_name": "what_the_rows_are"}},
        {"occurred_at": "Registration Time", "email": "Email"},
        ["other columns hold times, too: Join Time", "no column says what happened"],
    ),
    "a header with commas, clocks with dots": (
        "loyalty.csv",
        LOYALTY.encode("cp1257"),
        {"encoding": "cp1252", "time_format": ["day_first"], "decimal": ",", "thousands": " "},
        {"occurred_at": ["Kuupäev", "Kell"], "email": "E-post", "revenue": "Summa"},
        ["the file is not UTF-8, and cp1252 is a guess"],
    ),
    "a list in a document": (
        "calls.json",
        json.dumps(CALLS, indent=1).encode(),
        {"format": "json", "explode": ["calls"]},
        {
            "occurred_at": "calls.startedAt",
            "email": "calls.contact.email",
            "user_id": "calls.contact.id",
        },
        ["no column says what happened"],
    ),
    "a title line that is no comment": (
        "salon.csv",
        b"Bookings of November\r\n\r\nBooked on;E-mail\r\n15.11.2026 09:30;anna@case.ee\r\n",
        {"skip": 2, "time_format": ["day_first"]},
        {"occurred_at": "Booked on", "email": "E-mail"},
        [],
    ),
    "blank lines and cells with line breaks": (
        "notes.csv",
        b'\n\nTime,Email,Note\n2026-11-15T10:00Z,a@case.ee,"x,\ny"\n2026-11-15T10:00Z,b@case.ee,z\n',
        {},
        {"occurred_at": "Time", "email": "Email"},
        [],
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_the_records_are_found(case: str, tmp_path: Path) -> None:
    name, content, right, columns, said = LAYOUTS[case]
    path = tmp_path / name
    path.write_bytes(content)
    keys, doubts = propose(path)
    found = {key: keys.get(key) for key in ("skip", "explode", *right)}
    assert found == {"skip": None, "explode": None} | right
    assert keys["columns"] == columns
    assert all(any(doubt.startswith(start) for doubt in doubts) for start in said), doubts


def test_rows_of_values_are_no_header() -> None:
    """As below a header with fewer names than the rows have cells."""
    assert table_in(["id;at;what", "1;2026-11-15;x;", "2;2026-11-16;y;", "3;2026-11-17;z;"]) is None
    assert table_in(["Title", "id;at", "1;2026-11-15", "2;2026-11-16"]) == (1, ";")


def rows(cells: list[str]) -> bytes:
    return "\n".join(["Date;Email;Total", *cells]).encode()


READINGS = {
    "a few days say that months come first": (
        [f"{1 + n % 12}/1/2026;a@case.ee;1" for n in range(38)] + ["6/15/2026;b@case.ee;1"],
        {"time_format": ["month_first"]},
    ),
    "a few amounts have thousands": (
        [f"2026-11-15;a@case.ee;{n},50" for n in range(38)] + ["2026-11-15;a@case.ee;1.234,50"],
        {"decimal": ",", "thousands": "."},
    ),
}


@pytest.mark.parametrize("case", READINGS)
def test_of_two_readings_the_one_that_fits_more_is_proposed(case: str, tmp_path: Path) -> None:
    cells, right = READINGS[case]
    path = tmp_path / "x.csv"
    path.write_bytes(rows(cells))
    keys, _ = propose(path)
    assert {key: keys.get(key) for key in right} == right


def test_a_clock_with_half_days_belongs_to_its_day(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"Date,Time,Email\n1/2/2026,09:15 PM,a@case.ee\n1/30/2026,10:15 a.m.,b@case.ee\n")
    keys, _ = propose(path)
    assert keys["columns"]["occurred_at"] == ["Date", "Time"]
