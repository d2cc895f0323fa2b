"""Opens that a mailer never reports are not opens that never were."""

import pytest

from dagster_project.sources.event_files.feeds import OpenRules
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.email_feeds import FEEDS, build, event, rates, reasons, sent
from tests.dbt.rows import Row

PERSON = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip_address": "198.51.100.7"}
APPLE = {"user_agent": "Mozilla/5.0"}
UNREPORTED = ("no", "plan_without_opens")
UNKNOWN = ("unknown", "no_machine_evidence")
SEEN = ("yes", None)
MANY = tuple(f"r{number}" for number in range(120))
Events = list[tuple[str, Row]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"), FEEDS)


def clicks(*who: str, mailing: str = "news", feed: str = "mail", **properties: str) -> Events:
    return [event("click", each, 60, mailing, feed, **properties) for each in who]


def delivered(*who: str) -> Events:
    return [event("delivered", each, 1) for each in who]


def gross(project: CompiledProject, slice_value: str) -> list[tuple[int, int, float | None, str | None]]:
    return project.rows(
        "select distinct eligible_gross, completed_gross, rate_gross, status from marts.rpt_completion_rates"
        f" where micro_conversion = 'email_open' and slice_value = '{slice_value}'"
    )


def opened_elsewhere() -> Events:
    """Of the other feed half of 120 opened."""
    opens = [event("open", who, 5, "weekly", "other", **PERSON) for who in MANY[:60]]
    return [*sent(*MANY, mailing="weekly", feed="other"), *opens]


def test_a_mailer_that_reports_no_opens_has_bounds_and_is_compared_with_no_benchmark(
    project: CompiledProject,
) -> None:
    build(project, *opened_elsewhere(), *sent(*MANY), *clicks(*MANY[:12]), goals=["rpt_benchmark_positions"])
    assert reasons(project) == {UNREPORTED: 120}
    columns = "low, estimate, high, opened, rate_gross, width_plan_without_opens"
    assert rates(project, columns) == (0.1, None, 1.0, 0, None, 0.9)
    assert gross(project, "event_files-news") == [(0, 0, None, None)]
    # What is said of all e-mails is said of those whose opens are reported.
    assert gross(project, "all") == [(120, 60, 0.5, "above")]
    assert gross(project, "event_files-weekly") == [(120, 60, 0.5, "within")]
    assert rates(project, "rate_gross", "weekly") == (0.5,)
    assert (
        project.rows(
            "select n, completed from marts.rpt_benchmark_positions where micro_conversion = 'email_open'"
            " and basis = 'industry' and slice_type in ('overall', 'campaign_kind')"
        )
        == [(120, 60)] * 2
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([*sent(*MANY[:100])], UNREPORTED),
        ([*sent(*MANY[:99])], UNKNOWN),
        # A mailer that reports deliveries, too, sent no more e-mails for that.
        ([*sent(*MANY[:99]), *delivered(*MANY[:99])], UNKNOWN),
        ([*delivered(*MANY[:100])], UNREPORTED),
        ([*sent(*MANY[:9]), *clicks(*MANY[:5])], UNREPORTED),
        # A scanner of links loads no images.
        ([*sent(*MANY[:9]), *clicks(*MANY[:4]), *clicks(*MANY[4:9], is_machine="yes")], UNKNOWN),
        ([*sent(*MANY[:9]), *clicks(*MANY[:5], is_machine="no")], UNREPORTED),
        ([*sent(*MANY[:9]), *clicks(*MANY[:4], *MANY[:4])], UNKNOWN),
        # Of another e-mail of the feed.
        (
            [*sent(*MANY[:9]), *sent(*MANY[:9], mailing="sale"), *clicks(*MANY[:5], mailing="sale")],
            UNREPORTED,
        ),
        # Of another feed: its e-mails say nothing of this feed's.
        ([*sent(*MANY[:9]), *sent(*MANY, feed="other", mailing="sale")], UNKNOWN),
    ],
)
def test_none_of_so_many_sends_or_clicks_shows_that_opens_are_not_reported(
    project: CompiledProject, events: Events, expected: tuple[str, str | None]
) -> None:
    build(project, *events)
    assert set(reasons(project)) == {expected}


@pytest.mark.parametrize(
    ("word", "expected"), [("yes", SEEN), ("no", UNREPORTED), ("unknown", UNREPORTED), (None, UNREPORTED)]
)
def test_a_feed_that_says_yes_is_believed(
    project: CompiledProject, word: str | None, expected: tuple[str, str | None]
) -> None:
    images_off = {("no", "images_never_loaded"): 12} if word == "yes" else {}
    build(project, *sent(*MANY), *clicks(*MANY[:12]), rules=OpenRules(opens_observable=word))
    assert reasons(project) == {expected: 120 - sum(images_off.values()), **images_off}


def test_clicks_of_a_feed_of_machines_show_nothing(project: CompiledProject) -> None:
    build(project, *sent(*MANY[:9]), *clicks(*MANY[:9]), rules=OpenRules(is_machine=True))
    assert UNREPORTED not in reasons(project)


def test_one_open_shows_that_the_feed_reports_opens(project: CompiledProject) -> None:
    """A campaign that many clicked and none opened was sent before."""
    few, many = ("few", "many")
    events = [*sent(*MANY, mailing=few), *clicks(*MANY[:4], mailing=few)]
    events += [*sent(*MANY, mailing=many), *clicks(*MANY[:5], mailing=many)]
    build(project, *events, *sent(*MANY, mailing="later"), event("open", "r50", 90, "later", **PERSON))
    assert reasons(project, many) == {UNREPORTED: 120}
    # So few say nothing of their campaign.
    assert reasons(project, few) == {SEEN: 116, ("no", "images_never_loaded"): 4}


@pytest.mark.parametrize(("opens", "mailing"), [("mail", "news"), ("other", "news"), ("other", "NEWS!")])
def test_opens_may_come_in_another_feed_than_sends_and_clicks(
    project: CompiledProject, opens: str, mailing: str
) -> None:
    """As in exports with a file for each kind of event, which may spell the campaign otherwise."""
    build(
        project,
        *sent(*MANY),
        *sent(*MANY, mailing="sale"),
        *clicks(*MANY[:4], mailing="sale"),
        event("open", "r50", 90, mailing, opens, **PERSON),
    )
    expected = SEEN if opens == "mail" else UNKNOWN
    assert expected in reasons(project, "sale")
    assert UNREPORTED not in reasons(project, "sale")


def test_a_mailer_without_opens_says_nothing_of_another_mailers_recipients(project: CompiledProject) -> None:
    """Neither that they read without images, nor is a proxy the reason for its own."""
    build(
        project,
        *sent(*MANY),
        *clicks(*MANY[:12]),
        *sent(*MANY, mailing="sale", feed="other"),
        event("open", "r50", 5, "sale", "other", **APPLE),
        event("open", "r51", 5, "sale", "other", **PERSON),
    )
    assert reasons(project) == {UNREPORTED: 120}
    assert reasons(project, "sale") == {SEEN: 119, ("no", "privacy_proxy"): 1}
