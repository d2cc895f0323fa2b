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
    """One that shows no class is a hard bounce in every figure: its address is not written to either."""
    rows = [
        file_row(name, START + timedelta(minutes=minute), person, campaign="news")
        for person, bounce in (("ann", "hard_bounce"), ("ben", "soft_bounce"), ("cid", "bounce"))
        for minute, name in ((0, "send"), (1, bounce))
    ]
    later = file_row("send", START + timedelta(days=10), "dot", campaign="later")
    with_feeds.build(
        {"event_files__news": [*rows, later]},
        *("rpt_deliverability", "rpt_completion_rates", "int_person_exits", "int_contact_histories"),
        "int_figure_counts",
    )
    assert with_feeds.rows(
        "select bounce_class, delivered_at from marts.fct_email_sends where bounced_at is not null"
        " order by bounce_class"
    ) == [("hard", None), ("hard", None), ("soft", None)]
    assert with_feeds.rows(
        "select sum(hard_bounced), sum(soft_bounced), sum(bounced) from marts.rpt_deliverability"
        " where mailbox_provider = '(all)'"
    ) == [(2, 1, 3)]
    assert with_feeds.rows(
        "select micro_conversion, eligible, completed from marts.rpt_completion_rates"
        " where micro_conversion like '%bounce' and slice_type = 'overall' and population = 'sends'"
        " order by all"
    ) == [("email_bounce", 3, 3), ("hard_bounce", 3, 2), ("soft_bounce", 3, 1)]
    assert with_feeds.rows("select reason, count(*) from intermediate.int_person_exits group by all") == [
        ("hard_bounce", 2)
    ]
    assert with_feeds.rows(
        "select count(*) from intermediate.int_contact_histories where bounced_at is not null"
    ) == [(2,)]
    assert with_feeds.rows(
        "select eligible, completed from intermediate.int_figure_counts where figure = 'hard_bounce_rate'"
    ) == [(3, 2)]
