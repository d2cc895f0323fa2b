"""Which deals of HubSpot are other systems' orders, and which are suspected to be."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import (
    ANN,
    BOB,
    CID,
    START,
    contact,
    deal,
    stamp,
)
from tests.dbt.rows import Hit, Row, key


def orders(project: CompiledProject, raw: dict[str, list[Row]], *models: str) -> list[tuple[Any, ...]]:
    project.build(
        {"hubspot__contacts": [contact(1, ANN), contact(2, BOB)], **raw}, *(models or ("dim_persons",))
    )
    return project.rows("""
        select order_namespaces, match_rule, revenue, person_key is not null
        from marts.fct_macro_conversions order by all
    """)


def hit(
    minutes: float, order: str, revenue: float = 100.0, address: str | None = ANN
) -> dict[str, list[Row]]:
    known = {"address": address} if address else {}
    bought = Hit(stamp(minutes), "purchase", client="c1", order=order, revenue=revenue, **known)
    return {
        "google_analytics__events": [bought.event],
        "google_analytics__event_attributes": [bought.attributes],
    }


def merged(*worlds: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {table: [row for world in worlds for row in world[table]] for table in worlds[0]}


def till(minutes: float, order: str, address: str = ANN, revenue: float = 100.0) -> dict[str, list[Row]]:
    row = {
        "event_name": "purchase",
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(address),
        "order_id": order,
        "revenue": revenue,
        "currency": "EUR",
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "a.csv",
        "_partition": "a.csv",
    }
    return {"event_files__checkout": [row]}


DAY = 1440.0  # minutes
BOTH = "google_analytics, hubspot"


@pytest.mark.parametrize(
    ("minutes", "revenue"), [(0, 100.0), (5, 80.0), (-2 * DAY, 100.0), (20 * DAY, 100.0)]
)
def test_a_deal_with_the_orders_id_is_that_order_whenever_it_is_closed(
    with_feeds: CompiledProject, minutes: float, revenue: float
) -> None:
    found = orders(
        with_feeds, hit(0, "A-1", revenue) | {"hubspot__deals": [deal(10, 1, minutes, order_id="A-1")]}
    )
    assert found == [(BOTH, "order_id", Decimal(100), True)]


def test_the_order_that_a_deal_names_is_that_order_whoever_its_contact_is(
    with_feeds: CompiledProject,
) -> None:
    """Only where two shops have the id it must look like the order, and a deal's own id names none."""
    shop = ("BOB", "NOBODY", "ALONE", "GONE", "LESS", "PARTS", "THREE", "TWO SHOPS", "10")
    tagged = {"THREE": 0.0, "DOLLARS": 10 * DAY, "NET": 12 * DAY}
    other_shop = {**till(0, "TWO SHOPS", CID, 80.0)["event_files__checkout"][0], "_landed_file": "b.csv"}
    raw = {
        "hubspot__contacts": [
            *(contact(1, ANN), contact(2, BOB), contact(3, None), contact(4, CID)),
            contact(4, CID, archived="true", archived_at=stamp(999)),
        ],
        "event_files__checkout": [till(0, order)["event_files__checkout"][0] for order in shop],
        "event_files__site": [other_shop],
        **(merged(*(hit(minutes, order, 100.0, None) for order, minutes in tagged.items()))),
        "hubspot__deals": [
            deal(10, 2, amount="7.50"),
            deal(11, 2, 5 * DAY, order_id="BOB"),
            deal(12, 3, order_id="NOBODY"),
            {**deal(13, 3, order_id="ALONE"), "contact_id": None, "contacts": 0},
            deal(14, 4, order_id="GONE"),
            deal(15, 2, order_id="LESS", amount="40"),
            deal(16, 2, order_id="PARTS", amount="60"),
            deal(17, 2, order_id="PARTS", amount="39.50"),
            deal(18, 2, order_id="THREE", amount="60"),
            deal(19, 2, order_id="TWO SHOPS"),
            deal(20, 2, order_id="DOLLARS", amount="110", deal_currency_code="USD"),
            deal(21, 2, order_id="NET", amount="60"),
            deal(22, 2, order_id="UNTOLD", amount="60"),
            deal(23, 2, DAY, order_id="UNTOLD", amount="39.50"),
        ],
    }
    orders(with_feeds, raw)
    found = with_feeds.rows("""
        select order_id, order_namespaces, revenue, currency from marts.fct_macro_conversions order by all
    """)
    shops = "checkout, hubspot"
    expected = [
        *((order, shops, 100, "EUR") for order in ("BOB", "NOBODY", "ALONE", "GONE", "LESS", "PARTS")),
        ("THREE", "checkout, google_analytics, hubspot", 100, "EUR"),
        ("TWO SHOPS", "checkout", 100, "EUR"),
        ("TWO SHOPS", "site", 80, "EUR"),
        ("TWO SHOPS", "hubspot", 100, "EUR"),
        ("10", "checkout", 100, "EUR"),
        ("10", "hubspot", Decimal("7.5"), "EUR"),
        ("DOLLARS", BOTH, 110, "USD"),
        ("NET", BOTH, 60, "EUR"),
        ("UNTOLD", "hubspot", Decimal("99.5"), "EUR"),
    ]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("minutes", "is_suspected"),
    [(0, True), (5, True), (3 * DAY, True), (3 * DAY + 1, False), (-3 * DAY, True)],
)
def test_a_deal_without_the_orders_id_stays_separate_and_is_suspected(
    with_feeds: CompiledProject, minutes: float, is_suspected: bool
) -> None:
    raw = till(0, "A-1") | {"hubspot__deals": [deal(10, 1, minutes)]}
    found = orders(with_feeds, raw, "dim_persons", "rpt_data_quality")
    assert [(namespaces, rule) for namespaces, rule, *_ in found] == [("checkout", None), ("hubspot", None)]
    suspected = with_feeds.rows("""
        select affected, total from marts.rpt_data_quality where indicator = 'suspected_duplicate_orders'
    """)
    assert suspected == [(float(is_suspected), 1.0)]


def test_other_amounts_and_persons_are_not_suspected(with_feeds: CompiledProject) -> None:
    raw = till(0, "A-1") | {"hubspot__deals": [deal(10, 2), deal(11, 1, amount="99.99")]}
    orders(with_feeds, raw, "dim_persons", "rpt_data_quality")
    suspected = with_feeds.rows("""
        select sum(affected) from marts.rpt_data_quality where indicator = 'suspected_duplicate_orders'
    """)
    assert suspected == [(0.0,)]


def test_a_declared_portal_reports_the_same_orders(with_feeds: CompiledProject) -> None:
    """By the deal's id, or without one by person, amount and minutes, as feeds do."""
    declared = {"raw._feed_settings": [{"feed": "checkout", "setting": "same_orders_as", "value": "hubspot"}]}
    by_id = orders(with_feeds, declared | till(0, "10", BOB) | {"hubspot__deals": [deal(10, 1, 5 * DAY)]})
    assert [row[:2] for row in by_id] == [("checkout, hubspot", "same_orders_as")]
    alike = orders(with_feeds, declared | till(0, "A-1") | {"hubspot__deals": [deal(10, 1, 5)]})
    assert [row[:2] for row in alike] == [("checkout, hubspot", "person_amount_time")]


def test_deals_that_were_not_read_are_missing_from_the_totals(with_feeds: CompiledProject) -> None:
    day = {"_partition": "2026-10-06"}
    won = [
        {"id": "10", "amount": "100.00", "deal_currency_code": "EUR", **day},
        {"id": "11", "amount": "40.10", "deal_currency_code": "EUR", **day},
        {"id": "12", "amount": "5", "home_currency": "usd", **day},
    ]
    loads = [{"source": "hubspot", "stream": "won_deals", "partition": "2026-10-06", "loaded": 3}]
    read = {"hubspot__contacts": [contact(1, ANN)], "hubspot__deals": [deal(10, 1)]}
    with_feeds.build({**read, "hubspot__won_deals": won, "raw._loads": loads}, "rpt_data_quality")
    found = with_feeds.rows("""
        select indicator, unit, affected, total from marts.rpt_data_quality
        where source = 'hubspot' and indicator like 'unreconciled%' order by all
    """)
    assert found == [
        ("unreconciled_orders", "orders", 2.0, 3.0),
        ("unreconciled_revenue", "EUR", 40.1, 140.1),
        ("unreconciled_revenue", "USD", 5.0, 5.0),
    ]


def test_days_whose_totals_are_not_read_again_are_not_compared(with_feeds: CompiledProject) -> None:
    """A deal of October that is deleted in November stays in October's total."""
    days = ("2026-10-06", "2026-10-07", "2026-11-05")
    won = [{"id": day, "amount": "100.00", "deal_currency_code": "EUR", "_partition": day} for day in days]
    loads = [{"source": "hubspot", "stream": "won_deals", "partition": day, "loaded": 1} for day in days]
    with_feeds.build({"hubspot__won_deals": won, "raw._loads": loads}, "stg_hubspot__data_quality")
    found = with_feeds.rows("""
        select day::varchar from staging.stg_hubspot__data_quality
        where indicator = 'unreconciled_orders' order by all
    """)
    assert found == [("2026-10-07",), ("2026-11-05",)]


NO_AMOUNTS = ("1e12", "-100000000000000", "100000000000000000", "9" * 60, "1e400", "NaN")


def test_an_amount_that_none_can_be_is_counted_as_an_order_without_one(with_feeds: CompiledProject) -> None:
    """One mistyped deal must not stop every build."""
    amounts = {str(id_): amount for id_, amount in enumerate((*NO_AMOUNTS, "999999999999", "100.00"), 10)}
    day = {"deal_currency_code": "EUR", "_partition": "2026-10-06"}
    raw = {
        "hubspot__deals": [deal(int(id_), 1, amount=amount) for id_, amount in amounts.items()],
        "hubspot__won_deals": [{"id": id_, "amount": amount, **day} for id_, amount in amounts.items()],
        "raw._loads": [{"source": "hubspot", "stream": "won_deals", "partition": "2026-10-06", "loaded": 8}],
    }
    found = orders(with_feeds, raw, "dim_persons", "rpt_data_quality")
    assert [revenue for _, _, revenue, _ in found] == [Decimal(100), Decimal(999999999999)] + [None] * 6
    quality = with_feeds.rows("""
        select indicator, affected, total from marts.rpt_data_quality
        where indicator in ('unconverted_orders', 'unreconciled_revenue') order by all
    """)
    assert quality == [("unconverted_orders", 6.0, 8.0), ("unreconciled_revenue", 0.0, 1000000000099.0)]


def stages(*entered: tuple[str, float]) -> str:
    return json.dumps([{"value": stage, "timestamp": stamp(minutes)} for stage, minutes in entered])


HISTORIES = (
    (stages(("closedwon", 30), ("lead", 3)), 30),
    (stages(("closedwon", 20), ("closedwon", 30), ("closedlost", 40)), 30),
    (stages(("closedwon", 400 * DAY)), 5),
    ("[]", 5),
    (None, 5),
)
NO_DAYS = (None, "", "soon", "2026-12-20T10:00:00Z", "0", "1797760800000", "infinity")


def test_a_deal_won_without_a_day_of_closing_counts_when_it_was_won(with_feeds: CompiledProject) -> None:
    """When it entered its stage, else when it was last modified."""
    cases = [(closed, *history) for closed in NO_DAYS for history in HISTORIES]
    won = [
        deal(id_, 1, closedate=closed, stage_history=history, updated_at=stamp(5))
        for id_, (closed, history, _) in enumerate(cases, 10)
    ]
    orders(with_feeds, {"hubspot__deals": won})
    found = with_feeds.rows("select order_id, occurred_at from marts.fct_macro_conversions order by order_id")
    expected = [(str(id_), at(minutes)) for id_, (_, _, minutes) in enumerate(cases, 10)]
    assert found == expected


def at(minutes: float) -> datetime:
    return (START + timedelta(minutes=minutes)).replace(tzinfo=None)
