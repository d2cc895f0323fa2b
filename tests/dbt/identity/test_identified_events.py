"""The identified events of the small made world: times, persons, verdicts and catalogue rows."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import BASE, Warehouse
from tests.dbt.rows import key


def fill(warehouse: Warehouse, first_action: int = 0) -> None:
    """The made world, its log numbered from the one after `first_action`."""
    warehouse.insert("smaily__campaigns", [world.LETTER, world.OFFER])
    warehouse.insert("smaily__automations", [world.WELCOME])
    warehouse.insert("smaily__split_tests", [world.TEST])
    arms = enumerate((world.ARM_A, world.ARM_B))
    statistics = [{"split_test_id": "4", "section_position": n, "name": arm["name"]} for n, arm in arms]
    warehouse.insert("smaily__split_test_statistics", statistics)
    mail = [{**row, "seq_id": row["seq_id"] + first_action} for row in world.MAIL]
    warehouse.insert("smaily__actions", [*mail, mail[2], mail[10]])
    warehouse.insert("google_analytics__events", [hit.event for hit in world.WEB])
    warehouse.insert("google_analytics__event_attributes", [hit.attributes for hit in world.WEB])
    warehouse.insert(
        "google_analytics__event_parameters", [row for hit in world.WEB if (row := hit.parameters)]
    )
    warehouse.insert("bitly__bitlinks", world.BITLINKS)
    warehouse.insert("bitly__link_clicks", world.BITLINK_CLICKS)
    warehouse.insert(
        "event_files__orders", [{"_is_repeated": False, "_ordinal": 1} | row for row in world.ORDERS]
    )
    warehouse.insert("pii.contacts", [{"contact_key": key("ann@example.com"), "email": "ann@gmail.com"}])


@pytest.fixture(scope="module")
def built(home: Path) -> Warehouse:
    warehouse = Warehouse(home, [world.ORDERS_FEED])
    fill(warehouse)
    warehouse.build(*BASE)
    return warehouse


def person(warehouse: Warehouse, identifier: str) -> int | None:
    """None where the identifier has no event of its own."""
    kind = "contact_key" if "@" in identifier else "client_id"
    value = key(identifier) if "@" in identifier else identifier
    found = warehouse.query(
        "select person_key from intermediate.int_person_identifiers "
        f"where identifier_kind = '{kind}' and identifier = '{value}'"
    )
    return int(found[0][0]) if found else None


def events_of(
    warehouse: Warehouse, identifier: str, columns: str, where: str = "true"
) -> list[tuple[object, ...]]:
    return warehouse.query(
        f"select {columns} from marts.fct_events "
        f"where person_key = {person(warehouse, identifier)} and {where} "
        "order by occurred_at, event_rank, event_id"
    )


def test_local_times_become_utc_through_the_hour_that_runs_twice(built: Warehouse) -> None:
    times = events_of(built, "night@example.com", "occurred_at")
    expected = ["2026-10-25T00:10", "2026-10-25T00:50", "2026-10-25T01:20", "2026-10-25T02:10"]
    assert [at for (at,) in times] == [datetime.fromisoformat(text) for text in expected]
    flags = built.query(
        "select is_local_time_ambiguous, count(distinct seq_id) from staging.stg_smaily__actions"
        " group by 1 order by 1"
    )
    assert flags == [(False, len(world.MAIL) - 3), (True, 3)]


def test_the_hit_time_outweighs_the_minute_of_the_report(built: Warehouse) -> None:
    times = [at for (at,) in events_of(built, "night-phone", "occurred_at")]
    assert times == [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)]


def test_an_action_pulled_twice_is_one_event(built: Warehouse) -> None:
    assert built.value("select count(*) from marts.fct_events where source = 'smaily'") == len(world.MAIL)


def test_a_double_firing_is_one_event_with_its_count_and_single_revenue(built: Warehouse) -> None:
    [row] = events_of(
        built, "ann@example.com", "event_count, revenue", "order_id = 'T-1' and source = 'google_analytics'"
    )
    assert row == (2, 60.0)


def test_rows_without_consent_stay_nobodys(built: Warehouse) -> None:
    rows = built.query("select event_count, url from marts.fct_events where person_key is null")
    assert rows == [(3, "/blog/a")]


def test_acts_of_the_same_second_come_in_their_natural_order(built: Warehouse) -> None:
    at_eleven = "occurred_at = timestamp '2026-10-01 08:00:00'"
    assert events_of(built, "ann@example.com", "event_name", at_eleven) == [("view",), ("click",)]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("ann@example.com", "ann-laptop", True),
        ("twin@example.com", "second@example.com", True),
        ("forwarder@example.com", "friend@example.com", False),
        ("friend@example.com", "friend-phone", True),
        ("lender@example.com", "borrower@example.com", False),
        ("borrower@example.com", "borrower-pc", True),
        ("lender@example.com", "lender-pc", True),
        ("office-1", "office-2", False),
    ],
)
def test_who_is_one_person(built: Warehouse, one: str, other: str, is_same: bool) -> None:
    assert (person(built, one) == person(built, other)) is is_same


def test_a_forwarded_visit_and_its_click_are_the_friends(built: Warehouse) -> None:
    fourth = "occurred_at::date = date '2026-10-04'"
    names = [name for (name,) in events_of(built, "friend@example.com", "event_name", fourth)]
    assert names == ["click", "page_view", "add_to_cart"]
    # No event is left that is the forwarder's own, so they are no person here.
    assert person(built, "forwarder@example.com") is None


def test_a_borrowed_visit_is_the_borrowers(built: Warehouse) -> None:
    assert events_of(built, "borrower@example.com", "url", "event_name = 'add_to_wishlist'") == [
        ("/product/b",)
    ]


def test_machines_are_told_with_their_reason(built: Warehouse) -> None:
    machines = built.query(
        "select event_name, count(*), min(machine_reason) from marts.fct_events where is_machine "
        "group by 1 order by 1"
    )
    assert [(name, count) for name, count, _ in machines] == [("click", 4), ("view", 1)]
    assert all(reason for _, _, reason in machines)
    assert (
        built.value("select count(*) from marts.fct_events where is_machine <> (machine_reason is not null)")
        == 0
    )


def test_catalogue_rows_of_one_persons_events(built: Warehouse) -> None:
    found = events_of(built, "ann@example.com", "event_name, micro_conversion", "is_person_action")
    assert found == [
        ("optin", "newsletter_signup"),
        ("view", "email_open"),
        ("click", "cta_click"),
        ("page_view", "pricing_page_visit"),
        ("file_download", "comparison_guide_download"),
        ("view", "repeat_email_open"),
        ("view", "promotional_offer_open"),
        ("click", "welcome_email_click"),
        ("click", "onboarding_tutorial_click"),
        ("purchase", "purchase"),
        ("order", "purchase"),
        ("purchase", "repeat_purchase"),
    ]


def test_event_files_need_no_other_source(built: Warehouse) -> None:
    found = built.query(
        "select event_name, micro_conversion, is_macro, currency, feed from marts.fct_events "
        "where source = 'event_files' and occurred_at >= timestamp '2026-10-09' order by occurred_at"
    )
    assert found == [
        ("order", "purchase", True, "EUR", "orders"),
        ("demo_request", "demo_request", False, None, "orders"),
        ("checklist_ticked", None, False, None, "orders"),
    ]
    assert built.value("select count(distinct person_key) from marts.fct_events where feed = 'orders'") == 2


def test_arms_of_a_test_are_told_apart_by_their_names(built: Warehouse) -> None:
    emails = built.query(
        "select email_id, variant, subject, subject_length from marts.dim_emails "
        "where variant is not null order by 1"
    )
    assert emails == [("smaily-4-A", "A", "Short", 5), ("smaily-4-B", "B", "A longer 👨‍👩‍👧", 10)]
    assert events_of(built, "ann@example.com", "variant", "email_id = 'smaily-4-B'") == [("B",)]


def test_what_became_of_an_email(built: Warehouse) -> None:
    columns = (
        "opens, human_opens, clicks, human_clicks, is_privacy_proxy_open, bounce_class, delivered_at is null"
    )
    of_letter = "from marts.fct_email_sends where email_id = 'smaily-1' and person_key ="
    expected = {
        "ann@example.com": (2, 2, 1, 1, False, None, False),
        "proxied@example.com": (1, 0, 0, 0, True, None, False),
        "scanned@firm.example.com": (0, 0, 4, 0, False, None, False),
        "gone@example.com": (0, 0, 0, 0, False, "hard", True),
    }
    for address, outcome in expected.items():
        assert built.query(f"select {columns} {of_letter} {person(built, address)}") == [outcome]
    assert built.query(f"select mailbox_provider {of_letter} {person(built, 'ann@example.com')}") == [
        ("gmail",)
    ]


def test_clicks_on_a_custom_back_half_count_with_their_link(built: Warehouse) -> None:
    rows = built.query(
        "select link_key, campaign_key, clicks, custom_back_half_clicks from marts.fct_link_clicks_daily"
    )
    assert rows == [("bit.ly/3abc", "smaily-1", 7, 2)]


def test_a_customer_is_described(built: Warehouse) -> None:
    [row] = built.query(
        "select is_customer, macro_conversions, lifetime_revenue, first_touch_system, time_zone_source "
        f"from marts.dim_persons where person_key = {person(built, 'ann@example.com')}"
    )
    assert row == (True, 2, 130.0, "smaily", "account")


def test_a_second_build_from_other_row_order_is_the_same(built: Warehouse, home: Path) -> None:
    everything = (
        "select md5(string_agg(e::varchar, '|' order by event_id)) from (select * from marts.fct_events) e"
    )
    before = built.value(everything)
    shuffled = Warehouse(home / "raw", [world.ORDERS_FEED])
    tables = (
        "smaily__actions",
        "google_analytics__events",
        "google_analytics__event_attributes",
        "event_files__orders",
    )
    fill(shuffled)
    with shuffled.connect() as connection:
        for table in tables:
            connection.execute(
                f"create or replace temp table kept as from raw.{table} order by hash({table})"
            )
            connection.execute(f"delete from raw.{table}")
            connection.execute(f"insert into raw.{table} from kept")
    with CompiledProject(home / "shuffled", [world.ORDERS_FEED]).on(
        shuffled.path, "fct_events"
    ) as connection:
        assert connection.execute(everything).fetchall() == [(before,)]
