"""What persons of a segment do by themselves, and how campaigns fare, from events, by hand."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dagster_project.statistics.shrinkage import shrunken_rates
from tests.dbt.actions.audience_feeds import BUY, CART, NAMES, act
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row

CHECKOUT = "begin_checkout"
READS = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip_address": "198.51.100.7"}
RULE = (
    "carts", "a behaviour", "an insight", "an action", "checkout_start", "abandoned_cart", 7, None, None,
    None, "own",
)  # fmt: skip


@pytest.fixture
def project(with_feeds: CompiledProject) -> Iterator[CompiledProject]:
    """With one rule: who filled a cart and did not order is to check out within seven days."""
    rules = with_feeds.rows("from staging.action_rules")
    with_feeds.replace_seed("action_rules", [RULE])
    yield with_feeds
    with_feeds.replace_seed("action_rules", rules)


def build(project: CompiledProject, rows: Sequence[Row], model: str, ends_after: float = 40) -> None:
    """What is done is known until `ends_after`; somebody has checked out, so that it can be observed."""
    last = [act(ends_after, name, "last@shop.example") for name in (CHECKOUT, BUY)]
    table = pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in (*rows, *last)])
    project.build({"event_files__site": table}, model)


def carts(email: str, *days: float, **later: float) -> list[Row]:
    rows = [act(day, CART, email) for day in days]
    return rows + [
        act(day, {"checkout": CHECKOUT, "bought": BUY}[name], email) for name, day in later.items()
    ]


def evidence(project: CompiledProject) -> tuple[Any, ...]:
    [row] = project.rows(
        "select metric, persons, reached, converted, round(upper_quartile, 6)"
        " from intermediate.int_action_evidence"
    )
    return row


def test_a_person_counts_by_the_latest_stay_that_was_followed(project: CompiledProject) -> None:
    """Each is in the segment from a day after the cart on, and has seven days from then."""
    rows = [
        *carts("ann@shop.example", 0, checkout=5),
        *carts("cid@shop.example", 0, checkout=8),
        *carts("ben@shop.example", 0, checkout=8.01),
        *carts("dan@shop.example", 0, bought=3),
        *carts("eve@shop.example", 33),  # 33 + 1 + 7 days are over after the 40th
        *carts("fay@shop.example", 0, 32, checkout=3),
        act(0, CART, None, client_id="phone"),
    ]
    build(project, rows, "int_action_evidence")
    assert evidence(project) == ("checkout_start", 5, 2, 1, None)


def test_a_goal_that_nobody_reports_gives_way_to_conversions(project: CompiledProject) -> None:
    table = pa.Table.from_pylist(
        [
            dict.fromkeys(NAMES) | row
            for row in (*carts("dan@shop.example", 0, bought=3), act(40, BUY, "last@x.ee"))
        ]
    )
    project.build({"event_files__site": table}, "int_action_evidence")
    assert evidence(project) == ("conversion", 1, 1, 1, None)
    build(project, [], "int_action_evidence")
    assert evidence(project) == ("checkout_start", 0, 0, 0, None)


def test_a_stay_from_before_the_goal_was_reported_counts_for_nothing(project: CompiledProject) -> None:
    """Checkouts are known from day 20 on, orders from the first day."""
    site = [
        *carts("ann@shop.example", 10),
        *carts("ben@shop.example", 25),
        *(act(day, BUY, "last@shop.example") for day in (0, 40)),
    ]
    checkout = [act(day, CHECKOUT, "last@shop.example") for day in (20, 40)]
    project.build(
        {
            f"event_files__{feed}": pa.Table.from_pylist([dict.fromkeys(NAMES) | row for row in rows])
            for feed, rows in {"site": site, "checkout": checkout}.items()
        },
        "int_action_evidence",
    )
    assert evidence(project) == ("checkout_start", 1, 0, 0, None)


@pytest.mark.parametrize(
    ("months", "is_target"),
    [
        ([(30, 24), (30, 3), (30, 9), (40, 10)], True),
        ([(30, 15), (30, 14), (30, 17), (30, 12)], False),  # as chance would have it
        ([(30, 24), (30, 3), (30, 9), (29, 10)], False),  # three and one that is too small
        ([(30, 0), (30, 0), (30, 0), (30, 0)], False),
        ([(30, 30), (30, 30), (30, 30), (30, 30)], False),
    ],
)
def test_the_target_is_the_upper_quartile_of_months_that_differ(
    project: CompiledProject, months: list[tuple[int, int]], is_target: bool
) -> None:
    rows = []
    for month, (persons, reached) in enumerate(months):
        for person in range(persons):
            later = {"checkout": 31 * month + 2.0} if person < reached else {}
            rows += carts(f"m{month}p{person}@shop.example", 31 * month, **later)
    build(project, rows, "int_action_evidence", 130)
    rates = shrunken_rates(*zip(*[(reached, persons) for persons, reached in months], strict=True))
    expected = round(float(np.percentile(rates, 75)), 6) if is_target else None
    assert evidence(project)[1:] == (
        sum(persons for persons, _ in months),
        sum(reached for _, reached in months),
        0,
        expected,
    )


@pytest.mark.parametrize(
    ("audience", "arm", "day", "persons"),
    [
        ("action.carts", "treated", 7.5, 1),
        ("segment.abandoned_cart", "treated", -1, 1),
        ("action.carts", "treated", 8.5, 2),
        ("action.carts", "holdout", 7.5, 2),
        ("action.other", "treated", 7.5, 2),
    ],
)
def test_who_was_treated_shows_nothing_of_what_happens_without(
    project: CompiledProject, audience: str, arm: str, day: float, persons: int
) -> None:
    build(
        project,
        [*carts("ann@shop.example", 0, checkout=5), *carts("ben@shop.example", 0)],
        "int_action_evidence",
    )
    with project.connect() as connection:
        connection.execute(
            "insert into intermediate.int_audience_assignments (audience_id, person_key, arm, assigned_at)"
            " select $audience, person_key, $arm, min(valid_from) + to_hours($hours)"
            " from marts.fct_person_segments where segment_id = 'abandoned_cart'"
            " group by person_key order by person_key limit 1",
            {"audience": audience, "arm": arm, "hours": int(24 * (day - 1))},
        )
        project.make_alone(connection, ("int_action_evidence",))
        connection.execute("delete from intermediate.int_audience_assignments")
    assert evidence(project)[1] == persons


def mail(person: str, sent: float = 0, **days: float) -> list[Row]:
    """An e-mail of the campaign, and what its recipient did."""
    email = f"{person}@shop.example"
    rows = [act(sent, "send", email, campaign="one")]
    for name, day in days.items():
        if name == "purchase":
            rows.append(act(day, BUY, email))
            continue
        properties = json.dumps(READS | {"opens_observable": "yes"}) if name == "open" else None
        url = "https://shop.example.com/a" if name == "click" else None
        rows.append(act(day, name, email, campaign="one", properties=properties, url=url))
    return rows


def test_campaigns_are_judged_by_what_was_followed(project: CompiledProject) -> None:
    rows = [
        *mail("opens", open=1),
        *mail("buys", open=1, click=2, purchase=5),
        *mail("late", click=1, purchase=8.5),
        *mail("slow", open=1, click=7.5),
        *mail("idle"),
        *mail("young", 30, open=31, click=31),
        *mail("tardy", open=8),  # the e-mail is opened after its week
        *mail("old", -50, open=-49, click=-49, complaint=-48),
        *mail("older", -50, bounce=-49),
        *mail("bounces", bounce=0.1),
        *mail("complains", complaint=2),
        act(0, "send", "other@shop.example", campaign="two"),
    ]
    build(project, rows, "int_campaign_evidence", 43)
    found = project.rows(
        "select metric, persons, reached, upper_quartile from intermediate.int_campaign_evidence"
        " where campaign_name = 'one' order by metric"
    )
    # A click within the week shows an open; who is mailed on day 30 is followed to day 44.
    assert found == [
        ("click_per_opener", 4, 2, None),
        ("conversion_per_clicker", 3, 1, None),
        ("hard_bounce", 9, 1, None),
        ("spam_complaint", 8, 1, None),
    ]
