"""Kinds of persons, since when they are known, and whose rate they count in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key, link, raw_key

START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
LETTER = campaign(1, "Autumn", ["newsletter"])
REPORTS = ("rpt_completion_rates", "int_cohort_counts", "int_funnel_counts", "int_stage_transition_counts")
ANN = "ann@example.com"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    feed = Feed("app", "app/*.csv", "csv", "UTC", {"occurred_at": "t"})
    return CompiledProject(tmp_path_factory.mktemp("compiled"), [feed])


def hit(minutes: float, name: str = "page_view", page: str = "/", client: str = "phone", **more: Any) -> Hit:
    return Hit((START + timedelta(minutes=minutes)).isoformat(), name, page, client, **more)


def mail(seq_id: int, minutes: float, name: str, value: str = "", address: str = ANN) -> Row:
    local = (START + timedelta(minutes=minutes, hours=3)).strftime("%Y-%m-%d %H:%M:%S")
    return action(seq_id, local, address, name, LETTER, value)


def row(minutes: float, name: str, **values: Any) -> Row:
    """A row of the feed."""
    return {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "app.csv",
        "_partition": "app.csv",
        **values,
    }


def build(project: CompiledProject, *models: str, hits: list[Hit] | None = None, **raw: Any) -> None:
    hits = hits or []
    tables = {
        "smaily__campaigns": [LETTER],
        "google_analytics__events": [each.event for each in hits],
        "google_analytics__event_attributes": [each.attributes for each in hits if each.client],
        **raw,
    }
    project.build(tables, *models)


def known(project: CompiledProject) -> list[bool]:
    """Of the events in order: whether the person was known."""
    return [
        flag
        for (flag,) in project.rows(
            "select is_known from marts.fct_events order by occurred_at, event_rank, event_name"
        )
    ]


def minutes_known(project: CompiledProject) -> list[tuple[str, float | None]]:
    """Kind of each person, and the minute since when the person is known."""
    return [
        (kind, None if at is None else (at.replace(tzinfo=START.tzinfo) - START).total_seconds() / 60)
        for kind, at in project.rows("select person_kind, known_since from marts.dim_persons order by all")
    ]


def test_three_kinds_of_persons(project: CompiledProject) -> None:
    build(
        project,
        "dim_persons",
        hits=[hit(0), hit(1, client="laptop"), hit(2, "login", client="laptop", address=ANN)],
        event_files__app=[row(5, "call", user_id="u1"), row(7, "call", user_id="u1", client_id="tablet")],
    )
    assert minutes_known(project) == [("account", 5.0), ("contact", 2.0), ("device", None)]


def test_an_address_and_an_account_are_a_contact(project: CompiledProject) -> None:
    build(
        project,
        "dim_persons",
        event_files__app=[row(9, "order", user_id="u1", contact_key=key(ANN)), row(5, "call", user_id="u1")],
    )
    assert minutes_known(project) == [("contact", 5.0)]
    assert known(project) == [True, True]


def test_an_address_is_known_since_it_was_mailed_recorded_or_declared(project: CompiledProject) -> None:
    contact: Row = {
        "contact_key": raw_key(ANN),
        "is_unsubscribed": "0",
        "created_at": "2026-10-06 10:30:00",  # 07:30 UTC
        "subscribed_at": "2026-10-06 10:45:00",
    }
    hits = [hit(-10), hit(30, "login", address=ANN)]
    build(project, "dim_persons", hits=hits)
    assert minutes_known(project) == [("contact", 30.0)]
    build(project, "dim_persons", hits=hits, smaily__actions=[mail(1, 10, "send")])
    assert minutes_known(project) == [("contact", 10.0)]
    build(
        project,
        "dim_persons",
        hits=hits,
        smaily__actions=[mail(1, 10, "send")],
        smaily__contacts=[contact],
    )
    assert minutes_known(project) == [("contact", -30.0)]


def test_what_a_browser_did_before_it_was_linked_stays_unknown(project: CompiledProject) -> None:
    """Also of a contact: then it was not known that it was they."""
    build(
        project,
        "fct_events",
        smaily__actions=[mail(1, -60, "send"), mail(2, -50, "view", "Mozilla; 1.2.3.4; EE")],
        hits=[
            hit(0),
            hit(1, "login", address=ANN),
            hit(2, page="/pricing"),
            hit(3, client="laptop"),
            hit(900, "login", client="laptop", address=ANN),
        ],
    )
    assert known(project) == [True, True, False, True, True, False, True]


@pytest.mark.parametrize(
    ("names", "flags"),
    [
        # The kinds' order: visit, sign-up; order.
        (["page_view", "sign_up"], [False, True]),
        (["sign_up", "page_view"], [False, True]),
        (["sign_up", "order"], [True, True]),
        # The file's order where the kinds have none.
        (["page_view", "page_view+", "page_view"], [False, True, True]),
    ],
)
def test_of_one_second_only_what_follows_the_link_is_known(
    project: CompiledProject, names: list[str], flags: list[bool]
) -> None:
    rows = [
        row(
            0,
            name.rstrip("+"),
            user_id="u1" if name in ("sign_up", "page_view+") else None,
            client_id="phone",
            url=f"/{n}",
        )
        for n, name in enumerate(names, 1)
    ]
    load = {"source": "event_files", "stream": "app", "partition": "app.csv", "loaded_at": START}
    build(project, "fct_events", event_files__app=rows, **{"raw._loads": [load]})
    assert known(project) == flags


def test_a_forwarded_key_makes_no_one_known(project: CompiledProject) -> None:
    """The friend's browser shows the forwarder's key once; only the forwarder's own is linked."""
    build(
        project,
        "fct_events",
        hits=[
            hit(0, "login", address=ANN),
            hit(1440, "login", address=ANN),
            hit(10, client="friend"),
            hit(15, page=link("/pricing"), client="friend", address=ANN),
            hit(20, "login", client="friend", address="ben@example.com"),
        ],
    )
    assert project.rows("select count(distinct person_key) from marts.fct_events where is_known") == [(2,)]
    assert known(project) == [True, False, False, True, True]


def rates(project: CompiledProject, micro_conversion: str) -> list[tuple[Any, ...]]:
    return project.rows(
        "select person_population, sum(eligible), sum(completed) from intermediate.int_completion_counts"
        f" where micro_conversion = '{micro_conversion}' and slice_type = 'overall' group by all order by all"
    )


def test_a_sign_up_rate_is_not_raised_by_those_who_became_known_by_it(project: CompiledProject) -> None:
    """Ten visit and one signs up: 10 %, though the one is the only person known in the end."""
    visits = [hit(n, client=f"browser{n}") for n in range(10)]
    sign_up = hit(12, "sign_up", client="browser3", address=ANN, method="newsletter")
    later = hit(60 * 24 * 40, client="browser9")
    raw = {"google_analytics__event_parameters": [sign_up.parameters]}
    build(project, "int_completion_counts", "dim_persons", hits=[*visits, sign_up, later], **raw)
    assert rates(project, "newsletter_signup") == [("device", 10, 1)]
    assert project.rows(
        "select count(*), count(case when person_kind = 'contact' then 1 end) from marts.dim_persons"
    ) == [(10, 1)]


def test_no_report_mixes_known_persons_and_others(project: CompiledProject) -> None:
    """A contact who comes by e-mail, and a visitor who logs in after the visit that made them eligible."""
    build(
        project,
        "int_completion_counts", "int_cohort_counts", "int_funnel_counts", "int_stage_transition_counts",
        "int_path_counts", "int_predecessor_counts",
        smaily__actions=[mail(1, -60, "send"), mail(2, -5, "view", "Mozilla; 1.2.3.4; EE")],
        hits=[
            hit(0, "view_item", "/product/a", address=ANN),
            hit(1, "add_to_cart", "/product/a"),
            hit(0, "view_item", "/product/a", client="other"),
            hit(1, "add_to_cart", "/product/a", client="other"),
            hit(2, "login", "/account", client="other", address="ben@example.com"),
            # Known by now, but it was the first time that made them eligible.
            hit(60 * 24, "view_item", "/product/b", client="other"),
            hit(60 * 24 + 1, "add_to_cart", "/product/b", client="other"),
            hit(60 * 24 * 60, client="third"),
            # Since when there are data: the others came later.
            hit(-60 * 24 * 30, client="earlier"),
        ],
    )  # fmt: skip
    assert rates(project, "cart_add") == [("device", 1, 1), ("known", 1, 1)]
    assert rates(project, "product_page_visit") == [("device", 2, 1), ("known", 1, 1)]
    assert project.rows(
        "select person_population, entrants + immature_entrants from intermediate.int_funnel_counts"
        " where sequence_id = 'cart_recovery' and is_entry order by all"
    ) == [("device", 1), ("known", 1)]
    assert project.rows(
        "select person_population, cohort_size from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'month' and period_number = 0 order by all"
    ) == [("device", 1), ("device", 1), ("device", 1), ("known", 1)]
    assert project.rows(
        "select person_population, persons_at_risk from intermediate.int_stage_transition_counts"
        " where from_stage = 'consideration' order by all"
    ) == [("device", 1), ("known", 1)]
    assert project.rows(
        "select person_population, sum(persons) from intermediate.int_path_counts where path_length = 2"
        " group by all order by all"
    ) == [("device", 1), ("known", 1)]
    assert project.rows(
        "select micro_conversion, persons from intermediate.int_predecessor_counts"
        " where previous_micro_conversion = 'product_page_visit'"
    ) == [("cart_add", 1)]


def test_a_path_counts_where_the_person_was_known_at_its_last_step(project: CompiledProject) -> None:
    build(
        project,
        "int_path_counts",
        hits=[
            hit(0, "view_item", "/product/a"),
            hit(1, "login", "/account", address=ANN),
            hit(2, "add_to_cart", "/product/a"),
        ],
    )
    assert project.rows(
        "select path_length, person_population, sum(persons) from intermediate.int_path_counts"
        " group by all order by all"
    ) == [(1, "device", 1), (2, "known", 1)]


def test_the_first_touch_is_that_of_the_traffic(project: CompiledProject) -> None:
    build(
        project,
        "dim_persons",
        smaily__actions=[
            mail(1, -60, "send", address="ben@example.com"),
            mail(2, -5, "view", "Mozilla; 1.2.3.4; EE", address="ben@example.com"),
        ],
        hits=[
            hit(0, source="google", medium="organic"),
            hit(90, source="bing", medium="cpc", address=ANN),
        ],
    )
    assert project.rows(
        "select first_touch_system, first_touch_source, first_touch_medium, first_touch_campaign"
        " from marts.dim_persons order by all"
    ) == [
        ("google_analytics", "google", "organic", "(direct)"),
        ("smaily", "smaily", "email", "smaily-1"),
    ]


@pytest.mark.parametrize(("day", "period"), [(0, 0), (20, 0), (30, 1)])
def test_a_refund_from_before_the_first_activity_is_in_the_cohort(
    project: CompiledProject, day: int, period: int
) -> None:
    """Of an order from before the data: who brings money back begins with what they brought before."""
    build(
        project,
        "int_cohort_counts",
        event_files__app=[
            row(60 * 24 * day, "refund", contact_key=key(ANN), revenue=30.0, currency="EUR"),
            row(60 * 24 * 21, "page_view", contact_key=key(ANN)),
            row(60 * 24 * 60, "page_view", contact_key=key("ben@example.com")),
        ],
    )
    found = project.rows(
        "select period_number, cumulative_net_revenue from intermediate.int_cohort_counts"
        " where cohort_by = 'first_touch' and cohort_grain = 'week' and cumulative_net_revenue < 0"
        " order by 1 limit 1"
    )
    assert found == [(period, -30)]
