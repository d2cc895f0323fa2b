"""The figures of the open rates by hand: what is counted of each delivery, and the rates made of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

SENT = datetime(2026, 10, 6, 8)
SECOND, WINDOW = timedelta(seconds=1), timedelta(days=7)
SOON = SENT + SECOND
# Who cannot be seen, one reason each; of each one recipient clicks and one does not.
UNSEEN = ("privacy_proxy", "open_tracking_refused", "images_never_loaded", "plan_without_opens")
EVIDENCE = "no_machine_evidence"
# Campaign, sent, delivered, opened by anything, opened by a human, observable, why not.
Exposure = tuple[str, datetime, datetime | None, datetime | None, datetime | None, str, str | None]
EXPOSURES: list[Exposure] = [
    ("news", SENT, SOON, SENT + WINDOW, SENT + WINDOW, "yes", None),
    ("news", SENT, SOON, SENT + WINDOW + SECOND, SENT + WINDOW + SECOND, "yes", None),  # too late
    *(("news", SENT, SOON, SOON, SOON, "no", reason) for reason in UNSEEN),
    ("news", SENT, SOON, SOON, None, "no", UNSEEN[0]),
    *(("news", SENT, SOON, None, None, "no", reason) for reason in UNSEEN[1:]),
    *(("news", SENT, SOON, SOON, SOON, "unknown", EVIDENCE) for _ in range(2)),
    ("news", SENT, SOON, None, None, "unknown", EVIDENCE),
    ("news", SENT, None, SOON, SOON, "yes", None),  # not delivered
    # Sent a second before the opens are known for the whole window.
    ("news", SENT + SECOND, SOON, SOON, SOON, "yes", None),
    ("news", SENT + SECOND, SOON, None, None, "no", UNSEEN[0]),
    ("sale", SENT, SOON, None, None, "yes", None),
    ("late", SENT + SECOND, SOON, SOON, SOON, "yes", None),
]
# Campaign, person, sent, delivered: who refused analytics has no person.
SENDS = [
    ("news", None, SENT, SOON),
    ("news", None, SENT, None),
    ("news", None, SENT + SECOND, SOON),
    ("news", 1, SENT, SOON),
    ("flow", None, SENT, SOON),
]


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "rpt_open_rates", "int_declared_opens")
    with with_feeds.connect() as opened:
        # The window is that of opens, whatever the others are.
        others = " window_days {} 1 where micro_conversion <> 'email_open'"
        opened.execute(f"update staging.completion_populations set window_days ={others.format('+')}")
        opened.execute("delete from intermediate.int_outcome_watermarks")
        opened.execute(
            "insert into intermediate.int_outcome_watermarks (outcome_type, outcome, watermark_at)"
            " values ('micro_conversion', 'email_open', ?)",
            [SENT + WINDOW],
        )
        opened.executemany(
            "insert into intermediate.int_email_exposures (campaign_key, campaign_kind, sent_at,"
            " delivered_at, first_open_at, first_human_open_at, opens_observable, opens_observable_reason)"
            " values (?, 'campaign', ?, ?, ?, ?, ?, ?)",
            EXPOSURES,
        )
        opened.executemany(
            "insert into marts.fct_email_sends (campaign_key, person_key, sent_at, delivered_at)"
            " values (?, ?, ?, ?)",
            SENDS,
        )
        opened.execute("insert into marts.dim_campaigns (campaign_key, kind) values ('flow', 'flow')")
        with_feeds.make_alone(opened, ["int_open_rate_counts", "rpt_open_rates"])
        yield opened
        opened.execute(f"update staging.completion_populations set window_days ={others.format('-')}")


def rates(connection: duckdb.DuckDBPyConnection, campaign: str, columns: str) -> tuple[Any, ...]:
    [row] = connection.execute(
        f"select {columns} from marts.rpt_open_rates where slice_type = 'campaign' and slice_value = ?",
        [campaign],
    ).fetchall()
    return row


def test_deliveries_are_counted_once_their_window_is_over(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "delivered, immature, withheld, opened, seen, observable, observable_seen, is_mature"
    assert rates(connection, "news", columns) == (13, 2, 1, 7, 7, 2, 1, False)
    assert rates(connection, "sale", columns) == (1, 0, 0, 0, 0, 1, 0, True)
    reasons = (*UNSEEN, EVIDENCE)
    counts = ", ".join(reasons)
    assert rates(connection, "news", counts) == (2, 2, 2, 2, 3)
    assert rates(connection, "news", ", ".join(f"width_{reason}" for reason in reasons)) == (1 / 13,) * 5
    # Without a mature delivery there is no rate; those who refused are still counted by reason.
    assert connection.execute(
        "select slice_type, slice_value, delivered, immature, withheld"
        " from intermediate.int_open_rate_counts order by all"
    ).fetchall() == [
        ("campaign", "flow", 0, 0, 1),
        ("campaign", "late", 0, 1, 0),
        ("campaign", "news", 13, 2, 1),
        ("campaign", "sale", 1, 0, 0),
        ("campaign_kind", "campaign", 14, 3, 1),
        ("campaign_kind", "flow", 0, 0, 1),
        ("overall", "all", 14, 3, 2),
    ]
    assert connection.execute(
        "select slice_value from marts.rpt_open_rates where slice_type = 'campaign' order by all"
    ).fetchall() == [("news",), ("sale",)]


def test_rates_and_their_intervals(connection: duckdb.DuckDBPyConnection) -> None:
    """Wilson intervals of 7, 12 and 1 in 13, 13 and 2; the estimate leaves out unobservable recipients."""
    assert rates(connection, "news", "low, high, width, rate_gross") == pytest.approx(
        (7 / 13, 12 / 13, 5 / 13, 7 / 11)
    )
    bounds = rates(connection, "news", "low_lower, low_upper, high_lower, high_upper")
    assert bounds == pytest.approx((0.2914380, 0.7679393, 0.6668605, 0.9862896), abs=1e-6)
    # Half of the observable open: fewer than were seen of the eleven others.
    lower, upper = 0.0945312, 0.9054688
    estimates = rates(connection, "news", "estimate, estimate_lower, estimate_upper")
    assert estimates == pytest.approx((7 / 13, lower * 2 / 13 + 6 / 13, upper), abs=1e-6)


# Recipient, what is said of whether opens can be seen, and why not.
DECLARED = [
    ("ann", "yes", None),
    ("ann", "no", "open_tracking_refused"),
    ("bob", "unknown", None),
    ("bob", "no", "plan_without_opens"),
    ("cid", "unknown", None),
    ("cid", "yes", None),
    ("dot", "yes", None),
    ("eve", "no", "plan_without_opens"),
    ("eve", "no", "open_tracking_refused"),
    ("fay", None, None),
    (None, "no", "plan_without_opens"),
]


def test_what_speaks_against_opens_outweighs_what_speaks_for_them(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Of each e-mail by itself, whether its recipient is a contact or an account."""
    insert = (
        "insert into staging.stg_event_files__events"
        " (contact_key, user_id, email_id, opens_observable, opens_observable_reason) values (?, ?, ?, ?, ?)"
    )
    events = [(who, None, "first", word, reason) for who, word, reason in DECLARED]
    events += [("ann", None, "second", "yes", None), (None, "u1", "first", "no", "plan_without_opens")]
    connection.executemany(insert, [*events, ("ann", None, None, "no", "plan_without_opens")])
    with_feeds.make_alone(connection, ["int_declared_opens"])
    assert connection.execute("from intermediate.int_declared_opens order by all").fetchall() == [
        ("ann", "first", "no", "open_tracking_refused"),
        ("ann", "second", "yes", None),
        ("bob", "first", "no", "plan_without_opens"),
        ("cid", "first", "unknown", None),
        ("dot", "first", "yes", None),
        ("eve", "first", "no", "open_tracking_refused"),
        ("user u1", "first", "no", "plan_without_opens"),
    ]
