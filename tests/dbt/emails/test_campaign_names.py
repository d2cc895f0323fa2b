"""Which campaign a name in an event file or in the address of a page means, however it is spelled."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.email_feeds import FEEDS, build, event, sent
from tests.dbt.google_analytics.export_rows import exported
from tests.dbt.rows import Hit, Row, action, campaign, link
from tests.dbt.world import BITLINKS

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


def tagged_visit(tag: str) -> tuple[str, Row]:
    """A visit by a link with this `utm_campaign`."""
    shop = f"https://shop.example.com/a?utm_source=news&utm_medium=email&utm_campaign={tag}"
    feed, visit = event("page_view", "ann", 60, link=shop)
    return feed, {**visit, "campaign": None}


def clicked(slug: str, *letters: Row) -> dict[str, list[Row]]:
    """Campaigns that a source lists; a link of the first one, with this `utm_campaign`, is clicked."""
    click = action(1, "2026-10-06 11:30:00", "ann@mail.ee", "click", letters[0], link("/a", slug=slug))
    return {"smaily__campaigns": [*letters], "smaily__actions": [click]}


def campaigns_of_visits(project: CompiledProject) -> list[str | None]:
    return [
        key
        for (key,) in project.rows("select campaign_key from marts.fct_events where event_name = 'page_view'")
    ]


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
    mailings = [row for mailing in names for row in sent("ann", mailing=mailing)]
    build(project, *mailings, tagged_visit(tag), goals=["fct_events"])
    assert campaigns_of_visits(project) == [expected]


@pytest.mark.parametrize(
    ("slug", "tag", "expected"),
    [
        ("Spring_Sale", "Spring_Sale", "smaily-7"),
        ("Spring_Sale", "SPRING+SALE!", "smaily-7"),
        # What another campaign is called outweighs another spelling of it, and not itself.
        ("Winter_Sale", "winter-sale", "smaily-8"),
        ("Winter_Sale", "Winter_Sale", "smaily-7"),
        ("kevad-m-k", "kevad-m-k", "smaily-7"),
    ],
)
def test_visits_have_the_campaign_whose_links_spell_their_tag(
    project: CompiledProject, slug: str, tag: str, expected: str
) -> None:
    letters = [campaign(7, "News"), campaign(8, "Winter sale"), campaign(9, "Kevad müük")]
    build(project, tagged_visit(tag), goals=["fct_events"], **clicked(slug, *letters))
    assert campaigns_of_visits(project) == [expected]


def test_visits_and_links_of_every_source_have_the_campaign_that_their_tag_spells(
    project: CompiledProject,
) -> None:
    tag = {"campaign": "SPRING_SALE", "source": "news", "medium": "email"}
    hit = Hit("2026-10-07T08:00:00+00:00", "page_view", "/a", "laptop", **tag)
    short = BITLINKS[0] | {"long_url": "https://shop.example.com/?utm_campaign=SPRING_SALE"}
    build(
        project, *sent("ann", mailing="Spring Sale"),
        google_analytics__events=[hit.event], google_analytics__event_attributes=[hit.attributes],
        google_analytics_export__events=[
            exported("2026-10-08T08:00:00+00:00", "page_view", "/a", "phone", **tag)
        ],
        bitly__bitlinks=[short], goals=["fct_events", "dim_links"],
    )  # fmt: skip
    assert project.rows(
        "select source, campaign_key from marts.fct_events where event_name = 'page_view' order by 1"
    ) == [
        ("google_analytics", "event_files-spring-sale"),
        ("google_analytics_export", "event_files-spring-sale"),
    ]
    assert project.rows("select campaign_key from marts.dim_links where source = 'bitly'") == [
        ("event_files-spring-sale",)
    ]


@pytest.mark.parametrize(("name", "slug"), [("Spring Sale", "news"), ("News", "Spring_Sale")])
def test_a_spelling_of_a_campaign_that_another_source_lists_is_that_campaign(
    project: CompiledProject, name: str, slug: str
) -> None:
    """By its name, or by the tag of its links."""
    build(
        project, *sent("ann", mailing="spring sale"), *sent("bob", mailing="Spring Sale!"),
        **clicked(slug, campaign(7, name)), goals=["fct_events", "dim_campaigns"],
    )  # fmt: skip
    assert project.rows(
        "select campaign_key, email_id, count(*) from marts.fct_events"
        " where source = 'event_files' and event_name = 'send' group by all"
    ) == [("smaily-7", None, 2)]
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


def test_an_email_whose_recipients_were_deleted_is_an_email_all_the_same(project: CompiledProject) -> None:
    letter = campaign(7, "News")
    sent_to_someone = action(1, "2026-10-06 11:00:00", "ann@mail.ee", "send", letter)
    build(
        project, smaily__campaigns=[letter], smaily__actions=[{**sent_to_someone, "contact_key": None}],
        goals=["dim_emails"],
    )  # fmt: skip
    assert ("smaily-7",) in project.rows("select email_id from marts.dim_emails")
