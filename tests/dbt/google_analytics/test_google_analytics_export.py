"""Events of GA4's export up to the marts: copies, attribution, properties, days of the Data API."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.google_analytics.export_rows import exported
from tests.dbt.rows import Hit, Row, key

DAY = "2026-11-10"
NOT_EXPORTED = "2026-11-09"
MODELS = (
    "dim_persons",
    "fct_sessions",
    "stg_google_analytics_export__data_quality",
    "stg_google_analytics__data_quality",
    "stg_google_analytics__day_totals",
    "int_source_watermarks",
)


def at(time: str, day: str = DAY) -> str:
    return f"{day}T{time}Z"


def twice(*arguments: Any, **values: Any) -> list[Row]:
    return [exported(*arguments, **values) for _ in range(2)]


TAG = {"session_source": None, "session_medium": None, "session_campaign": None, "table_kind": "intraday"}
OTHER = {"property_id": "999", "id_namespace": "999"}
EXPORTED: list[Row] = [
    # A copy is alike in all; what differs in its place in the bundle is another event.
    *twice(at("08:00:00"), "page_view", "/copied", "copies"),
    exported(at("08:00:00"), "page_view", "/bundle", "bundle", source_position=1001),
    exported(at("08:00:00"), "page_view", "/bundle", "bundle", source_position=1002),
    # Without consent: two events are two, and copies one.
    *twice(at("08:00:00"), "scroll", "/none"),
    exported(at("08:00:01"), "scroll", "/none"),
    # An intraday table attributes no session: what tagged it first does, and not what came later.
    exported(at("09:00:00"), "session_start", "/", "tagged", **TAG),
    exported(
        at("09:00:01"), "page_view", "/a", "tagged", collected_source="smaily", collected_medium="email",
        collected_campaign="autumn", **TAG,
    ),
    exported(
        at("09:05:00"), "page_view", "/b", "tagged", collected_source="bing", collected_medium="organic",
        **TAG,
    ),
    exported(at("09:00:00"), "page_view", "/c", "untagged", **TAG),
    # The last click of the session counts before any tag.
    exported(
        at("10:00:00"), "page_view", "/d", "clicked", source="news", medium="email", campaign="winter",
        collected_source="smaily", collected_medium="email", collected_campaign="autumn",
    ),
    # One person by their log-in, with a user id, an address and two browsers.
    exported(at("11:00:00"), "login", "/", "laptop", user_id="u-1", address="ann@example.com"),
    exported(at("12:00:00"), "login", "/", "phone", user_id="u-1"),
    exported(at("12:01:00"), "purchase", "/ty", "phone", order="#T-1", revenue=60.0, user_id="u-1"),
    *twice(at("12:30:00"), "purchase", "/ty", "phone", order="T-1", revenue=60.0, user_id="u-1"),
    exported(at("13:00:00"), "refund", "/", "phone", order="T-1", revenue=20.0, user_id="u-1"),
    exported(at("13:30:00"), "purchase", "/ty", "phone", order="(not set)", revenue=5.0),
    # The same numbers in another property are other browsers, visitors and orders.
    exported(at("14:00:00"), "login", "/", "laptop", user_id="u-1", address="bob@example.com", **OTHER),
    exported(at("14:01:00"), "purchase", "/ty", "laptop", order="T-1", revenue=7.0, user_id="u-1", **OTHER),
    # Placeholders identify no one.
    exported(at("15:00:00"), "page_view", "/", "undefined", user_id="null"),
    # Consent, with an id and without.
    exported(at("16:00:00"), "page_view", "/", "refuses", analytics_storage="No"),
    exported(at("16:00:00"), "page_view", "/", analytics_storage="No"),
]  # fmt: skip
HITS = [
    # The day is exported: these are the same events, and one that the export lacks.
    Hit(at("12:01:00"), "purchase", "/ty", "phone", order="T-1", revenue=60.0),
    Hit(at("12:02:00"), "page_view", "/lost", "lost"),
    Hit(at("12:02:00"), "page_view", "/anonymous", count=3),
    # These are not, and the order is the same one.
    Hit(at("20:00:00", NOT_EXPORTED), "page_view", "/before", "phone"),
    Hit(at("20:01:00", NOT_EXPORTED), "purchase", "/ty", "phone", order="T-1", revenue=60.0),
    Hit(at("20:02:00", NOT_EXPORTED), "page_view", "/anonymous", count=2),
]


def by_day(rows: list[Row], hits: list[Hit]) -> list[Row]:
    return [
        row | {"_partition": hit.at.date().isoformat(), "property_id": "123456"}
        for row, hit in zip(rows, hits, strict=True)
    ]


def total(day: str, events: int, revenue: float, transactions: int) -> Row:
    return {
        "day": day, "event_count": events, "transactions": transactions, "purchase_revenue": revenue,
        "currency": "EUR",
        "property_id": "123456", "property_time_zone": "Europe/Tallinn", "_partition": day,
    }  # fmt: skip


@pytest.fixture(scope="module")
def project(compiled: CompiledProject) -> CompiledProject:
    compiled.build(
        {
            "google_analytics_export__events": EXPORTED,
            "google_analytics__events": by_day([hit.event for hit in HITS], HITS),
            "google_analytics__event_attributes": by_day([hit.attributes for hit in HITS], HITS),
            "google_analytics__daily_totals": [total(DAY, 30, 72.0, 4), total(NOT_EXPORTED, 5, 60.0, 1)],
        },
        *MODELS,
    )
    return compiled


def events(project: CompiledProject, columns: str, condition: str) -> list[tuple[Any, ...]]:
    return project.rows(f"select {columns} from marts.fct_events where {condition} order by all")


def test_a_copy_is_counted_and_no_event(project: CompiledProject) -> None:
    assert events(project, "url, event_count", "url like '%/copied'") == [
        ("https://shop.example.com/copied", 2)
    ]
    assert events(project, "event_count", "url like '%/bundle'") == [(1,), (1,)]
    assert events(project, "event_count, person_key is null", "url like '%/none'") == [(1, True), (2, True)]


@pytest.mark.parametrize(
    ("path", "traffic"),
    [
        ("/a", ("smaily", "email", "autumn")),
        ("/b", ("smaily", "email", "autumn")),
        ("/c", (None, None, None)),
        ("/d", ("news", "email", "winter")),
    ],
)
def test_a_session_is_attributed_by_its_last_click_or_first_tag(
    project: CompiledProject, path: str, traffic: tuple[str | None, ...]
) -> None:
    columns = "traffic_source, traffic_medium, traffic_campaign"
    assert events(project, columns, f"url like '%.com{path}'") == [traffic]


def test_identifiers_and_orders_are_of_their_property(project: CompiledProject) -> None:
    found = project.rows(
        """
        select i.identifier_kind, i.identifier, c.identifier
        from intermediate.int_person_identifiers as i
        inner join intermediate.int_person_identifiers as c using (person_key)
        where c.identifier_kind = 'contact_key' and i.identifier_kind <> 'contact_key' order by all
        """
    )
    ann, bob = key("ann@example.com"), key("bob@example.com")
    assert found == [
        ("client_id", "999/laptop", bob),
        ("client_id", "laptop", ann),
        ("client_id", "phone", ann),
        ("user_id", "999/u-1", bob),
        ("user_id", "u-1", ann),
    ]


def test_orders_are_one_whichever_way_they_came(project: CompiledProject) -> None:
    found = project.rows(
        "select order_id, order_namespace, revenue from marts.fct_macro_conversions order by all"
    )
    assert [(order, revenue) for order, _, revenue in found] == [
        ("T-1", Decimal(7)),
        ("T-1", Decimal(60)),
        (None, Decimal(5)),
    ]
    assert found[0][1] == "999"
    refunds = project.rows("select order_id, amount from intermediate.int_refunds")
    assert refunds == [("T-1", Decimal(20))]


def test_of_an_exported_day_the_export_counts_and_others_stay(project: CompiledProject) -> None:
    found = project.rows("""
        select source::varchar, occurred_at::date::varchar, sum(event_count)::int from marts.fct_events
        group by all order by all
    """)
    assert found == [
        ("google_analytics", NOT_EXPORTED, 4),
        ("google_analytics_export", DAY, len(EXPORTED)),
    ]


def test_of_several_properties_the_one_that_the_totals_are_of_is_compared(project: CompiledProject) -> None:
    days = "select day::varchar, inexact_because, events, revenue from {}"
    own = [row for row in EXPORTED if row["property_id"] == "123456"]
    assert project.rows(days.format("staging.stg_google_analytics_export__day_totals")) == [
        (DAY, "not exported to the end", len(own), Decimal(45))
    ]


def test_an_exported_day_is_not_held_against_the_data_apis_rows(project: CompiledProject) -> None:
    days = "select distinct day::varchar from staging.stg_google_analytics__{}"
    for model in ("data_quality", "day_totals"):
        assert project.rows(days.format(model)) == [(NOT_EXPORTED,)]


def test_a_refusal_is_that_of_a_browser(project: CompiledProject) -> None:
    stated = (
        "select client_id, analytics_consent from intermediate.int_events where analytics_consent is not null"
    )
    assert project.rows(stated) == [("refuses", "denied")]


def test_placeholders_identify_no_one(project: CompiledProject) -> None:
    found = events(project, "person_key is null", "occurred_at = timestamp '2026-11-10 15:00:00'")
    assert found == [(True,)]


def test_export_and_totals_agree_to_the_event_and_the_cent(compiled: CompiledProject) -> None:
    given = [
        exported(at("08:00:00"), "page_view", "/", "a"),
        *twice(at("08:00:01"), "purchase", "/ty", "a", order="T-1", revenue=60.0),
        exported(at("08:00:02"), "purchase", "/ty", "b", order="T-2", revenue=0.1),
        exported(at("08:00:03"), "purchase", "/ty", order="T-3", revenue=0.2),
        exported(at("08:00:00", "2026-11-11"), "page_view", "/", "a", table_kind="intraday"),
        exported(
            at("08:00:00", "2026-11-12"), "purchase", "/ty", "a", order="T-4", revenue=5.0, currency="SEK"
        ),
    ]  # fmt: skip
    compiled.build(
        {
            "google_analytics_export__events": given,
            "google_analytics__daily_totals": [
                total(DAY, 6, 60.3, 3), total("2026-11-11", 9, 0.0, 0), total("2026-11-12", 1, 0.5, 1),
            ],
        },
        "stg_google_analytics_export__day_totals",
        "stg_google_analytics_export__data_quality",
    )  # fmt: skip
    assert compiled.rows(
        "select indicator, day::varchar, round(affected, 9), total, unit"
        " from staging.stg_google_analytics_export__data_quality"
        " where indicator <> 'missing_days' order by all"
    ) == [
        ("unreconciled_events", DAY, 1.0, 6.0, "events"),
        ("unreconciled_events", "2026-11-12", 0.0, 1.0, "events"),
        ("unreconciled_revenue", DAY, 0.0, 60.3, "EUR"),
    ]
    assert compiled.rows(
        "select day::varchar, inexact_because from staging.stg_google_analytics_export__day_totals order by 1"
    ) == [(DAY, None), ("2026-11-11", "not exported to the end"), ("2026-11-12", None)]


def unreconciled(compiled: CompiledProject) -> list[tuple[Any, ...]]:
    """What the totals are off by, of either way into the warehouse."""
    return [
        row
        for model in ("stg_google_analytics_export__data_quality", "stg_google_analytics__data_quality")
        for row in compiled.rows(
            "select stream, indicator, day::varchar, round(affected, 9), total"
            f" from staging.{model} where indicator like 'unreconciled%' order by all"
        )
    ]


QUALITY = ("stg_google_analytics_export__data_quality", "stg_google_analytics__data_quality")


def test_refunds_are_taken_off_as_google_takes_them_off(compiled: CompiledProject) -> None:
    """purchaseRevenue: revenue from purchases minus refunded revenue, by the day of the refund."""
    next_day, third_day = "2026-11-11", "2026-11-12"
    given = [
        exported(at("08:00:00"), "purchase", "/ty", "a", order="T-1", revenue=100.0),
        *twice(at("09:00:00"), "refund", "/", "a", order="T-1", revenue=40.0),
        exported(at("09:00:00", next_day), "refund", "/", "a", order="T-1", revenue=25.0),
        exported(at("09:05:00", next_day), "refund", "/", "a", order="T-1", revenue=25.0),
        exported(at("08:00:00", third_day), "purchase", "/ty", "a", order="T-2", revenue=9.0),
        exported(at("09:00:00", third_day), "refund", "/", "a", order="T-2", revenue=9.0, currency="SEK"),
    ]
    totals = [total(DAY, 3, 60.0, 1), total(next_day, 2, -50.0, 0), total(third_day, 2, 8.2, 1)]
    compiled.build(
        {"google_analytics_export__events": given, "google_analytics__daily_totals": totals}, *QUALITY
    )
    assert [row for row in unreconciled(compiled) if row[1] == "unreconciled_revenue"] == [
        ("events", "unreconciled_revenue", DAY, 0.0, 60.0),
        ("events", "unreconciled_revenue", next_day, 0.0, 50.0),
    ]


def test_a_day_before_the_link_is_compared_only_where_its_hits_have_landed(compiled: CompiledProject) -> None:
    """With the export the Data API gives totals of all days, and hits of none."""
    landed = [Hit(at("20:01:00", "2026-11-08"), "purchase", "/ty", "b", order="T-9", revenue=10.0)]
    totals = [
        total("2026-11-08", 1, 30.0, 1), total(NOT_EXPORTED, 500, 100.0, 2), total(DAY, 1, 60.0, 1)
    ]  # fmt: skip
    raw = {
        "google_analytics_export__events": [
            exported(at("08:00:00"), "purchase", "/ty", "a", order="T-1", revenue=60.0)
        ],
        "google_analytics__events": by_day([hit.event for hit in landed], landed),
        "google_analytics__event_attributes": by_day([hit.attributes for hit in landed], landed),
        "google_analytics__daily_totals": totals,
    }
    models = (*QUALITY, "stg_google_analytics__day_totals")
    compiled.build(raw, *models)
    assert {(row[2], row[3]) for row in unreconciled(compiled) if row[1] == "unreconciled_revenue"} == {
        ("2026-11-08", 20.0), (DAY, 0.0),
    }  # fmt: skip
    assert compiled.rows("select day::varchar from staging.stg_google_analytics__day_totals") == [
        ("2026-11-08",)
    ]
    # Another property's export says nothing of this one's totals.
    other = [row | {"property_id": "999"} for row in raw["google_analytics_export__events"]]
    compiled.build(raw | {"google_analytics_export__events": other}, *models)
    assert (NOT_EXPORTED, 100.0) in {(row[2], row[3]) for row in unreconciled(compiled)}


def test_of_several_properties_none_is_compared_where_the_totals_do_not_say_theirs(
    compiled: CompiledProject,
) -> None:
    rows = [exported(at("08:00:00"), "page_view", "/", "a", property_id=each) for each in ("1", "2")]
    totals = [total(DAY, 1, 0.0, 0) | {"property_id": None}]
    compiled.build(
        {"google_analytics_export__events": rows, "google_analytics__daily_totals": totals},
        "stg_google_analytics_export__day_totals",
    )
    reasons = "select inexact_because from staging.stg_google_analytics_export__day_totals"
    assert compiled.rows(reasons) == [("of several properties",)]


ORDERS = "select order_namespace, order_id, revenue from marts.fct_macro_conversions order by all"


def test_the_orders_of_two_shops_are_two_where_no_one_is_named(compiled: CompiledProject) -> None:
    """An agency's shops number their orders alike; a person in both is known by a contact key."""
    given = [
        exported(at("09:00:00"), "purchase", client="c1", order="1001", revenue=100.0),
        exported(at("19:01:00"), "purchase", client="999/c7", order="1001", revenue=80.0, **OTHER),
    ]
    compiled.build({"google_analytics_export__events": given}, "dim_persons", "fct_macro_conversions")
    assert compiled.rows(ORDERS) == [
        ("999", "1001", Decimal(80)),
        ("google_analytics", "1001", Decimal(100)),
    ]


def test_an_order_from_before_the_link_is_the_one_that_is_reloaded_and_refunded_after(
    compiled: CompiledProject,
) -> None:
    before = [Hit(at("20:01:00", "2026-11-01"), "purchase", "/ty", "a", order="A-1", revenue=100.0)]
    given = [
        exported(at("09:00:00"), "purchase", client="a", order="A-1", revenue=100.0),
        exported(at("10:00:00"), "refund", client="a", order="A-1", revenue=40.0),
    ]
    compiled.build(
        {
            "google_analytics_export__events": given,
            "google_analytics__events": by_day([hit.event for hit in before], before),
            "google_analytics__event_attributes": by_day([hit.attributes for hit in before], before),
        },
        "dim_persons",
        "fct_macro_conversions",
        "int_refunds",
    )
    assert compiled.rows(ORDERS) == [("google_analytics", "A-1", Decimal(100))]
    refunds = "select matched_order_key is not null, amount from intermediate.int_refunds"
    assert compiled.rows(refunds) == [(True, Decimal(40))]
