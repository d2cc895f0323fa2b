"""Acts: which events are the person's own, and what opening an e-mail alone shows."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key

FEEDS = ("shop", "app")
START = datetime.fromisoformat("2026-10-05T08:00:00+00:00")  # a Monday
Events = list[tuple[str, Row]]
READER = '{"user_agent": "Thunderbird"}'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    feeds = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in FEEDS]
    return CompiledProject(tmp_path_factory.mktemp("compiled"), feeds)


def event(
    name: str, minutes: float = 0, feed: str = "shop", email: str = "ann@shops.ee", **values: Any
) -> Any:
    """A row of a feed."""
    return feed, {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(email) if email else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": f"{feed}.csv",
        "_partition": f"{feed}.csv",
        **values,
    }


def declared(**settings: dict[str, str]) -> dict[str, list[Row]]:
    """Settings of feeds: feed=name to setting."""
    return {
        "raw._feed_settings": [
            {"feed": feed, "setting": setting, "value": value}
            for feed, names in settings.items()
            for value, setting in names.items()
        ]
    }


def build(project: CompiledProject, *events: tuple[str, Row], **raw: Any) -> None:
    tables: dict[str, list[Row]] = {name: list(rows) for name, rows in raw.items()}
    for feed, row in events:
        tables.setdefault(f"event_files__{feed}", []).append(row)
    project.build(tables, "dim_persons", "fct_sessions", "int_cohort_counts")


def acts(project: CompiledProject) -> set[str]:
    rows = project.rows("select event_name, session_id from marts.fct_events where is_person_action")
    assert all(session for _, session in rows)
    return {name for name, _ in rows}


NAMES = [
    ("experiment_assigned", False),
    ("refund", False),
    ("send", False),
    ("delivered", False),
    ("bounce", False),
    ("status_changed", False),
    ("Purchase", False),  # names are compared as they are written
    ("purchase", True),
    ("click", True),
    ("unsubscribe", True),
    ("complaint", True),
    ("chat_start", True),  # of a rule
    ("page_view", True),  # of another source's seed rows
    ("calculator_complete", True),  # of another source's rule
    ("create", False),  # of another source, where it is none
]


def test_acts_are_the_names_that_seed_or_rules_know(project: CompiledProject) -> None:
    build(project, *(event(name, email=f"{n}@shops.ee") for n, (name, _) in enumerate(NAMES)))
    assert acts(project) == {name for name, is_act in NAMES if is_act}
    assert project.rows("select count(*) from marts.fct_sessions") == [(sum(is_act for _, is_act in NAMES),)]


def test_an_assignment_makes_nobody_active(project: CompiledProject) -> None:
    build(
        project,
        event("purchase", revenue=50.0, currency="EUR"),
        *(event("experiment_assigned", week * 7 * 1440, experiment="holdout") for week in range(1, 9)),
    )
    assert project.rows("select count(*) from marts.fct_sessions") == [(1,)]
    assert project.rows("select last_acted_at, acts from marts.dim_persons") == [
        (START.replace(tzinfo=None), 1)
    ]
    weeks = (
        "select sum(active) from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week'"
    )
    assert project.rows(weeks) == [(1,)]


def test_a_feed_declares_its_own_names(project: CompiledProject) -> None:
    events = [
        event(name, n, feed)
        for feed in FEEDS
        for n, name in enumerate(("pallet_opened", "page_view", "send", "purchase"))
    ]
    settings = declared(
        shop={"pallet_opened": "action", "page_view": "not_action"},
        app={"send": "action", "purchase": "not_action"},
    )
    build(project, *events, **settings)
    assert project.rows(
        "select feed, event_name from marts.fct_events where is_person_action order by all"
    ) == [("app", "page_view"), ("app", "send"), ("shop", "pallet_opened"), ("shop", "purchase")]


def test_a_feed_may_declare_all_names(project: CompiledProject) -> None:
    events = [
        event(name, n, feed) for feed in FEEDS for n, name in enumerate(("pallet_opened", "send", "assigned"))
    ]
    settings = declared(shop={"true": "every_name_is_action", "assigned": "not_action"})
    build(project, *events, **settings)
    found = project.rows("select feed, event_name from marts.fct_events where is_person_action order by all")
    assert found == [("shop", "pallet_opened")]


def test_giving_money_back_is_no_act_whatever_its_name(project: CompiledProject) -> None:
    build(
        project,
        event("purchase", revenue=-5.0, currency="EUR"),
        event("storno", revenue=-5.0, currency="EUR"),
        **declared(shop={"storno": "action"}),
    )
    assert acts(project) == set()


def test_hits_of_unknown_names_are_no_acts(project: CompiledProject) -> None:
    hits = [
        Hit(f"2026-10-06T10:0{n}:00+03:00", name, "/", "phone")
        for n, name in enumerate(("page_view", "experience_impression", "banner_rotated", "view_cart"))
    ]
    build(
        project,
        google_analytics__events=[hit.event for hit in hits],
        google_analytics__event_attributes=[hit.attributes for hit in hits],
    )
    assert acts(project) == {"page_view", "view_cart"}


def test_opens_alone_are_no_activity(project: CompiledProject) -> None:
    letter = campaign(1, "Autumn")
    week = 7 * 1440
    build(
        project,
        event("open", 0, properties=READER),
        event("click", week),
        event("open", 2 * week, properties=READER),
        event("open", 3 * week, properties=READER),
        event("click", 3 * week + 5),
        event("open", 0, email="ben@shops.ee", properties=READER),
        smaily__campaigns=[letter],
        smaily__actions=[
            action(1, "2026-11-05 10:00:00", "ann@shops.ee", "view", letter, "Thunderbird; 203.0.113.7; EE"),
            action(2, "2026-11-09 10:00:00", "ann@shops.ee", "optout", letter),
        ],
    )
    assert project.rows("""
        select started_at::date::varchar, event_count, is_opens_only from marts.fct_sessions
        inner join marts.dim_persons using (person_key) where acts > 1 order by started_at
    """) == [
        ("2026-10-05", 1, True),
        ("2026-10-12", 1, False),
        ("2026-10-19", 1, True),
        ("2026-10-26", 2, False),
        ("2026-11-05", 1, True),
        ("2026-11-09", 1, False),
    ]
    # Who only ever opened is in no cohort; the other's begins with the first click.
    assert project.rows("""
        select cohort_start::varchar, period_number, cohort_size, active, micro_conversions
        from intermediate.int_cohort_counts
        where cohort_by = 'first_touch' and cohort_grain = 'week' order by all
    """) == [
        ("2026-10-12", 0, 1, 1, 1),
        ("2026-10-12", 1, 1, 0, 1),
        ("2026-10-12", 2, 1, 1, 2),
        ("2026-10-12", 3, 1, 0, 1),
        ("2026-10-12", 4, 1, 1, 0),
    ]
    assert project.rows("select last_acted_at::date::varchar, acts from marts.dim_persons order by acts") == [
        (None, 1),
        ("2026-11-09", 7),
    ]
    # In paths and stages an open stays what the catalogue says.
    [(opens,)] = project.rows(
        "select count(*) from marts.fct_events where micro_conversion in ('email_open', 'repeat_email_open')"
    )
    assert opens == 5


def test_the_word_view_is_an_open_only_where_a_contract_says_so(project: CompiledProject) -> None:
    hits = [Hit("2026-10-06T10:00:00+03:00", "view", "/", "phone")]
    build(
        project,
        event("view", properties=READER),
        google_analytics__events=[hit.event for hit in hits],
        google_analytics__event_attributes=[hit.attributes for hit in hits],
    )
    assert project.rows("select is_opens_only from marts.fct_sessions order by started_at") == [
        (True,),
        (False,),
    ]


def test_sessions_have_net_revenue(project: CompiledProject) -> None:
    money = {"currency": "EUR"}
    build(
        project,
        event("order", 0, order_id="1", revenue=100.0, **money),
        event("order", 5, order_id="2", revenue=50.0, **money),
        event("order", 500, order_id="3", revenue=70.0, **money),
        event("page_view", 1000),
        event("refund", 9000, order_id="1", revenue=-30.0, **money),
        event("refund", 9001, order_id="3", **money),
        event("order", 20_000, order_id="4", revenue=9.0, currency="ZZZ"),
    )
    assert project.rows("select revenue, net_revenue from marts.fct_sessions order by started_at") == [
        (Decimal(150), Decimal(120)),
        (Decimal(70), Decimal(0)),
        (Decimal(0), Decimal(0)),
        (None, None),
    ]
