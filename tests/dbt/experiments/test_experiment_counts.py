"""Who is in which arm of an experiment and what is known of them, by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row
from tests.dbt.steps.test_step_marts import ANN, BEN, BUY, CID, NAMES, STEP, act, assigned, build


def sent(email: str, variant: str, name: str = "send", days: float = 0) -> Row:
    return assigned(email, variant, days, name)


def assignments(project: CompiledProject, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    build(project, rows, 40, "int_experiment_assignments")
    return project.rows(
        "select variant, is_in_two_arms, count(*) from intermediate.int_experiment_assignments group by all"
        " order by all"
    )


@pytest.mark.parametrize("later", ["click", "open", "page_view"])
def test_a_forwarded_email_assigns_nobody(with_feeds: CompiledProject, later: str) -> None:
    """Ann got A; Ben got B and followed A of Ann; Cid got none and followed A, too."""
    rows = [sent(ANN, "A"), sent(BEN, "B"), sent(BEN, "A", later, 1), sent(CID, "A", later, 1)]
    assert assignments(with_feeds, rows) == [("A", False, 1), ("B", False, 1)]


def test_an_assignment_is_above_a_send_and_a_send_above_all_else(with_feeds: CompiledProject) -> None:
    rows = [assigned(ANN, "A"), sent(ANN, "B"), sent(BEN, "B")]
    assert assignments(with_feeds, rows) == [("A", False, 1)]
    assert assignments(with_feeds, rows[1:]) == [("B", False, 2)]
    assert assignments(with_feeds, [sent(ANN, "A", "page_view"), sent(BEN, "B", "page_view")]) == [
        ("A", False, 1),
        ("B", False, 1),
    ]


@pytest.mark.parametrize("name", ["open", "click", "unsubscribe"])
def test_a_test_of_emails_without_sends_has_no_arms(with_feeds: CompiledProject, name: str) -> None:
    """Those who opened or clicked are a biased sample of the recipients."""
    assert assignments(with_feeds, [sent(ANN, "A", name), sent(BEN, "B", name)]) == []


def verdicts(project: CompiledProject, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    build(project, rows, 40, "rpt_experiments")
    return project.rows(
        "select variant, persons, verdict from marts.rpt_experiments where role = 'primary' order by all"
    )


def test_a_test_of_emails_without_sends_says_so(with_feeds: CompiledProject) -> None:
    unsent = "no verdict: sends are not reported"
    clicks = [sent(ANN, "A", "click"), sent(CID, "A", "open"), sent(BEN, "B", "click")]
    assert verdicts(with_feeds, clicks) == [("A", 0, unsent), ("B", 0, unsent)]
    with_feeds.replace_seed("experiments", [("price", arm, 1.0, "conversion") for arm in "ABC"])
    assert verdicts(with_feeds, clicks) == [(arm, 0, unsent) for arm in "ABC"]
    with_feeds.replace_seed("experiments", [])
    # One send is enough for a test of those who were sent it.
    found = verdicts(with_feeds, [*clicks, sent(ANN, "A", days=-1)])
    assert [(arm, persons) for arm, persons, _ in found] == [("A", 1)]
    assert unsent not in repr(found)
    assert verdicts(with_feeds, [sent(ANN, "A", "page_view"), sent(BEN, "B", "click")])[0][:2] == ("A", 1)


def mature(project: CompiledProject, feeds: Mapping[str, Sequence[Row]]) -> list[tuple[Any, ...]]:
    """Of each metric the day until which it is known, and how many persons have been followed for it."""
    tables = {
        f"event_files__{feed}": pa.Table.from_pylist(
            [dict.fromkeys(NAMES) | row | {"_landed_file": f"{feed}.csv"} for row in rows]
        ).drop_columns("_partition")
        for feed, rows in feeds.items()
    }
    project.build(tables, "int_experiment_counts")
    return project.rows(
        "select metric, date_diff('day', date '2026-06-01', watermark_at), sum(mature_persons)"
        " from intermediate.int_experiment_counts where metric <> 'spam_complaint' group by all order by all"
    )


def test_each_metric_is_known_as_far_as_those_who_report_it(with_feeds: CompiledProject) -> None:
    """Purchases are known to day 40, clicks and exits to day 2, steps on the site to day 10."""
    start = [assigned(email, variant) for email, variant in ((ANN, "A"), (BEN, "B"))]
    feeds = {
        "checkout": [act(0, BUY, CID), act(40, BUY, CID)],
        "site": [*start, act(0, STEP, ANN), act(10, STEP, CID)],
        "news": [act(1, "click", CID), act(2, "unsubscribe", CID)],
    }
    found = mature(with_feeds, feeds)
    assert found == [
        ("conversion", 40, 2),
        ("human_click", 2, 0),
        ("net_revenue", 40, 2),
        ("resource_download", 10, 0),
        ("unsubscribe", 2, 0),
    ]


def test_each_metric_is_known_from_when_it_was_reported(with_feeds: CompiledProject) -> None:
    """Purchases from day 20 on; Ann was assigned on the first day, Ben on day 25."""
    feeds = {
        "checkout": [act(20, BUY, CID), act(40, BUY, CID)],
        "site": [assigned(ANN, "A"), assigned(BEN, "B", 25), act(0, STEP, CID), act(40, STEP, CID)],
    }
    found = {metric: persons for metric, _, persons in mature(with_feeds, feeds)}
    assert found == {"conversion": 1, "human_click": 2, "net_revenue": 1, "unsubscribe": 2}


def test_an_arm_that_nobody_got_is_counted(with_feeds: CompiledProject) -> None:
    with_feeds.replace_seed("experiments", [("price", arm, 1.0, "conversion") for arm in "ABC"])
    build(with_feeds, [assigned(ANN, "A"), assigned(BEN, "B")], 40, "rpt_experiments")
    found = with_feeds.rows(
        "select variant, persons, mature_persons, total, mean, last_assigned_at is null"
        " from marts.rpt_experiments where metric = 'conversion' order by variant"
    )
    with_feeds.replace_seed("experiments", [("price", "A", 1.0, "conversion")])
    build(with_feeds, [act(0, "page_view")], 40, "rpt_experiments")
    assert with_feeds.rows("from marts.rpt_experiments") == []
    with_feeds.replace_seed("experiments", [])
    assert found == [("A", 1, 1, 0, 0, False), ("B", 1, 1, 0, 0, False), ("C", 0, 0, 0, None, True)]


def test_orders_without_an_amount_are_counted(with_feeds: CompiledProject) -> None:
    """A: one of two orders has an amount; B: the one order has none; C: none was placed."""
    names = {"A": "ann", "B": "ben", "C": "cid"}
    rows = [assigned(f"{name}@shop.example", arm) for arm, name in names.items()]
    rows += [act(1, BUY, ANN), act(2, BUY, ANN, revenue=None), act(1, BUY, BEN, revenue=None)]
    build(with_feeds, rows, 40, "rpt_experiments")
    found = with_feeds.rows(
        "select variant, metric, unconverted_orders, total, mean, difference is null"
        " from marts.rpt_experiments where metric in ('net_revenue', 'conversion') order by metric, variant"
    )
    assert found == [
        ("A", "conversion", None, 1, 1, True),
        ("B", "conversion", None, 1, 1, True),
        ("C", "conversion", None, 0, 0, False),
        ("A", "net_revenue", 1, 100, 100, True),
        ("B", "net_revenue", 1, None, None, True),
        ("C", "net_revenue", 0, 0, 0, True),
    ]


@pytest.fixture
def refused(with_feeds: CompiledProject) -> Iterator[set[str]]:
    """The primary metrics that the seed's test refuses."""
    metrics = (
        "human_click", "conversion", "net_revenue", "cart_add", "email_open", "repeat_email_open",
        "unsubscribe", "spam_complaint", "hard_bounce", "cart_abandonment",
    )  # fmt: skip
    with_feeds.replace_seed("experiments", [(metric, "A", 1.0, metric) for metric in metrics])
    statement, blocks = with_feeds.data_tests["experiments_are_decided_by_what_more_is_better_of"]
    assert blocks
    yield {row[0] for row in with_feeds.rows(statement)}
    with_feeds.replace_seed("experiments", [])


def test_nothing_is_decided_by_what_should_not_rise(refused: set[str]) -> None:
    assert refused == {
        "email_open", "repeat_email_open", "unsubscribe", "spam_complaint", "hard_bounce", "cart_abandonment",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("email_click", "human_click"), ("cart_add", "cart_add"), (None, "human_click"),
        ("email_open", "human_click"), ("unsubscribe", "human_click"), ("spam_complaint", "human_click"),
    ],
)  # fmt: skip
def test_the_goal_of_the_campaign_decides_unless_it_should_not_rise(
    with_feeds: CompiledProject, goal: str | None, expected: str
) -> None:
    with_feeds.replace_seed("experiments", [])
    build(with_feeds, [assigned(ANN, "A"), assigned(BEN, "B")], 40, "int_experiment_arms")
    with with_feeds.connect() as connection:
        connection.execute("update intermediate.int_experiment_assignments set campaign_key = 'test'")
        connection.execute(
            "insert into marts.dim_campaigns by name"
            " select 'test' as campaign_key, 'campaign' as kind, ? as goal_micro_conversion",
            [goal],
        )
        arms = connection.sql(with_feeds.sql["int_experiment_arms"])
        assert arms.select("variant, is_over_time, primary_metric").order("variant").fetchall() == [
            ("A", False, expected),
            ("B", False, expected),
        ]


def test_an_arm_that_nobody_got_is_of_the_same_mailing(with_feeds: CompiledProject) -> None:
    with_feeds.replace_seed("experiments", [("price", arm, 1.0, "conversion") for arm in "0AB"])
    build(with_feeds, [assigned(ANN, "A"), assigned(BEN, "B")], 40, "int_experiment_arms")
    with with_feeds.connect() as connection:
        connection.execute("update intermediate.int_experiment_assignments set campaign_key = 'test'")
        connection.execute(
            "insert into marts.dim_campaigns by name select 'test' as campaign_key, 'campaign' as kind"
        )
        arms = connection.sql(with_feeds.sql["int_experiment_arms"])
        found = arms.select("variant, persons, is_over_time").order("variant").fetchall()
    with_feeds.replace_seed("experiments", [])
    assert found == [("0", 0, False), ("A", 1, False), ("B", 1, False)]
