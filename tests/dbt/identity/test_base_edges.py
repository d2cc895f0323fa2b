"""From raw rows to persons, e-mails and machines, exactly where one rule ends and another begins."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key, link

LETTER = campaign(1, "Autumn", ["newsletter"])
START = datetime(2026, 10, 6, 10)
ANN = "ann@example.com"
Raw = Mapping[str, Sequence[Row]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"), [world.ORDERS_FEED])


def log(*entries: tuple[Any, ...]) -> list[Row]:
    """Entries of the action log: seconds after the start (Tallinn's clock), address, action, more."""
    return [
        action(number, str(START + timedelta(seconds=seconds)), address, name, LETTER, *value)
        for number, (seconds, address, name, *value) in enumerate(entries, 1)
    ]


def web(*hits: Hit) -> dict[str, list[Row]]:
    return {
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
        "google_analytics__event_parameters": [row for hit in hits if (row := hit.parameters)],
    }


def person(project: CompiledProject, identifier: str) -> Any:
    """None where the identifier has no event of its own."""
    value = key(identifier) if "@" in identifier else identifier
    found = project.rows(
        f"select person_key from intermediate.int_person_identifiers where identifier = '{value}'"
    )
    return found[0][0] if found else None


def test_a_log_that_is_a_little_out_of_order_is_no_second_pass(project: CompiledProject) -> None:
    times = ("03:10:00", "03:08:00", "03:50:00", "03:20:00")
    actions = [action(n, f"2026-10-25 {time}", ANN, "view", LETTER) for n, time in enumerate(times, 1)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": actions}, "int_events")
    assert project.rows("select occurred_at from intermediate.int_events order by occurred_at") == [
        (datetime(2026, 10, 25, 0, 8),),
        (datetime(2026, 10, 25, 0, 10),),
        (datetime(2026, 10, 25, 0, 50),),
        (datetime(2026, 10, 25, 1, 20),),
    ]


def test_of_several_pulls_the_latest_counts(project: CompiledProject) -> None:
    at = [datetime.fromisoformat(f"2026-11-{day}T04:00:00+00:00") for day in (14, 16, 15)]
    campaigns = [
        {**campaign(1, name), "_extracted_at": instant}
        for name, instant in zip(("Old", "New", "Older"), at, strict=True)
    ]
    clicks = [
        {
            "bitlink": "bit.ly/a",
            "clicked_bitlink": clicked,
            "date": "2026-10-02T00:00:00+0000",
            "clicks": count,
            "_extracted_at": instant,
        }
        for clicked, count, instant in (("bit.ly/a", 1, at[0]), ("bit.ly/a", 5, at[1]), ("x.ee/a", 2, at[0]))
    ]
    project.build(
        {"smaily__campaigns": campaigns, "bitly__link_clicks": clicks},
        "int_campaigns",
        "fct_link_clicks_daily",
    )
    assert project.rows("select campaign_name from intermediate.int_campaigns") == [("New",)]
    assert project.rows("select clicks, custom_back_half_clicks from marts.fct_link_clicks_daily") == [(7, 2)]


def test_rows_of_one_hit_are_one_event_and_the_fuller_one_stays(project: CompiledProject) -> None:
    at = "2026-10-01T08:00:00Z"
    hits = [
        Hit(at, "login", "/", "laptop"),
        Hit(at, "login", "/", "laptop", address=ANN),
        Hit(at, "login", "/account", "laptop"),
        Hit(at, "login", "/"),
        Hit(at, "login", "/", count=2),
    ]
    project.build(web(*hits), "int_events")
    assert project.rows(
        "select client_id, contact_key, url, event_count from intermediate.int_events order by all"
    ) == [
        ("laptop", key(ANN), "/", 1),
        ("laptop", None, "/account", 1),
        (None, None, "/", 1),
        (None, None, "/", 2),
    ]


def test_a_hit_without_an_order_has_no_revenue_and_words_for_nothing_are_null(
    project: CompiledProject,
) -> None:
    hits = [
        Hit("2026-10-01T08:00:00Z", "page_view", "(other)", "laptop"),
        Hit("2026-10-01T08:01:00Z", "purchase", "/thank-you", "laptop", order="T-1", revenue=0.0),
        Hit("2026-10-01T08:02:00Z", "purchase", "/thank-you", "laptop", revenue=7.0),
    ]
    raw = web(*hits)
    raw["google_analytics__event_attributes"][2]["currency"] = None
    project.build(raw, "int_events")
    assert project.rows(
        "select url, revenue, currency from intermediate.int_events order by occurred_at"
    ) == [(None, None, None), ("/thank-you", 0.0, "EUR"), ("/thank-you", 7.0, "EUR")]


def order(**values: Any) -> Row:
    """A row of the feed's files."""
    return {
        "event_name": "order",
        "user_id": "crm-1",
        "occurred_at": datetime.fromisoformat("2026-10-05T08:00:00+00:00"),
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": values.get("_partition", "a.csv"),
        **values,
    }


def test_an_event_of_several_files_is_one_and_the_last_load_counts(project: CompiledProject) -> None:
    first, last = (datetime.fromisoformat(f"2026-11-{day}T04:00:00+00:00") for day in (14, 16))
    rows = [
        order(event_id="1", revenue=5.0, currency="eur", _partition="a.csv", _extracted_at=last),
        order(event_id="1", revenue=3.0, currency="EUR", _partition="b.csv", _extracted_at=first),
        order(event_id="2", revenue=3.0, currency="EUR", _partition="a.csv", _extracted_at=first),
        order(event_id="2", revenue=5.0, currency="eur ", _partition="b.csv", _extracted_at=first),
        # Without an id it is known by all it says.
        order(order_id="T-1", _partition="a.csv"),
        order(order_id="T-1", _partition="b.csv"),
    ]
    project.build({"event_files__orders": rows}, "int_events")
    assert project.rows("select order_id, revenue, currency from intermediate.int_events order by all") == [
        ("T-1", None, None),
        (None, 5.0, "EUR"),
        (None, 5.0, "EUR"),
    ]


def bursts(project: CompiledProject, *clicks: tuple[float, str]) -> list[int]:
    """Links in the burst of each click, of (seconds after the send, path)."""
    entries = [(0, ANN, "send"), *((seconds, ANN, "click", link(path)) for seconds, path in clicks)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": log(*entries)}, "int_machine_features")
    found = project.rows(
        "select links_in_burst from intermediate.int_machine_features order by seconds_since_send"
    )
    return [links for (links,) in found]


def test_clicks_ten_seconds_apart_are_one_burst_of_different_links(project: CompiledProject) -> None:
    assert bursts(project, (100, "/a"), (110, "/b"), (120, "/c"), (131, "/d")) == [3, 3, 3, 1]
    assert bursts(project, (100, "/a"), (101, "/a"), (102, "/a")) == [1, 1, 1]


@pytest.mark.parametrize(
    ("landed_after", "page", "has_visit"),
    [
        (timedelta(0), "/a?utm_medium=email", True),
        (timedelta(minutes=30, microseconds=-1000), "/a?utm_medium=email", True),
        (timedelta(minutes=30), "/a?utm_medium=email", False),
        (timedelta(seconds=-1), "/a?utm_medium=email", False),
        (timedelta(seconds=1), "/b?utm_medium=email", False),
        (timedelta(seconds=1), "/a?utm_medium=cpc", False),
    ],
)
def test_a_visit_follows_its_click_within_half_an_hour(
    project: CompiledProject, landed_after: timedelta, page: str, has_visit: bool
) -> None:
    clicked_at = datetime.fromisoformat("2026-10-06T10:01:00+03:00")
    hit = Hit((clicked_at + landed_after).isoformat(), "page_view", page, "laptop", address=ANN)
    actions = log((0, ANN, "send"), (60, ANN, "click", link("/a")), (3600, ANN, "send"))
    project.build(
        {"smaily__campaigns": [LETTER], "smaily__actions": actions, **web(hit)}, "int_machine_features"
    )
    assert project.rows("select has_visit, seconds_since_send from intermediate.int_machine_features") == [
        (has_visit, 60)
    ]


def visit(number: int, client: str, address: str, **values: Any) -> Hit:
    """A visit of its own that starts from an e-mail to `address`."""
    at = datetime.fromisoformat("2026-10-01T06:00:00+00:00") + timedelta(days=number)
    return Hit(at.isoformat(), "page_view", "/?utm_medium=email", client, address=address, **values)


@pytest.mark.parametrize(("devices", "is_one"), [(3, True), (4, False)])
def test_a_mailbox_of_more_devices_than_a_person_has_is_shared(
    project: CompiledProject, devices: int, is_one: bool
) -> None:
    hits = [visit(number, f"device-{number}", "office@example.com") for number in range(devices)]
    project.build(web(*hits), "int_person_identifiers")
    assert (person(project, "device-0") == person(project, "device-1")) is is_one


@pytest.mark.parametrize(
    ("session", "is_one"), [(["s3", "s4"], True), (["s3", "s3"], False)], ids=["two visits", "one visit"]
)
def test_a_second_address_on_a_device_shows_itself_in_two_visits(
    project: CompiledProject, session: list[str], is_one: bool
) -> None:
    own = [visit(number, "phone", ANN, session=f"own {number}") for number in range(3)]
    other = [visit(3 + n, "phone", "b@example.com", session=name) for n, name in enumerate(session)]
    project.build(web(*own, *other), "int_person_identifiers")
    assert (person(project, ANN) == person(project, "b@example.com")) is is_one


def contact(address: str, **values: Any) -> Row:
    return {
        "contact_key": bytes.fromhex(key(address)),
        "is_unsubscribed": "0",
        "created_at": "2026-09-01 10:00:00",
        **values,
    }


def test_a_contact_without_any_event_is_a_person(project: CompiledProject) -> None:
    project.build({"smaily__contacts": [contact(ANN)]}, "dim_persons")
    assert project.rows("select subscription_status, first_seen_at, acts from marts.dim_persons") == [
        ("subscribed", datetime(2026, 9, 1, 7), 0)
    ]


def test_the_zone_of_the_profile_outweighs_that_of_the_country(project: CompiledProject) -> None:
    contacts = [
        contact("a@example.com", country="fi", timezone="Europe/Berlin"),
        contact("b@example.com", country="fi"),
        contact("c@example.com"),
    ]
    project.build({"smaily__contacts": contacts}, "int_person_time_zones")
    assert project.rows(
        "select time_zone, time_zone_source from intermediate.int_person_time_zones order by all"
    ) == [("Europe/Berlin", "profile"), ("Europe/Helsinki", "country"), ("Europe/Tallinn", "account")]


def test_what_a_user_does_is_theirs_though_their_mailbox_is_shared(project: CompiledProject) -> None:
    rows = [
        order(event_id=str(number), user_id=f"crm-{number}", contact_key=key("office@example.com"))
        for number in range(11)
    ]
    project.build({"event_files__orders": rows}, "int_event_persons")
    assert project.rows("select count(distinct person_key) from intermediate.int_event_persons") == [(11,)]


@pytest.mark.parametrize(
    ("minutes_before", "friends"), [((29, 1), [1]), ((29,), [29]), ((30,), []), ((1, -1), [1])]
)
def test_of_the_forwarders_clicks_the_last_before_the_landing_is_the_friends(
    project: CompiledProject, minutes_before: tuple[int, ...], friends: list[int]
) -> None:
    clicks = [(-60 * minutes, ANN, "click", link("/a")) for minutes in minutes_before]
    friend = {"client": "phone", "address": "friend@example.com"}
    hits = [
        Hit("2026-10-02T08:00:00Z", "login", "/", session="f1", **friend),
        Hit("2026-10-03T08:00:00Z", "login", "/", session="f2", **friend),
        Hit("2026-10-06T07:00:00Z", "page_view", "/a?utm_medium=email", "phone", address=ANN, session="f3"),
    ]
    raw = {"smaily__campaigns": [LETTER], "smaily__actions": log(*sorted(clicks)), **web(*hits)}
    project.build(raw, "int_resolved_events")
    found = project.rows(
        "select date_diff('minute', events.occurred_at, timestamp '2026-10-06 07:00:00')"
        " from intermediate.int_resolved_events join intermediate.int_events as events using (event_id)"
        f" where event_name = 'click' and person_key = {person(project, 'friend@example.com')}"
    )
    assert [minutes for (minutes,) in found] == friends


def test_a_campaign_is_described_by_the_first_list_and_by_its_own_log(project: CompiledProject) -> None:
    completed = {**campaign(1, "Autumn"), "completed_at": "2026-10-10 10:00:00"}
    flows = [{"id": str(number), "name": f"Flow {number}", "status": "ACTIVE"} for number in (1, 2)]
    unsent = {**campaign(3, "Winter"), "completed_at": "2026-10-11 10:00:00"}
    gone = campaign(9, "Gone")
    actions = [
        action(1, "2026-10-06 10:00:00", ANN, "send", LETTER),
        action(2, "2026-10-06 11:00:00", ANN, "click", gone, link("/a", slug="gone")),
    ]
    project.build(
        {
            "smaily__campaigns": [completed, unsent],
            "smaily__automations": flows,
            "smaily__actions": actions,
        },
        "int_campaigns",
    )
    assert project.rows(
        "select campaign_id, campaign_name, kind, status, sent_at from intermediate.int_campaigns order by 1"
    ) == [
        ("1", "Autumn", "campaign", "COMPLETED", datetime(2026, 10, 6, 7)),
        ("2", "Flow 2", "flow", "ACTIVE", None),
        ("3", "Winter", "campaign", "COMPLETED", datetime(2026, 10, 11, 7)),
        ("9", "Gone", "campaign", "DELETED", None),
    ]


def test_links_name_a_campaign_before_its_title_does_and_the_earlier_one_first(
    project: CompiledProject,
) -> None:
    campaigns = [campaign(1, "Special"), campaign(2, "Autumn"), campaign(3, "Winter")]
    actions = [
        action(1, "2026-10-06 10:00:00", ANN, "click", campaigns[2], link("/a", slug="special")),
        action(2, "2026-10-06 11:00:00", ANN, "click", campaigns[1], link("/a", slug="special")),
    ]
    project.build({"smaily__campaigns": campaigns, "smaily__actions": actions}, "int_campaign_slugs")
    assert project.rows(
        "select campaign_key from intermediate.int_campaign_slugs where campaign_slug = 'special'"
    ) == [("smaily-3",)]


def test_arms_without_statistics_are_lettered_by_their_names(project: CompiledProject) -> None:
    arms = [{**world.TEST, "name": f"Button test {arm}"} for arm in ("blue", "red")]
    actions = [action(n, "2026-10-06 10:00:00", ANN, "send", arm) for n, arm in enumerate(arms, 1)]
    project.build(
        {"smaily__split_tests": [world.TEST], "smaily__actions": actions}, "stg_smaily__email_variants"
    )
    assert project.rows(
        "select campaign_name, variant, email_id from staging.stg_smaily__email_variants order by 1"
    ) == [("Button test blue", "A", "smaily-4-A"), ("Button test red", "B", "smaily-4-B")]


def test_machines_and_mailings_are_neither_touch_nor_stage_nor_first_open(project: CompiledProject) -> None:
    """A proxy opens and a scanner clicks before the person opens and visits."""
    actions = log(
        (0, ANN, "send"),
        (5, ANN, "view", world.PROXY),
        *((10 + n, ANN, "click", link(path)) for n, path in enumerate(("/pricing", "/b", "/c", "/d"))),
        (7200, ANN, "view", world.READER),
    )
    hit = Hit("2026-10-06T08:00:00Z", "page_view", "/blog/a", "laptop", address=ANN)
    raw = {"smaily__campaigns": [LETTER], "smaily__actions": actions, **web(hit)}
    project.build(raw, "dim_persons", "fct_email_sends")
    assert project.rows("select first_touch_system, highest_stage, acts from marts.dim_persons") == [
        ("google_analytics", "awareness", 2)
    ]
    assert project.rows(
        "select micro_conversion from marts.fct_events where event_name = 'view' and not is_machine"
    ) == [("email_open",)]
    assert project.rows(
        "select date_diff('second', sent_at, first_open_at),"
        " date_diff('second', sent_at, first_human_open_at) from marts.fct_email_sends"
    ) == [(5, 7200)]


def test_who_clicked_has_opened(project: CompiledProject) -> None:
    actions = log((0, ANN, "send"), (60, ANN, "click", link("/a")))
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": actions}, "fct_email_sends")
    assert project.rows(
        "select date_diff('second', sent_at, first_open_at), opens, clicks from marts.fct_email_sends"
    ) == [(60, 0, 1)]


@pytest.mark.parametrize(("threshold", "below"), [("10", "small_purchase"), (None, "purchase")])
def test_a_purchase_of_the_threshold_is_not_a_small_one(
    project: CompiledProject, threshold: str | None, below: str
) -> None:
    project.replace_seed("catalogue_thresholds", [("small_purchase_threshold", threshold)])
    hits = [
        Hit("2026-10-06T07:00:00Z", "purchase", "/thank-you", f"web {n}", order=f"T-{n}", revenue=revenue)
        for n, revenue in enumerate((9.99, 10.0))
    ]
    project.build(web(*hits), "int_events_identified")
    assert project.rows(
        "select revenue, micro_conversion from intermediate.int_events_identified order by 1"
    ) == [(Decimal("9.99"), below), (Decimal(10), "purchase")]


def test_a_hit_without_consent_is_not_told_apart_by_what_it_cannot_say(project: CompiledProject) -> None:
    at, page = "2026-10-06T07:00:00Z", "/features"
    hits = [
        Hit(at, "file_download", page),
        Hit(at, "file_download", page, "laptop", file_name="comparison-guide.pdf"),
        Hit(at, "page_view", "/pricing"),
    ]
    project.build(web(*hits), "int_events_identified")
    assert project.rows(
        "select event_name, micro_conversion from intermediate.int_events_identified order by all"
    ) == [
        ("file_download", "comparison_guide_download"),
        ("file_download", None),
        ("page_view", "pricing_page_visit"),
    ]


def test_an_underscore_in_a_rule_stands_for_itself(project: CompiledProject) -> None:
    roles = ("redeem_offer", "redeem-offer")
    entries = [(n, ANN, "click", link("/a", role)) for n, role in enumerate(roles)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": log(*entries)}, "int_events_identified")
    assert project.rows(
        "select micro_conversion from intermediate.int_events_identified order by occurred_at"
    ) == [("offer_redeem_click",), ("email_click",)]
