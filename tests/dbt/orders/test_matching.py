"""Which reports are one order: within its namespace, and across namespaces."""

from decimal import Decimal

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import FEEDS, START, conversions, report, settings
from tests.dbt.rows import Row


def test_two_shops_may_number_alike(project: CompiledProject) -> None:
    found = conversions(
        project,
        *(
            report(feed, day * 1440, order_id=str(1001 + day), email=f"{feed}{day}@shops.ee", revenue=100.0)
            for feed in ("shop", "crm")
            for day in range(3)
        ),
        columns="order_id, order_namespace, revenue",
    )
    assert len(found) == 6
    assert sum(revenue for *_, revenue in found) == Decimal(600)


def test_placeholders_are_no_order_id(project: CompiledProject) -> None:
    written = ["(not set)", "0", "null", " N/A ", "undefined", "-", "(data deleted)", "<Other>", ""]
    reports = [
        report("shop", n, order_id=text, email=f"b{n}@shops.ee", revenue=100.0)
        for n, text in enumerate(written)
    ]
    found = conversions(project, *reports, columns="order_id, revenue, person_key is not null")
    assert found == [(None, Decimal(100), True)] * len(written)


def test_an_order_id_is_the_same_with_and_without_its_number_sign(project: CompiledProject) -> None:
    reports = [
        report("shop", n, order_id=text, email="ann@shops.ee", revenue=55.0)
        for n, text in enumerate(["#2001", "2001", " 2001 ", "# 2001"])
    ]
    found = conversions(project, *reports, columns="revenue, source_event_count, match_rule")
    assert found == [(Decimal(55), 4, None)]


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        ({"email": "ann@shops.ee", "revenue": 10.0}, True),  # one person: whatever the amounts
        ({"email": "ben@shops.ee", "revenue": 100.0}, False),
        ({"client_id": "phone", "revenue": 70.0}, True),  # no contact, and the amount without tax
        ({"client_id": "phone", "revenue": 69.99}, False),
        ({"client_id": "phone", "revenue": 100.0, "currency": "USD"}, False),
        ({"client_id": "phone", "revenue": 100.0, "minutes": 1440}, True),
        ({"client_id": "phone", "revenue": 100.0, "minutes": 1440.1}, False),
        ({"client_id": "phone"}, False),  # an unknown amount agrees with nothing
    ],
)
def test_equal_ids_of_two_namespaces_are_one_order_where_all_else_agrees(
    project: CompiledProject, other: Row, merged: bool
) -> None:
    found = conversions(
        project,
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        report("crm", **{"order_id": "#A1", **other}),
        columns="order_namespaces, match_rule, revenue",
    )
    if merged:
        assert found == [("crm, shop", "order_id", Decimal(100))]
    else:
        assert [(names, rule) for names, rule, _ in found] == [("crm", None), ("shop", None)]


def test_a_declaration_needs_neither_person_nor_time(project: CompiledProject) -> None:
    reports = [
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        report("crm", 9 * 1440, order_id="A1", email="ben@shops.ee", revenue=10.0),
    ]
    declared = settings(("shop", "order_namespace", "shop"), ("shop", "same_orders_as", "crm"))
    found = conversions(project, *reports, columns="order_namespaces, match_rule, revenue", **declared)
    assert found == [("crm, shop", "same_orders_as", Decimal(100))]


def test_separate_feeds_share_no_order(project: CompiledProject) -> None:
    reports = [
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        report("crm", order_id="A1", email="ann@shops.ee", revenue=100.0),
        report("till", order_id="B7", email="ann@shops.ee", revenue=100.0),
    ]
    declared = settings(("crm", "order_namespace", "crm"), ("crm", "orders_are_separate", "true"))
    found = conversions(project, *reports, columns="order_namespaces, match_rule", **declared)
    assert found == [("crm", None), ("shop, till", "person_amount_time")]


def test_feeds_of_one_namespace_number_together(project: CompiledProject) -> None:
    reports = [
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        report("crm", 9 * 1440, order_id="A1", email="ben@shops.ee", revenue=80.0),
    ]
    declared = settings(("shop", "order_namespace", "acme"), ("crm", "order_namespace", "acme"))
    found = conversions(project, *reports, columns="order_namespace, revenue, source_event_count", **declared)
    assert found == [("acme", Decimal(100), 2)]


def test_without_equal_ids_the_nearest_are_matched_one_to_one(project: CompiledProject) -> None:
    """Four equal orders of one person: 0 and 4 min in the shop, 1 and 3 in the CRM, and one 11 min after."""
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    found = conversions(
        project,
        report("shop", 0, order_id="s0", **ann),
        report("shop", 4, order_id="s4", **ann),
        report("crm", 1, order_id="c1", **ann),
        report("crm", 3, **ann),
        report("crm", 15, **ann),
        columns="occurred_at, order_namespaces, match_rule",
    )
    minutes = [((at.replace(tzinfo=START.tzinfo) - START).seconds // 60, *rest) for at, *rest in found]
    assert minutes == [
        (0, "crm, shop", "person_amount_time"),
        (3, "crm, shop", "person_amount_time"),
        (15, "crm", None),
    ]


def test_systems_that_only_a_third_one_joins_report_one_order(project: CompiledProject) -> None:
    """Whichever of the three has the smallest key."""
    reports = [
        report(feed, days * 1440, order_id=f"A{n}", email=f"{feed}{n}@shops.ee", revenue=100.0 + days)
        for n in range(5)
        for days, feed in enumerate(FEEDS)
    ]
    declared = settings(("shop", "same_orders_as", "till"), ("till", "same_orders_as", "crm"))
    found = conversions(project, *reports, columns="order_namespaces", **declared)
    assert found == [("crm, shop, till",)] * 5


def test_equal_numbers_of_two_currencies_are_two_orders(project: CompiledProject) -> None:
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    found = conversions(
        project,
        report("shop", 0, order_id="s", **ann),
        report("crm", 1, order_id="c", currency="USD", **ann),
        columns="order_namespaces, currency",
    )
    assert found == [("crm", "USD"), ("shop", "EUR")]


def test_an_order_that_its_id_has_matched_is_matched_to_no_other(project: CompiledProject) -> None:
    """A person who orders the same twice within minutes, of which one system reports only the first."""
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    found = conversions(
        project,
        report("shop", 0, order_id="1", **ann),
        report("crm", 2, order_id="1", **ann),
        report("crm", 1, order_id="2", **ann),
        columns="order_namespaces, order_id, match_rule",
    )
    assert found == [("crm", "2", None), ("crm, shop", "1", "order_id")]


def test_a_chain_of_equal_orders_is_matched_to_its_end(project: CompiledProject) -> None:
    """Each order is as near to the one before as to the one after: three rounds find all pairs."""
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    reports = [report("shop" if n % 2 else "crm", n, order_id=f"{n}", **ann) for n in range(6)]
    found = conversions(project, *reports, columns="order_namespaces")
    assert found == [("crm, shop",)] * 3


def test_three_systems_report_one_order(project: CompiledProject) -> None:
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    found = conversions(
        project,
        report("shop", 0, order_id="A1", **ann),
        report("crm", 5, order_id="A1", **ann),
        report("till", 2, **ann),
        columns="order_namespaces, revenue, source_event_count",
    )
    assert found == [("crm, shop, till", Decimal(20), 3)]


def test_what_looks_like_two_orders_of_a_shop_does_not_make_them_one(project: CompiledProject) -> None:
    """The till's report has the first order's id; the CRM's is near to it and to the second order."""
    ann = {"email": "ann@shops.ee", "revenue": 20.0}
    found = conversions(
        project,
        report("shop", 0, order_id="1", **ann),
        report("shop", 4, order_id="2", **ann),
        report("till", 0, order_id="1", **ann),
        report("crm", 3, order_id="c1", **ann),
        columns="order_namespaces, revenue",
    )
    assert found == [("crm, shop", Decimal(20)), ("shop, till", Decimal(20))]


def test_an_order_has_the_number_of_its_first_mention(project: CompiledProject) -> None:
    """The shop reports it once more after the next one."""
    reports = [
        report("shop", minutes, order_id=number, user_id="u", revenue=20.0)
        for minutes, number in ((0, "1"), (5, "2"), (9, "1"))
    ]
    found = conversions(project, *reports, columns="order_id, macro_conversion")
    assert found == [("1", "purchase"), ("2", "repeat_purchase")]
