"""Orders: one within its namespace, matched across namespaces, converted, refunded, voided."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, key

FEEDS = ("shop", "crm", "till")
START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
Reports = list[tuple[str, Row]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    feeds = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in FEEDS]
    return CompiledProject(tmp_path_factory.mktemp("compiled"), feeds)


def report(feed: str, minutes: float = 0, name: str = "purchase", **values: Any) -> tuple[str, Row]:
    """A row of a feed, by default a purchase; `email` gives its contact."""
    email = values.pop("email", None)
    return feed, {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(email) if email else None,
        "currency": "EUR",
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": f"{feed}.csv",
        "_partition": f"{feed}.csv",
        **values,
    }


def conversions(project: CompiledProject, *reports: tuple[str, Row], columns: str, **raw: Any) -> list[Any]:
    tables: dict[str, list[Row]] = {name: list(rows) for name, rows in raw.items()}
    for feed, row in reports:
        tables.setdefault(f"event_files__{feed}", []).append(row)
    project.build(tables, "dim_persons")
    return project.rows(f"select {columns} from marts.fct_macro_conversions order by all")


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


def settings(*rows: tuple[str, str, str]) -> dict[str, list[Row]]:
    return {"raw._feed_settings": [dict(zip(("feed", "setting", "value"), row, strict=True)) for row in rows]}


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


def test_the_amount_of_the_shop_counts_and_the_difference_is_shown(project: CompiledProject) -> None:
    hit = Hit("2026-10-06T08:01:00Z", "purchase", "/thanks", "phone", order="A1", revenue=82.0)
    found = conversions(
        project,
        report("shop", order_id="A1", email="ann@shops.ee", revenue=100.0),
        columns="revenue, amount_difference, order_namespace, sources, match_rule",
        google_analytics__events=[hit.event],
        google_analytics__event_attributes=[hit.attributes],
    )
    assert found == [
        (Decimal(100), Decimal(18), "shop", "event_files, google_analytics", "order_id"),
    ]


def test_a_transaction_that_was_sent_twice_has_its_whole_amount(project: CompiledProject) -> None:
    hit = Hit("2026-10-06T08:01:00Z", "purchase", "/thanks", "phone", order="A1", revenue=253.0, count=2)
    found = conversions(
        project,
        columns="revenue",
        google_analytics__events=[hit.event],
        google_analytics__event_attributes=[hit.attributes],
    )
    assert found == [(Decimal(253),)]


@pytest.mark.parametrize(("revenue_is", "revenue"), [("order_total", 50), ("line_amount", 75)])
def test_an_order_of_lines_is_their_sum_only_where_the_feed_says_so(
    project: CompiledProject, revenue_is: str, revenue: int
) -> None:
    lines = [report("shop", order_id="A1", user_id="u", revenue=amount) for amount in (50.0, 25.0, None)]
    found = conversions(
        project,
        *lines,
        report("shop", order_id="A1", user_id="u", revenue=9.0, currency="USD"),  # never added
        columns="revenue, currency",
        **settings(("shop", "revenue_is", revenue_is)),
    )
    assert found == [(Decimal(revenue), "EUR")]


def test_the_rates_of_a_file_count_before_the_seeds(project: CompiledProject) -> None:
    """Of the day of the order both have a rate; the seed's of Japan goes by way of another currency."""
    project.replace_seed(
        "exchange_rates", [("2026-10-06", "EUR", "USD", 2.0), ("2026-10-06", "USD", "JPY", 150.0)]
    )
    file = [("2026-10-06", "EUR", "USD", 1.25), ("2026-10-06", "EUR", "SEK", 10.0)]
    columns = ("rate_date", "base_currency", "currency", "rate")
    try:
        found = conversions(
            project,
            *(
                report("shop", n, order_id=currency, user_id="u", revenue=100.0, currency=currency)
                for n, currency in enumerate(("USD", "SEK", "JPY"))
            ),
            columns="order_id, converted_revenue",
            **{"raw._exchange_rates": [dict(zip(columns, row, strict=True)) for row in file]},
        )
    finally:
        project.replace_seed("exchange_rates", [])
    assert found == [("JPY", None), ("SEK", Decimal(10)), ("USD", Decimal(80))]


RATES = [
    ("2026-10-01", "EUR", "USD", 1.25),
    ("2026-10-06", "EUR", "USD", 1.2),
    ("2026-10-01", "EUR", "JPY", 160.0),
]


@pytest.fixture
def rates(project: CompiledProject) -> Any:
    project.replace_seed("exchange_rates", RATES)
    yield
    project.replace_seed("exchange_rates", [])


@pytest.mark.usefixtures("rates")
def test_amounts_are_converted_at_the_rate_of_their_day_and_never_added(project: CompiledProject) -> None:
    ann = {"email": "ann@shops.ee"}
    conversions(
        project,
        report("shop", order_id="1", revenue=30.0, **ann),
        report("shop", 1, order_id="2", revenue=60.0, currency="USD", **ann),  # of its day: 1.2
        report("shop", -1440, order_id="3", revenue=60.0, currency="usd", **ann),  # of an earlier day: 1.25
        report("shop", 2, order_id="4", revenue=1000.0, currency="JPY", **ann),
        report("shop", 3, order_id="5", revenue=7.0, currency="SEK", **ann),
        report("shop", -20 * 1440, order_id="6", revenue=7.0, currency="USD", **ann),  # before all rates
        columns="1",
    )
    assert project.rows(
        "select currency, converted_revenue from marts.fct_macro_conversions order by order_id"
    ) == [
        ("EUR", Decimal(30)),
        ("USD", Decimal(50)),
        ("USD", Decimal(48)),
        ("JPY", Decimal("6.25")),
        ("SEK", None),
        ("USD", None),
    ]
    assert project.rows(
        "select lifetime_revenue, unconverted_orders, revenue_currency from marts.dim_persons"
    ) == [(Decimal("134.25"), 2, "EUR")]


def test_what_cannot_be_converted_is_unknown_and_no_order_is_nothing(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=30.0, currency="SEK", user_id="swede"),
        report("shop", order_id="2", user_id="silent"),
        report("shop", name="page_view", user_id="dora"),
        columns="1",
    )
    found = project.rows(
        "select lifetime_revenue, lifetime_net_revenue, unconverted_orders, is_customer"
        " from marts.dim_persons order by all"
    )
    assert found == [(Decimal(0), Decimal(0), 0, False), (None, None, 1, True), (None, None, 1, True)]


def test_a_refund_without_a_rate_is_counted_beside_the_net(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=100.0, user_id="a"),
        report("shop", 5, "refund", order_id="1", revenue=50.0, currency="XXX", user_id="agent"),
        columns="1",
    )
    found = project.rows(
        "select lifetime_net_revenue, unconverted_refunds from marts.dim_persons where is_customer"
    )
    assert found == [(Decimal(100), 1)]


def test_a_refund_is_of_who_ordered_whoever_it_names(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=50.0, email="ann@shops.ee"),
        report("shop", 5, "refund", order_id="1", revenue=50.0, email="support@shops.ee"),
        columns="1",
    )
    found = project.rows("select is_customer, lifetime_net_revenue from marts.dim_persons order by all")
    assert (False, Decimal(-50)) not in found
    assert (True, Decimal(0)) in found


def refunds(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows(
        "select order_id, macro_conversion_id is not null, amount, converted_amount"
        " from marts.fct_refunds order by all"
    )


def test_refunds_lower_what_a_person_brought_and_are_no_conversion(project: CompiledProject) -> None:
    ann, ben, cat = ({"email": f"{name}@shops.ee"} for name in ("ann", "ben", "cat"))
    found = conversions(
        project,
        report("shop", order_id="E1", revenue=80.0, **ann),
        report("shop", 1440, order_id="E1-R", revenue=-80.0, **ann),
        report("shop", order_id="E2", revenue=80.0, **ben),
        report("shop", 1440, name="refund", order_id="E2", revenue=80.0, **ben),
        report("shop", order_id="E3", revenue=80.0, **cat),
        report("shop", 1440, name="refund", order_id="#E3", revenue=30.0, **cat),
        columns="order_id, net_revenue, is_fully_refunded",
    )
    assert found == [("E1", Decimal(80), False), ("E2", Decimal(0), True), ("E3", Decimal(50), False)]
    assert refunds(project) == [
        ("E1-R", False, Decimal(80), Decimal(80)),
        ("E2", True, Decimal(80), Decimal(80)),
        ("E3", True, Decimal(30), Decimal(30)),
    ]
    assert project.rows(
        "select lifetime_revenue, lifetime_net_revenue, macro_conversions, highest_stage"
        " from marts.dim_persons order by all"
    ) == [(Decimal(80), Decimal(net), 1, "customer") for net in (0, 0, 50)]


@pytest.mark.usefixtures("rates")
def test_a_refund_is_converted_at_the_rate_of_its_order(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", -1440, order_id="1", revenue=60.0, currency="USD", user_id="u"),  # at 1.25
        report("shop", name="refund", order_id="1", revenue=30.0, currency="USD", user_id="u"),
        report("shop", name="refund", order_id="9", revenue=30.0, currency="USD", user_id="u"),  # at 1.2
        columns="1",
    )
    assert refunds(project) == [("1", True, Decimal(30), Decimal(24)), ("9", False, Decimal(30), Decimal(25))]


def test_a_refund_without_an_amount_gives_the_order_back(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", order_id="1", revenue=60.0, user_id="u"),
        report("shop", 9, name="refund", order_id="1", user_id="u"),
        columns="1",
    )
    assert refunds(project) == [("1", True, Decimal(60), Decimal(60))]


@pytest.mark.parametrize(
    ("reports", "given_back"),
    [
        ([("refund", 60, 20.0), ("purchase", 61, -20.0)], 20),
        ([("refund", 60, -20.0), ("purchase", 30, -20.0)], 20),
        ([("refund", 60, 20.0), ("purchase", 60 + 1440, -20.0)], 20),
        ([("refund", 60, 20.0), ("purchase", 61 + 1440, -20.0)], 40),  # over a day apart: given back twice
        ([("refund", 60, 20.0), ("purchase", 61, -25.0)], 45),  # another amount
        ([("purchase", 60, -20.0), ("purchase", 90, -20.0)], 40),  # two lines
        ([("refund", 60, 20.0), ("purchase", 61, -20.0), ("purchase", 62, -20.0)], 40),
        ([("refund", 60, 20.0), ("refund", 70, 20.0), ("purchase", 61, -20.0), ("purchase", 71, -20.0)], 40),
        ([("refund", 60, 20.0), ("refund", 9000, 20.0), ("purchase", 9001, -20.0)], 40),
    ],
)
def test_a_refund_that_is_also_a_negative_purchase_counts_once(
    project: CompiledProject, reports: list[tuple[str, int, float]], given_back: int
) -> None:
    ann = {"order_id": "1", "user_id": "u"}
    rows = [report("shop", minutes, name, revenue=amount, **ann) for name, minutes, amount in reports]
    found = conversions(project, report("shop", revenue=60.0, **ann), *rows, columns="converted_refunds")
    assert found == [(Decimal(given_back),)]


def test_a_negative_purchase_of_another_order_namespace_or_currency_is_another_refund(
    project: CompiledProject,
) -> None:
    bought = report("shop", order_id="1", user_id="u", revenue=60.0)
    refund = report("shop", 60, "refund", order_id="1", user_id="u", revenue=20.0)
    for feed, values in (
        ("shop", {"order_id": "2"}),
        ("shop", {"order_id": None}),
        ("shop", {"order_id": "1", "currency": "USD"}),
        ("till", {"order_id": "1"}),
    ):
        negative = report(feed, 61, **{"user_id": "u", "revenue": -20.0, **values})
        conversions(project, bought, refund, negative, columns="1")
        assert len(refunds(project)) == 2, (feed, values)


def test_a_refund_that_two_systems_report_counts_once(project: CompiledProject) -> None:
    both = [
        report(feed, minutes, name=name, order_id="1", revenue=60.0, user_id="u")
        for feed in ("shop", "crm")
        for name, minutes in (("purchase", 0), ("refund", 99))
    ]
    conversions(project, *both, columns="1")
    assert refunds(project) == [("1", True, Decimal(60), Decimal(60))]


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        (["failed", "paid"], True),
        (["paid", "cancelled"], False),
        (["cancelled", ""], False),  # a report without a status says nothing of it
        (["pending", "refunded", "completed"], True),
    ],
)
def test_the_latest_status_of_an_order_counts(
    project: CompiledProject, statuses: list[str], counts: bool
) -> None:
    reports = [
        report("shop", 10 * n, order_id="5", user_id="c", revenue=90.0, order_status=status)
        for n, status in enumerate(statuses)
    ]
    found = conversions(project, *reports, columns="revenue, is_fully_refunded")
    assert found == ([(Decimal(90), False)] if counts else [])


def test_a_free_sign_up_makes_no_customer(project: CompiledProject) -> None:
    conversions(
        project,
        report("shop", name="loyalty_signup", user_id="a", currency=None),
        report("shop", 5, user_id="b", order_id="1", revenue=0.0),
        columns="1",
    )
    found = project.rows("select is_customer, macro_conversions from marts.dim_persons order by all")
    assert found == [(False, 1), (True, 1)]


def test_voided_orders_count_nowhere_and_refunded_ones_stay(project: CompiledProject) -> None:
    found = conversions(
        project,
        report("shop", order_id="1", revenue=10.0, user_id="a", order_status="paid"),
        report("shop", order_id="2", revenue=20.0, user_id="b", order_status="Refunded"),
        report("shop", order_id="3", revenue=30.0, user_id="c", order_status="voided"),
        report("shop", order_id="3", user_id="c"),  # a line without a status
        report("crm", 2, order_id="3", revenue=30.0, user_id="c"),  # another system did not hear of it
        columns="order_id, net_revenue, is_fully_refunded",
    )
    assert found == [("1", Decimal(10), False), ("2", Decimal(0), True)]
    assert project.rows("select count(*) from marts.fct_events where is_macro") == [(2,)]
    assert project.rows("select is_customer from marts.dim_persons order by all") == [
        (False,),
        (True,),
        (True,),
    ]


def test_small_orders_are_purchases(project: CompiledProject) -> None:
    amounts = (9.5, 0.0, 9.0)
    found = conversions(
        project,
        *(
            report("shop", n, order_id=f"{n}", revenue=amount, user_id=f"u{n}")
            for n, amount in enumerate(amounts)
        ),
        columns="macro_conversion, revenue",
    )
    assert found == [("purchase", Decimal(0)), ("purchase", Decimal(9)), ("purchase", Decimal("9.5"))]
