"""Which campaign a name in an event file or in the address of a page means, however it is spelled."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.email_feeds import FEEDS, build, event, sent
from tests.dbt.rows import Row, campaign

ONE_CAMPAIGN = {
    "letters of another case": ("Spring Sale", "spring sale", "SPRING SALE!"),
    "signs": ("Sale 50%", "Sale 50"),
    "a name of signs alone": ("★ ★", "★ ★"),
    "what its links would have": ("Kevad müük", "kevad-müük"),
}
SEVERAL = {
    "letters with marks": ("kevad müük", "kevad mõõk"),
    "letters of other scripts": ("Лето", "Весна", "春のセール"),
    "vowels that are marks": ("की", "कु"),
    "digits": ("Sale 50", "Sale 60"),
    "signs": ("★", "☆"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"), FEEDS)


def recipients(project: CompiledProject) -> list[int]:
    """Of each campaign, the largest first; every event must have one."""
    rows = project.rows(
        "select campaign_key, count(*) from marts.fct_email_sends"
        " where campaign_key is distinct from 'event_files-none' group by 1"
    )
    assert None not in dict(rows)
    assert dict(rows).keys() <= {
        key for (key,) in project.rows("select campaign_key from marts.dim_campaigns")
    }
    return sorted((count for _, count in rows), reverse=True)


@pytest.mark.parametrize("names", ONE_CAMPAIGN.values(), ids=ONE_CAMPAIGN)
def test_spellings_of_one_name_are_one_campaign(project: CompiledProject, names: tuple[str, ...]) -> None:
    """Recipients are sent the first spelling and click another."""
    clicks = [event("click", f"p{n}", 60, name) for n, name in enumerate(names)]
    build(project, *sent(*(f"p{n}" for n, _ in enumerate(names)), mailing=names[0]), *clicks)
    assert recipients(project) == [len(names)]
    assert project.rows(
        "select count(*), sum(clicks) from marts.fct_email_sends where campaign_key <> 'event_files-none'"
    ) == [(len(names), len(names))]


@pytest.mark.parametrize("names", SEVERAL.values(), ids=SEVERAL)
def test_names_of_other_letters_are_other_campaigns(project: CompiledProject, names: tuple[str, ...]) -> None:
    build(project, *(row for name in names for row in sent("ann", "bob", mailing=name)))
    assert recipients(project) == [2] * len(names)


@pytest.mark.parametrize(
    ("names", "tag", "expected"),
    [
        (["plain"], "Plain", "event_files-plain"),
        (["Spring Sale"], "spring_sale", "event_files-spring-sale"),
        (["kevad müük"], "Kevad-M%C3%BC%C3%BCk", "event_files-kevad-müük"),
        (["kevad müük"], "kevad-m-k", "event_files-kevad-müük"),  # a sender's slug of the letters of English
        (["kevad müük", "Kevad MÜÜK!"], "kevad-m-k", "event_files-kevad-müük"),
        (["kevad müük", "kevad mõõk"], "kevad-m-k", None),
        (["kevad müük", "kevad m k"], "kevad-m-k", "event_files-kevad-m-k"),
        (["Лето"], "spring", None),
        (["Лето"], "★", None),
    ],
)
def test_visits_have_the_campaign_that_their_tag_spells(
    project: CompiledProject, names: list[str], tag: str, expected: str | None
) -> None:
    shop = f"https://shop.example.com/a?utm_source=news&utm_medium=email&utm_campaign={tag}"
    name, visit = event("page_view", "ann", 60, link=shop)
    mailings = [row for mailing in names for row in sent("ann", mailing=mailing)]
    build(project, *mailings, (name, {**visit, "campaign": None}), goals=["fct_events"])
    found = project.rows("select campaign_key from marts.fct_events where event_name = 'page_view'")
    assert found == [(expected,)]


def test_a_spelling_of_a_campaign_that_another_source_lists_is_that_campaign(
    project: CompiledProject,
) -> None:
    build(
        project, *sent("ann", mailing="spring sale"), *sent("bob", mailing="Spring Sale!"),
        smaily__campaigns=[campaign(7, "Spring Sale")], goals=["fct_events", "dim_campaigns"],
    )  # fmt: skip
    assert project.rows(
        "select campaign_key, count(*) from marts.fct_events where event_name = 'send' group by 1"
    ) == [("smaily-7", 2)]
    assert project.rows("select campaign_key from marts.dim_campaigns order by 1") == [
        ("event_files-none",),
        ("smaily-7",),
    ]


@pytest.mark.parametrize("absent", ["NULL", "null", " (Not Set) "])
def test_words_for_nothing_are_no_campaign(project: CompiledProject, absent: str) -> None:
    build(project, *sent("ann"), event("purchase", "ann", 90, absent), goals=["fct_events", "dim_campaigns"])
    rows = project.rows(
        "select campaign_key, traffic_campaign from marts.fct_events where event_name = 'purchase'"
    )
    assert rows == [(None, None)]
    assert project.rows("select name from marts.dim_campaigns order by 1") == [("news",), ("none",)]


def test_what_only_visits_orders_and_assignments_name_is_no_e_mail(project: CompiledProject) -> None:
    others: list[tuple[str, Row]] = [
        event(name, "ann", 60, "brand-search") for name in ("page_view", "purchase", "experiment_assigned")
    ]
    build(project, *sent("ann"), *others, goals=["dim_emails"])
    assert project.rows("select email_id from marts.dim_emails order by 1") == [
        ("event_files-news",),
        ("event_files-none",),
    ]
    assert project.rows("select campaign_key from marts.fct_email_sends order by 1") == [
        ("event_files-news",),
        ("event_files-none",),
    ]
    assert ("brand-search",) in project.rows("select name from marts.dim_campaigns")
