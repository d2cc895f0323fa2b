"""Orders of a day without a time, from a file to what they are credited to, counted as and known until."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from dagster_project.sources.registry import SOURCES
from tests.dbt.compiled_project import CompiledProject
from tests.landing.streams import now

FEEDS = """
feeds:
  - name: mails
    path: mails.csv
    format: csv
    timezone: Europe/Tallinn
    columns: {occurred_at: t, event_name: e, email: m, campaign: c}
  - name: orders
    path: orders.csv
    format: csv
    timezone: Europe/Tallinn
    columns: {occurred_at: t, event_name: e, email: m, order_id: o, revenue: r}
    constants: {currency: EUR}
"""
# Ann clicks on the day on which she orders, having clicked another e-mail a week before; so does Bob, of
# whose e-mails only days are known.
MAILS = """t,e,m,c
2026-11-02 10:00,send,ann@x.ee,First
2026-11-02 11:00,click,ann@x.ee,First
2026-11-09 10:00,send,ann@x.ee,Second
2026-11-09 11:00,click,ann@x.ee,Second
2026-11-09,send,bob@x.ee,Second
2026-11-09,click,bob@x.ee,Second
2026-11-09,delivered,bob@x.ee,Second
"""
ORDERS = """t,e,m,o,r
2026-11-09,purchase,ann@x.ee,1,20
2026-11-09,purchase,bob@x.ee,2,30
2026-11-08 12:00,purchase,bob@x.ee,3,10
"""
END = datetime(2026, 11, 9, 21, 59, 59, 999_999)
MIDNIGHT = datetime(2026, 11, 8, 22)


@pytest.fixture(scope="module")
def shop(with_feeds: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledProject]:
    folder = tmp_path_factory.mktemp("days")
    for name, text in (("feeds.yml", FEEDS), ("mails.csv", MAILS), ("orders.csv", ORDERS)):
        (folder / name).write_text(text, encoding="utf-8")
    feeds, settings = read_feeds(folder / "feeds.yml"), Settings(folder / "data", now())
    with_feeds.build({})
    with with_feeds.connect() as connection:
        create_raw_tables(connection, SOURCES, feeds)
        for feed in feeds:
            copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, now)
            load_feed(connection, settings.landing, feed, now)
    with_feeds.make(
        "fct_events",
        "rpt_attribution",
        "rpt_data_quality",
        "rpt_source_watermarks",
        "int_email_completions",
        "int_data_watermark",
        "fct_journey_stages",
    )
    yield with_feeds
    with with_feeds.connect() as connection:
        create_raw_tables(connection, SOURCES, with_feeds.feeds)


def orders(shop: CompiledProject, columns: str) -> list[tuple[Any, ...]]:
    return shop.rows(f"select {columns} from marts.fct_macro_conversions where is_order order by order_id")


def test_an_order_of_a_day_follows_the_click_of_that_day(shop: CompiledProject) -> None:
    assert orders(shop, "order_id, occurred_at") == [("1", END), ("2", END), ("3", datetime(2026, 11, 8, 10))]
    last = shop.rows("""
        select orders.order_id, max_by(clicks.campaign_key, clicks.occurred_at)
        from marts.fct_macro_conversions as orders
        join marts.fct_events as clicks using (person_key)
        where clicks.event_name = 'click' and clicks.occurred_at <= orders.occurred_at
        group by all order by all
    """)
    assert last == [("1", "event_files-second"), ("2", "event_files-second")]


def test_what_an_email_leads_to_on_its_day_follows_it(shop: CompiledProject) -> None:
    sends = shop.rows(
        "select sent_at, delivered_at, first_click_at from marts.fct_email_sends where sent_at = delivered_at"
        " and first_click_at > sent_at + interval 2 hour"
    )
    assert sends == [(MIDNIGHT, MIDNIGHT, END)]
    assert shop.rows(
        "select count(*) from intermediate.int_email_completions where micro_conversion = 'email_click'"
    ) == [(3,)]
    # At one instant the click stands before the order.
    assert shop.rows(
        "select string_agg(event_name, ', ' order by event_rank) from marts.fct_events"
        f" where occurred_at = '{END}' group by person_key having count(*) > 1"
    ) == [("click, purchase",)]


def test_orders_without_a_time_are_counted(shop: CompiledProject) -> None:
    assert shop.rows(
        "select source, stream, day, affected, total, unit from marts.rpt_data_quality"
        " where indicator = 'orders_without_time' order by day"
    ) == [
        ("event_files", "orders", date(2026, 11, 8), 0.0, 1.0, "orders"),
        ("event_files", "orders", date(2026, 11, 9), 2.0, 2.0, "orders"),
    ]


def test_a_feed_is_known_until_its_last_day_begins(shop: CompiledProject) -> None:
    """Whether more happened that day, the file does not show."""
    assert shop.rows("select watermark_at from marts.rpt_source_watermarks where feed = 'orders'") == [
        (MIDNIGHT,)
    ]


def test_the_data_goes_on_until_the_last_event_stands(shop: CompiledProject) -> None:
    """A stage that an order of the last day enters has not lasted for less than nothing."""
    assert shop.rows("select watermark_at from intermediate.int_data_watermark") == [(END,)]
    stages = (
        "select min(dwell_seconds) from marts.fct_journey_stages where stage = 'customer' and is_censored"
    )
    assert shop.rows(stages) == [(0,)]
