"""Which events report an order, of whom, and what of it they say."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, file_row

START = datetime(2026, 10, 6, 8, tzinfo=UTC)
NO_ADDRESS = {"contact_key": None}


def sold(number: int, name: str = "purchase", person: str = "ann", **values: Any) -> Row:
    """Order and amount are the number, by which the report is found."""
    bought = {"order_id": f"{number}", "revenue": float(number), "currency": "EUR"}
    return file_row(name, START + timedelta(hours=number), person, **{**bought, **values})


def test_what_an_event_reports_of_an_order(with_feeds: CompiledProject) -> None:
    site = [
        sold(1, order_status=" "),  # says nothing of its status
        sold(2, person="", user_id="u1", order_status=" Voided ", **NO_ADDRESS),
        sold(3, person="", client_id="phone", order_status="annulleret", **NO_ADDRESS),
        sold(4, "subscription_started"),
        sold(5),
        sold(6, client_id="pc"),
        sold(7, revenue=0.0),
        sold(8, revenue=-8.0),
        sold(9, "refund"),
        sold(10, "page_view", revenue=None),
        sold(11, "trial_converted", revenue=None),
        sold(12, "trial_converted", revenue=None, order_id=None),
        # Of a name that is paid for nothing, the id may be that of an order which it precedes.
        sold(13, "add_to_cart"),
    ]
    with_feeds.build({"event_files__site": site}, "int_order_reports")
    columns = "order_id, revenue::int, status, names_person, is_purchase, is_refund, is_refund_event"
    query = f"select {columns} from intermediate.int_order_reports order by occurred_at"
    person, payment, order, back = (True, True), (True, False), (False, False), (True, True)
    assert with_feeds.rows(query) == [
        ("1", 1, None, *person, *order),
        ("2", 2, "voided", *person, *order),
        ("3", 3, "undeclared", False, True, *order),
        ("4", 4, None, *payment, *order),
        ("5", 5, None, *person, *order),
        ("6", 6, None, *person, *order),
        ("7", 0, None, *person, *order),
        ("8", -8, None, *person, True, False),
        ("9", 9, None, *payment, *back),
        ("11", None, None, *payment, *order),
        (None, 13, None, *payment, *order),
    ]
    with with_feeds.connect() as connection:
        reported = "event_id in (select event_id from intermediate.int_order_reports where order_id = '{}')"
        # A machine orders nothing; who refuses analytics is one person in all reports, too.
        connection.execute(
            f"update intermediate.int_resolved_events set is_machine = true where {reported.format(5)}"
        )
        connection.execute(
            "update intermediate.int_resolved_events set withheld_person_key = 77, person_key = null"
            f" where {reported.format(6)}"
        )
        with_feeds.make_alone(connection, ["int_order_reports"])
        found = connection.execute(
            "select order_id, person_key = 77 from intermediate.int_order_reports"
            " where order_id in ('5', '6')"
        ).fetchall()
    assert found == [("6", True)]
