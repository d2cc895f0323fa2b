"""Whether an open could have been seen, why not, and what the open rates make of it."""

import json

import pytest

from dagster_project.sources.event_files.feeds import OpenRules
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.email_feeds import FEEDS, build, event, observability, rates, sent
from tests.dbt.rows import Hit, Row, action, campaign

APPLE = {"user_agent": "Mozilla/5.0"}
PERSON = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip_address": "198.51.100.7"}
SILENT: Row = {}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"), FEEDS)


SEEN: tuple[str, str | None] = ("yes", None)
UNKNOWN = ("unknown", "no_machine_evidence")
PROXIED = ("no", "privacy_proxy")


def test_without_any_evidence_an_open_says_nothing(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob", "cid", "dot"),
        *(event("open", who, 5) for who in ("ann", "bob", "cid")),
        event("click", "ann", 6),
    )
    assert observability(project) == dict.fromkeys(("ann", "bob", "cid", "dot"), UNKNOWN)
    columns = "delivered, observable, seen, opened, low, estimate, high, width_no_machine_evidence"
    assert rates(project, columns) == (4, 0, 1, 3, 0.25, None, 1.0, 0.75)
    assert project.rows(
        "select eligible, completed, eligible_gross, completed_gross from marts.rpt_completion_rates"
        " where micro_conversion = 'email_open' and slice_type = 'overall'"
    ) == [(0, 0, 4, 3)]


@pytest.mark.parametrize(
    "given",
    [
        APPLE,
        {"ip_address": "17.58.1.2"},
        {"is_bot": "True"},
        {"is_machine": "1"},
        {"User Agent": "Mozilla/5.0", "IP Address": "198.51.100.7"},
    ],
)
def test_a_machine_is_told_by_whatever_the_file_gives(project: CompiledProject, given: Row) -> None:
    build(
        project,
        *sent("ann", "bob", "cid"),
        event("open", "ann", 5, **given),
        event("open", "bob", 5, **PERSON),
    )
    assert observability(project) == {"ann": PROXIED, "bob": SEEN, "cid": SEEN}
    columns = "observable, observable_seen, seen, opened, width_privacy_proxy"
    assert rates(project, columns) == (2, 1, 1, 2, 1 / 3)


def test_a_bot_hides_nobody(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob"),
        event("open", "ann", 5, user_agent="SomeBot/1.0"),
        event("view", "bob", 5, **PERSON),
    )
    assert observability(project) == {"ann": SEEN, "bob": SEEN}
    assert rates(project, "seen, opened, low, high") == (1, 2, 0.5, 0.5)


def test_columns_go_by_the_names_the_feed_gives(project: CompiledProject) -> None:
    """In a column that is declared, nothing means no."""
    rules = OpenRules({"is_machine": "Apple Privacy Open", "user_agent": "Client"})
    build(
        project,
        *sent("ann", "bob", "cid"),
        event("open", "ann", 5, **{"Apple Privacy Open": "true"}),
        event("open", "bob", 5),
        event("open", "cid", 5, **{"Client": "Mozilla/5.0"}),
        rules=rules,
    )
    assert observability(project) == {"ann": PROXIED, "bob": SEEN, "cid": PROXIED}
    assert rates(project, "seen, opened") == (1, 3)


def test_a_tool_that_left_machines_out_hides_whom_they_hide(project: CompiledProject) -> None:
    build(project, *sent("ann", "bob"), event("open", "ann", 5), rules=OpenRules(is_machine=False))
    assert observability(project) == {"ann": UNKNOWN, "bob": UNKNOWN}
    assert rates(project, "seen, low, high") == (1, 0.5, 1.0)


def test_a_tool_that_vouches_for_its_opens_is_believed(project: CompiledProject) -> None:
    build(project, *sent("ann", "bob"), event("open", "ann", 5), rules=OpenRules(opens_observable="yes"))
    assert observability(project) == {"ann": SEEN, "bob": SEEN}
    assert rates(project, "low, estimate, high") == (0.5, 0.5, 0.5)


def test_a_plan_without_opens_says_nothing_of_those_who_do_not_click(project: CompiledProject) -> None:
    build(project, *sent("ann", "bob"), event("click", "ann", 60), rules=OpenRules(opens_observable="no"))
    assert observability(project) == dict.fromkeys(("ann", "bob"), ("no", "plan_without_opens"))
    assert rates(project, "low, estimate, high, width_plan_without_opens") == (0.5, None, 1.0, 0.5)


def test_a_row_says_that_tracking_was_refused(project: CompiledProject) -> None:
    feed, refused = event("send", "ann", opens_observable="no")
    build(project, (feed, refused), *sent("bob"), event("open", "bob", 5, **PERSON))
    assert observability(project) == {"ann": ("no", "open_tracking_refused"), "bob": SEEN}
    assert rates(project, "low, estimate, high, open_tracking_refused") == (0.5, 1.0, 1.0, 1)


def test_who_clicks_and_never_loads_an_image_cannot_be_seen_to_open(project: CompiledProject) -> None:
    letters = ("news", "sale")
    events = [
        *(row for mailing in letters for row in sent("ann", "bob", mailing=mailing)),
        event("click", "ann", 60, "news"),
        *(event("open", "bob", 5, mailing, **PERSON) for mailing in letters),
    ]
    build(project, *events)
    never = ("no", "images_never_loaded")
    for mailing in letters:
        assert observability(project, mailing) == {"ann": never, "bob": SEEN}
    assert rates(project, "low, high, width_images_never_loaded", "sale") == (0.5, 1.0, 0.5)
    # One image, in whichever e-mail, and ann can be seen.
    build(project, *events, event("open", "ann", 70, "news", **PERSON))
    assert observability(project, "sale")["ann"] == SEEN


def test_a_proxy_hides_from_its_first_email_to_its_last(project: CompiledProject) -> None:
    day = 60 * 24
    letters = ("one", "two", "three", "four", "five")
    events = [
        row
        for number, mailing in enumerate(letters)
        for row in sent("ann", "bob", mailing=mailing, minutes=number * day)
    ]
    events += [event("open", "bob", number * day + 5, each, **PERSON) for number, each in enumerate(letters)]
    events += [event("open", "ann", number * day + 5, letters[number], **APPLE) for number in (1, 3)]
    build(project, *events)
    assert [observability(project, each)["ann"] for each in letters] == [
        SEEN,
        PROXIED,
        PROXIED,
        PROXIED,
        SEEN,
    ]


@pytest.mark.parametrize(("with_evidence", "expected"), [(9, SEEN), (8, UNKNOWN)])
def test_a_campaign_is_observable_where_nearly_all_its_opens_say_what_made_them(
    project: CompiledProject, with_evidence: int, expected: tuple[str, str | None]
) -> None:
    build(
        project,
        *sent("ann", "bob"),
        *(
            event("open", "bob", 5 + number, **(PERSON if number < with_evidence else SILENT))
            for number in range(10)
        ),
    )
    found = observability(project)
    assert found["ann"] == expected
    # An open without evidence is unknown by itself.
    assert found["bob"] == UNKNOWN
    assert rates(project, "seen") == (1,)


@pytest.mark.parametrize(("with_evidence", "expected"), [(9, SEEN), (8, UNKNOWN)])
def test_an_unopened_campaign_is_as_observable_as_the_opens_of_its_feed(
    project: CompiledProject, with_evidence: int, expected: tuple[str, str | None]
) -> None:
    build(
        project,
        *sent("ann", "bob"),
        *(
            event("open", "bob", 5 + number, **(PERSON if number < with_evidence else SILENT))
            for number in range(10)
        ),
        *sent("ann", "bob", mailing="junk"),
    )
    assert observability(project, "junk") == {"ann": expected, "bob": expected}
    unseen = 0 if expected == SEEN else 2
    found = rates(project, "delivered, observable, seen, estimate, high", "junk")
    assert found == (2, 2 - unseen, 0, None if unseen else 0.0, unseen / 2)


def test_opens_of_another_feed_say_nothing_of_an_unopened_campaign(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob"),
        event("open", "bob", 5, **PERSON),
        *sent("ann", mailing="junk", feed="other"),
        *sent("ann", mailing="both"),
        *sent("bob", mailing="both", feed="other"),
        event("click", "ann", 6, "both"),
    )
    assert observability(project, "junk") == {"ann": UNKNOWN}
    assert observability(project, "both") == {"ann": UNKNOWN, "bob": UNKNOWN}


def test_a_scanner_that_follows_links_is_no_reader(project: CompiledProject) -> None:
    scan = [
        event("click", "ann", 0.5 + number / 100, link=f"https://shop.ee/{number}") for number in range(4)
    ]
    build(
        project,
        *sent("ann", "bob", "cid"),
        *(("mail", row | {"properties": json.dumps({"user_agent": "UrlScanner"})}) for _, row in scan),
        event("click", "bob", 60, is_machine="true"),
        event("click", "cid", 60),
        event("open", "cid", 59, **PERSON),
    )
    assert project.rows(
        "select count(*), count(first_click_at), count(first_human_click_at) from marts.fct_email_sends"
        " where campaign_key = 'event_files-news'"
    ) == [(3, 3, 1)]
    assert rates(project, "seen, opened") == (1, 3)


def test_sends_and_opens_may_stand_in_different_feeds(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob", feed="other"),
        event("open", "ann", 5, **APPLE),
        event("open", "bob", 5, **PERSON),
    )
    assert observability(project) == {"ann": PROXIED, "bob": SEEN}


def test_a_delivery_without_a_send_is_counted(project: CompiledProject) -> None:
    build(project, event("delivered", "ann"), event("open", "ann", 5, **PERSON))
    assert rates(project, "delivered, seen") == (1, 1)


def test_an_open_of_smaily_without_client_and_address_is_unknown(project: CompiledProject) -> None:
    letter = campaign(1, "Letter")
    build(
        project,
        smaily__campaigns=[letter],
        smaily__actions=[
            *(
                action(n, "2026-10-06 11:00:00", f"{who}@mail.ee", "send", letter)
                for n, who in enumerate(("ann", "bob"))
            ),
            action(5, "2026-10-06 11:05:00", "ann@mail.ee", "view", letter),
            action(6, "2026-10-06 11:05:00", "bob@mail.ee", "view", letter, "Thunderbird; 198.51.100.7; EE"),
        ],
    )
    assert project.rows(
        "select opens_observable, human_opens from marts.fct_email_sends where campaign_key = 'smaily-1'"
        " order by all"
    ) == [("unknown", 0), ("yes", 1)]


def test_the_rate_of_completion_is_that_of_the_observable(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob", "cid", "dot"),
        event("open", "ann", 5, **APPLE),
        event("open", "bob", 5, **PERSON),
        event("open", "bob", 9, **PERSON),
        event("click", "ann", 90),
        event("open", "cid", 60 * 24 * 8, **PERSON),
    )
    assert rates(project, "delivered, observable, observable_seen, seen, opened") == (4, 3, 1, 2, 2)
    found = dict(
        project.rows(
            "select micro_conversion, (eligible, completed, eligible_gross, completed_gross)::varchar"
            " from marts.rpt_completion_rates where slice_type = 'overall' and micro_conversion like '%open%'"
        )
    )
    assert found == {"email_open": "(3, 1, 4, 2)", "repeat_email_open": "(1, 1, 4, 1)"}


def test_deliveries_to_who_refused_analytics_are_counted_beside_the_others(project: CompiledProject) -> None:
    refusals = [event("consent_updated", who, 10, "none") for who in ("ann", "bob")]
    build(
        project,
        *sent("ann", "bob", "cid", "dot", "eve"),
        *(event("open", who, 5, **PERSON) for who in ("ann", "cid")),
        *sent("ann", "cid", "dot", mailing="late", minutes=60 * 24 * 38),
        *((feed, row | {"analytics_consent": "denied"}) for feed, row in refusals),
    )
    assert rates(project, "delivered, withheld, seen, immature") == (3, 2, 1, 0)
    assert project.rows(
        "select slice_type, delivered, immature, withheld from marts.rpt_open_rates order by all"
    ) == [("campaign", 3, 0, 2), ("campaign_kind", 3, 2, 2), ("overall", 3, 2, 2)]
    # All deliveries whose days have passed are either.
    assert project.rows(
        "select campaign_key, count(*), count(person_key) from marts.fct_email_sends"
        " where delivered_at is not null group by all order by all"
    ) == [("event_files-late", 3, 2), ("event_files-news", 5, 3)]


def test_an_open_that_nothing_vouches_for_is_no_step_and_no_act(project: CompiledProject) -> None:
    build(
        project,
        *sent("ann", "bob"),
        event("open", "ann", 5),
        event("open", "bob", 5, **PERSON),
        goals=["fct_micro_conversions", "dim_persons"],
    )
    assert project.rows(
        "select micro_conversion from marts.fct_micro_conversions where campaign_key = 'event_files-news'"
    ) == [("email_open",)]
    assert project.rows(
        "select acts, current_stage is null from marts.dim_persons where first_seen_at < date '2026-10-07'"
        " order by acts"
    ) == [(0, True), (1, False)]


def test_opening_an_email_is_no_first_touch_where_there_is_another(project: CompiledProject) -> None:
    values = {"address": "ann@mail.ee", "source": "google", "medium": "organic"}
    visit = Hit("2026-10-09T12:00:00+03:00", "login", "/", "phone", **values)
    build(
        project,
        *sent("ann", "bob"),
        *(event("open", who, 5, **PERSON) for who in ("ann", "bob")),
        goals=["dim_persons"],
        google_analytics__events=[visit.event],
        google_analytics__event_attributes=[visit.attributes],
    )
    assert project.rows(
        "select first_touch_source, first_touch_medium, first_touch_system::varchar from marts.dim_persons"
        " where first_seen_at < date '2026-10-07' order by acts desc"
    ) == [("google", "organic", "google_analytics"), (None, None, "event_files")]
