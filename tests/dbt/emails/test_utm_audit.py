"""Clicks that lead to no visit, and visits that no campaign explains."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.mailings import NEWS, START, Log, build
from tests.dbt.rows import Hit, Row, link


def clicked(log: Log, count: int, mailing: Row, url: str, prefix: str = "p") -> list[str]:
    who = [f"{prefix}{number}" for number in range(count)]
    log.sent(0, mailing, *who)
    for each in who:
        log.add(1, each, "click", mailing, url)
    return who


def web(*hits: Hit) -> dict[str, list[Row]]:
    return {
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
    }


def visit(
    days: float, who: str | None, page: str = "/a", campaign_tag: str = "news", medium: str = "email"
) -> Hit:
    at = (START + timedelta(days=days)).isoformat()
    address = {"address": f"{who}@mail.ee"} if who else {}
    return Hit(
        at, "page_view", f"{page}?utm_medium={medium}", who or "somebody", source="smaily", medium=medium,
        campaign=campaign_tag, **address,
    )  # fmt: skip


def findings(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows("select finding, subject, occurrences, visits from marts.rpt_utm_audit order by all")


# Page views are known before and long after the clicks; the campaign may be spelled otherwise in an address.
KNOWN = (visit(-1, None, "/", "news"), visit(60, None, "/", "NEWS!"))


@pytest.mark.parametrize(
    ("clicks", "expected"), [(19, []), (20, [("visits_without_recipients", "smaily-1", 20, 2)])]
)
def test_clicks_that_reach_no_page(
    compiled: CompiledProject, clicks: int, expected: list[tuple[Any, ...]]
) -> None:
    log = Log()
    clicked(log, clicks, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN))
    assert findings(compiled) == expected
    others = (visit(-1, None, "/", "(organic)", "organic"), visit(60, None, "/", "(organic)", "organic"))
    build(compiled, log, "rpt_utm_audit", **web(*others))
    assert findings(compiled) == [("clicks_without_visits", *row[1:3], 0) for row in expected]


@pytest.mark.parametrize(("minutes", "is_found"), [(29, False), (31, True)])
def test_a_page_within_half_an_hour_is_a_landing(
    compiled: CompiledProject, minutes: float, is_found: bool
) -> None:
    log = Log()
    clicked(log, 20, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, visit(1 + minutes / 1440, "p3")))
    assert bool(findings(compiled)) is is_found


def test_without_web_analytics_nothing_is_missed(compiled: CompiledProject) -> None:
    log = Log()
    clicked(log, 30, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit")
    assert findings(compiled) == []


def test_visits_of_campaigns_that_nothing_lists(compiled: CompiledProject) -> None:
    hits = [visit(day, "ann", "/a", "spring-sale") for day in (1, 2)]
    hits.append(visit(3, "ann", "/a", "(direct)", "(none)"))
    log = Log().sent(0, NEWS, "ann").add(0.5, "ann", "click", NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, *hits))
    assert findings(compiled) == [("unknown_campaign", "smaily / email / spring-sale", 2, 2)]


def test_links_without_tags(compiled: CompiledProject) -> None:
    log = Log().sent(0, NEWS, "ann", "ben")
    log.add(1, "ann", "click", NEWS, link("/a", slug="news"))
    log.add(2, "ann", "click", NEWS, "https://shop.example.com/b?utm_source=smaily")
    log.add(3, "ben", "click", NEWS, "https://elsewhere.example.org/c")
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, visit(1.001, "ann")))
    [row] = compiled.rows("select finding, url, occurrences, what_to_do from marts.rpt_utm_audit")
    assert row[:3] == ("link_without_tags", "https://shop.example.com/b?utm_source=smaily", 1)
    assert "add utm_medium utm_campaign to it" in row[3]
