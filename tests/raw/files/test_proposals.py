"""What is proposed for files of tools that no ready feed is for."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.raw.files.known_names import closest
from dagster_project.raw.files.proposal import NoProposalError, propose

MAILGUN = """{"event":"accepted","id":"a1","timestamp":1794297600.120,"recipient":"anna@case.ee"}
{"event":"opened","id":"a3","timestamp":1794297660.25,"recipient":"anna@case.ee","ip":"66.102.9.1",\
"client-info":{"user-agent":"Mozilla/5.0 (via ggpht.com GoogleImageProxy)","bot":"gmail"}}
{"event":"clicked","id":"a4","timestamp":1794297700,"recipient":"anna@case.ee","url":"https://shop.ee/",\
"ip":"198.51.100.7","client-info":{"user-agent":"Mozilla/5.0 (Linux; Android 14)"}}
"""
MATOMO = """idVisit,visitorId,userId,serverTimePretty,serverDatePretty,actionType,actionUrl,deviceType
101,a1b2c3d4e5f60718,17.0,10:05:12,"Nov 15, 2026",action,https://shop.ee/?gclid=Cj0,Smartphone
102,ffff0000ffff0000,,11:00:00,"Nov 15, 2026",goal,https://shop.ee/demo,Desktop
"""
BOOKINGS = """# Salon bookings 15.11.2026
Booked on;Customer;E-mail;Price;State
15.11.2026 09:30;Anna Kask;anna@case.ee;1.234,50 €;confirmed
15.11.2026 10:10;Bert Tamm;bert@case.ee;45,00 €;cancelled
"""
SALES = """Purchase ID,Purchase Email,Purchase Date,Purchase Time (UTC timezone),Sale Price ($),Order Number
a1==,anna@case.ee,2026-11-03,2026-11-03 10:15:20 UTC,45.0,412001
c3==,bert@case.ee,2026-11-04,2026-11-04 21:05:00 UTC,10.0,412002
Totals,,,,55.0,
"""
TICKETS = """Order #,Order Date,Email,Currency,Total Paid,Attendee Status
112,11/29/24 22:54,bert@case.ee,USD,50.00,Attending
112,11/29/24 22:54,bea@case.ee,USD,50.00,Attending
113,12/3/24 8:05,carl@case.ee,USD,50.00,Not Attending
"""
PROPOSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an e-mail service's log": (
        "log.ndjson",
        MAILGUN,
        {
            "format": "jsonl",
            "columns": {
                "occurred_at": "timestamp",
                "email": "recipient",
                "event_name": "event",
                "event_id": "id",
                "url": "url",
                "user_agent": "client-info.user-agent",
                "ip_address": "ip",
            },
            "map": {"clicked": "click", "opened": "open"},
        },
    ),
    "a website's visits": (
        "visits.csv",
        MATOMO,
        {
            "format": "csv",
            "time_format": ["month_first"],
            "columns": {
                "occurred_at": ["serverDatePretty", "serverTimePretty"],
                "event_name": "actionType",
                "user_id": "userId",
                "client_id": "visitorId",
                "url": "actionUrl",
                "device": "deviceType",
            },
        },
    ),
    "a booking system's sheet": (
        "Bookings 2026.csv",
        BOOKINGS,
        {
            "format": "csv",
            "comment": "#",
            "time_format": ["day_first"],
            "decimal": ",",
            "thousands": ".",
            "columns": {"occurred_at": "Booked on", "email": "E-mail", "revenue": "Price"},
            "constants": {"event_name": "purchase"},
        },
    ),
}


def test_the_time_of_day_is_taken_where_two_columns_say_one_day(tmp_path: Path) -> None:
    """As in a shop's export of sales, which says in the names of columns alone that amounts are dollars."""
    keys, doubts = propose(written(tmp_path, SALES))
    assert keys["columns"] == {
        "occurred_at": "Purchase Time (UTC timezone)",
        "email": "Purchase Email",
        "order_id": "Order Number",
        "revenue": "Sale Price ($)",
    }
    assert any("in which currency Sale Price ($) is" in doubt for doubt in doubts)
    assert not any("repeat an earlier row" in doubt for doubt in doubts)


def test_another_day_is_not_taken_for_its_clock(tmp_path: Path) -> None:
    rows = "".join(f"2026-11-0{n},a{n}@case.ee,2026-12-24 18:00\n" for n in range(1, 8))
    keys, _ = propose(written(tmp_path, f"Date,Email,Event start\n{rows}"))
    assert keys["columns"]["occurred_at"] == "Date"


def test_orders_of_several_rows_are_said(tmp_path: Path) -> None:
    keys, doubts = propose(written(tmp_path, TICKETS))
    assert (keys["columns"]["revenue"], keys["time_format"]) == ("Total Paid", ["month_first"])
    [said] = [doubt for doubt in doubts if "repeat" in doubt]
    assert said.startswith(
        "1 rows repeat an earlier row's Order #, and an order counts once, with its largest"
    )
    assert not any("currency" in doubt for doubt in doubts)


def test_orders_without_a_recognised_amount_are_said(tmp_path: Path) -> None:
    rows = "".join(
        f"2026-11-0{n},a{n}@case.ee,R{n // 2},EUR,{n * 1000},{n},Tallinn,179450000{n}\n" for n in range(1, 4)
    )
    header = "created_at,email,order_id,currency,amount_cents,items,city,synced_at\n"
    keys, doubts = propose(written(tmp_path, header + rows))
    assert "revenue" not in keys["columns"]
    [said] = [doubt for doubt in doubts if "amounts" in doubt]
    assert said.startswith(
        "no column of amounts was recognised; columns of numbers are amount_cents, items: map as revenue"
    )
    assert any(doubt.startswith("1 rows repeat an earlier row's order_id, and") for doubt in doubts)


def test_orders_without_any_numbers_are_said(tmp_path: Path) -> None:
    _, doubts = propose(
        written(tmp_path, "created_at,email,order_id,city\n2026-11-01,a@case.ee,R1,Tallinn\n")
    )
    assert any("no other column holds numbers" in doubt for doubt in doubts)


@pytest.mark.parametrize("name", ["Order Total Amount", "total_amount", "Order amount"])
def test_an_amount_is_known_by_its_name(name: str, tmp_path: Path) -> None:
    keys, doubts = propose(
        written(tmp_path, f"created_at,email,order_id,{name}\n2026-11-01,a@case.ee,R1,12.50\n")
    )
    assert keys["columns"]["revenue"] == name
    assert not any("no column of amounts" in doubt for doubt in doubts)


@pytest.mark.parametrize("case", PROPOSED)
def test_a_feed_is_proposed_by_names_and_values(case: str, tmp_path: Path) -> None:
    name, content, right = PROPOSED[case]
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    keys, _ = propose(path)
    feed = name.partition(".")[0].lower().replace(" ", "_")
    assert keys == {"name": feed, "path": str(path), "timezone": "UTC"} | right


def test_a_parquet_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "events"
    duckdb.execute(
        f"copy (select timestamp '2026-11-15 10:00' as at_time, {{'id': 7.0}} as user, 'login' as event) "
        f"to '{path}' (format parquet)"
    )
    keys, _ = propose(path)
    assert keys["format"] == "parquet"
    assert keys["columns"] == {"occurred_at": "at_time", "event_name": "event", "user_id": "user.id"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name,mail\nAnna,anna@case.ee\n", "no column holds times"),
        ("at,page\n2026-11-15 10:00,/a\n", "no column is called like an address, a user or a visitor"),
        ("", "the file is empty"),
    ],
)
def test_a_file_without_events_has_no_proposal(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NoProposalError, match=reason):
        propose(path)


def written(folder: Path, content: str, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_days_of_which_two_readings_fit_lie_close_together_and_are_said(tmp_path: Path) -> None:
    rows = "".join(f"11/{day:02}/2026 10:00,anna@case.ee,PST\n" for day in range(3, 8))
    keys, doubts = propose(written(tmp_path, f"Date,Email,TimeZone\n{rows}"))
    assert keys["time_format"] == ["month_first"]
    assert "Date can be read by day_first as well as by month_first: see which is right" in doubts
    assert any("UTC is a guess" in doubt and "column TimeZone may say it" in doubt for doubt in doubts)


def test_three_digits_after_a_comma_are_thousands_and_said(tmp_path: Path) -> None:
    keys, doubts = propose(written(tmp_path, 'Time,Email,Total\n2026-11-15T10:00Z,a@case.ee,"1,234"\n'))
    assert (keys.get("decimal"), keys["thousands"]) == (None, ",")
    assert [doubt for doubt in doubts if doubt.startswith("Total has amounts like 1,234")]


def test_values_in_place_of_a_header_are_not_printed(tmp_path: Path) -> None:
    with pytest.raises(NoProposalError, match="the first line has values") as error:
        propose(
            written(tmp_path, "2026-11-15 10:00,hanna@example.com,open\n2026-11-16 10:00,b@case.ee,open\n")
        )
    assert "hanna" not in str(error.value)


@pytest.mark.parametrize("header", ["#,Date,Email,Event", "#Order,Date,Email,Event"])
def test_a_header_that_begins_like_a_comment_is_one(header: str, tmp_path: Path) -> None:
    keys, _ = propose(written(tmp_path, f"{header}\n1,2026-11-15 10:00,a@case.ee,open\n"))
    assert "comment" not in keys
    assert keys["columns"]["email"] == "Email"


def test_the_person_is_whose_address_differs_by_row(tmp_path: Path) -> None:
    """As in an export of bookings, where the host's address stands first, and meetings are to come."""
    rows = "".join(f"host@case.ee,g{n}@case.ee,2027-01-0{n} 10:00,2026-11-0{n} 09:00\n" for n in (1, 2, 3))
    keys, _ = propose(
        written(tmp_path, f"User Email,Invitee Email,Start Date & Time,Event Created Date & Time\n{rows}")
    )
    assert keys["columns"]["email"] == "Invitee Email"
    assert keys["columns"]["occurred_at"] == "Event Created Date & Time"


OPPOSITES = ["Purchase failed", "Undelivered", "Not delivered", "Delivery failed", "Subscription cancelled",
             "Unregistered", "Unclicked", "Demo request declined", "Form view", "Autoreply"]  # fmt: skip


@pytest.mark.parametrize("name", OPPOSITES)
def test_no_name_is_translated_into_its_opposite(name: str) -> None:
    assert closest(name) is None


@pytest.mark.parametrize(
    ("name", "known"), [("Opened Email", "open"), ("Purchased", "purchase"), ("Replied", "reply")]
)
def test_forms_of_a_name_are_translated(name: str, known: str) -> None:
    assert closest(name) == known
