"""Bounces of event files: for good, for now, and of no class."""

from datetime import UTC, datetime, timedelta

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import file_row

START = datetime(2026, 10, 6, 8, tzinfo=UTC)


def test_what_bounced_for_now_may_arrive_later(with_feeds: CompiledProject) -> None:
    times = {
        "ann": [("soft_bounce", 1), ("delivered", 19)],
        "ben": [("delivered", 1), ("soft_bounce", 19)],
    }
    rows = [
        file_row(name, START + timedelta(minutes=minute), person, campaign="news")
        for person, events in times.items()
        for name, minute in [("send", 0), *events]
    ]
    with_feeds.build({"event_files__news": rows}, "fct_email_sends")
    found = with_feeds.rows("select bounced_at, delivered_at from marts.fct_email_sends order by bounced_at")
    minutes = [tuple(at and (at - START.replace(tzinfo=None)).seconds // 60 for at in row) for row in found]
    assert minutes == [(1, 19), (19, None)]


def test_a_file_may_say_whether_an_email_bounced_for_good(with_feeds: CompiledProject) -> None:
    rows = [
        file_row(name, START + timedelta(minutes=minute), person, campaign="news")
        for person, bounce in (("ann", "hard_bounce"), ("ben", "soft_bounce"), ("cid", "bounce"))
        for minute, name in ((0, "send"), (1, bounce))
    ]
    with_feeds.build({"event_files__news": rows}, "rpt_deliverability")
    assert with_feeds.rows(
        "select bounce_class, bounced_at is not null, delivered_at from marts.fct_email_sends"
        " order by bounce_class nulls last"
    ) == [("hard", True, None), ("soft", True, None), (None, True, None)]
    # An address of which nothing is known is not written to either, and counts with the hard ones.
    [found] = with_feeds.rows(
        "select sum(hard_bounced), sum(soft_bounced) from marts.rpt_deliverability"
        " where mailbox_provider = '(all)'"
    )
    assert found == (2, 1)
