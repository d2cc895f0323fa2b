"""Ready feeds against the truth of a simulated world, whose events are written as each tool exports them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.simulator.world.assemble import make_world
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from dagster_project.sources.event_files.ready import FOLDER
from tests.landing.streams import now

SENT = (
    "from email_actions where campaign_id is not null "
    "and action in ('send', 'view', 'click', 'bounce', 'optout')"
)
NAMES = "map {{'send': '{}', 'view': '{}', 'click': '{}', 'bounce': '{}', 'optout': '{}'}}[action]"
EXTRACT = (
    "select 1 as ClientID, campaign_id as SendID, person_id as SubscriberKey, email as EmailAddress, "
    "strftime(happened_at - interval 6 hour, '%-m/%-d/%Y %-I:%M:%S %p') as EventDate, action as EventType, "
    "case when action = 'click' then value end as URL {} and action = '{}'"
)
# Of each feed: the files of its export, and SQL of what it marks as machines'.
EXPORTS: dict[str, tuple[dict[str, str], str]] = {
    "sendgrid_events": (
        {
            "sendgrid/events.json": "select seq_id::varchar as sg_event_id, "
            "epoch(happened_at)::bigint as timestamp, "
            f"{NAMES.format('processed', 'open', 'click', 'bounce', 'unsubscribe')} as event, email, "
            "[campaign_id::varchar] as category, case when action = 'click' then value end as url, "
            f"case when action = 'view' then is_machine end as sg_machine_open {SENT}"
        },
        "coalesce(properties ->> 'sg_machine_open', 'false') = 'true'",
    ),
    # an opening has a second row, which says that it was unique
    "brevo_events": (
        {
            "brevo/events.csv": "select case when action = 'view' and is_machine then 'Loaded by proxy' else "
            f"{NAMES.format('Sent', 'Opened', 'Clicked', 'Hard bounce', 'Unsubscribed')} end as event, "
            "email, strftime(happened_at, '%d-%m-%Y %H:%M:%S') as ts, campaign_id as tag, "
            f"case when action = 'click' then value end as link {SENT} union all "
            "select 'Unique opened', email, strftime(happened_at, '%d-%m-%Y %H:%M:%S'), campaign_id, null "
            f"{SENT} and action = 'view' and not is_machine"
        },
        "coalesce(properties ->> 'is_machine', 'false') = 'true'",
    ),
    "salesforce_marketing_cloud": (
        {
            f"marketing_cloud/{name}.csv": EXTRACT.format(SENT, action)
            for name, action in (
                ("Sent", "send"),
                ("Opens", "view"),
                ("Clicks", "click"),
                ("Bounces", "bounce"),
                ("Unsubs", "optout"),
            )
        },
        "null",
    ),
}
ORDERS = """
    from (
        from web_events join persons using (person_id)
        where transaction_id is not null and revenue is not null
        qualify row_number() over (partition by transaction_id order by event_no) = 1
    )
"""
SHOPIFY = f"""
    select
        'gid://shopify/Order/' || event_no as id, '#' || transaction_id as name, false as test, email,
        strftime(happened_at, '%Y-%m-%dT%H:%M:%SZ') as "createdAt", 'PAID' as "displayFinancialStatus",
        {{'shopMoney': {{'amount': revenue::varchar, 'currencyCode': 'EUR'}}}} as "totalPriceSet",
        case when event_no % 5 = 0 then [{{
            'id': 'r' || event_no, 'createdAt': strftime(happened_at + interval 1 day, '%Y-%m-%dT%H:%M:%SZ'),
            'totalRefundedSet': {{'shopMoney': {{'amount': revenue::varchar, 'currencyCode': 'EUR'}}}}
        }}] else [] end as refunds
    {ORDERS}
"""


@pytest.fixture(scope="module")
def world() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in make_world(WorldConfig(persons=300, days=30)).tables.items():
            names = ["happened_at" if column == "at" else column for column in table.column_names]
            connection.register(name, table.rename_columns(names))  # `at` is a keyword
        yield connection


class Installation:
    """Loads an export by its ready feed."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> None:
        self._warehouse, self._settings, self._folder = warehouse, settings, folder

    def load(self, world: duckdb.DuckDBPyConnection, name: str, files: dict[str, str]) -> None:
        for path, query in files.items():
            file = self._folder / "event_files" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            how = "header" if file.suffix == ".csv" else f"format json, array {file.suffix == '.json'}"
            world.execute(f"copy ({query}) to '{file}' ({how})")
        shutil.copyfile(FOLDER / f"{name}.yml", self._folder / "event_files.yml")
        feeds = read_feeds(self._folder / "event_files.yml")
        create_raw_tables(self._warehouse, [], feeds)
        for feed in feeds:
            copy_files(SOURCE_NAME, feed.name, list_files(feed), self._settings.landing, now)
            load_feed(self._warehouse, self._settings.landing, feed, now)
        assert self._warehouse.execute("select reason from raw._quarantine").fetchall() == []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._warehouse.execute(query).fetchall()


@pytest.fixture
def installation(warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path) -> Installation:
    return Installation(warehouse, settings, tmp_path)


@pytest.mark.parametrize("name", EXPORTS)
def test_mailings_are_as_in_the_world(
    name: str, world: duckdb.DuckDBPyConnection, installation: Installation
) -> None:
    files, is_machine = EXPORTS[name]
    installation.load(world, name, files)
    flag = "null" if is_machine == "null" else "action = 'view' and is_machine"
    truth = world.execute(f"""
        select campaign_id::varchar,
            {NAMES.format("send", "open", "click", "bounce", "unsubscribe")} as event,
            {flag} as flag, count(*), sum(epoch(happened_at)::bigint), count(distinct lower(email))
        {SENT} group by all order by all
    """).fetchall()
    assert len(truth) > 20
    assert truth == installation.rows(f"""
        select campaign, regexp_replace(event_name, '^hard_', '') as event, {is_machine} as flag, count(*),
            sum(epoch(occurred_at)::bigint),
            count(distinct contact_key)
        from raw.event_files group by all order by all
    """)


def test_orders_are_as_in_the_world(world: duckdb.DuckDBPyConnection, installation: Installation) -> None:
    installation.load(world, "shopify_orders", {"shopify/orders.jsonl": SHOPIFY})
    amount = "round(sum(revenue)::decimal(18, 2), 2)"
    truth = world.execute(f"""
        select 'purchase', count(*), {amount}, count(distinct transaction_id) {ORDERS} union all
        select 'refund', count(*), {amount}, count(distinct transaction_id) {ORDERS} where event_no % 5 = 0
        order by all
    """).fetchall()
    assert all(row[1] for row in truth)
    assert truth == installation.rows(
        f"select event_name, count(*), {amount}, count(distinct order_id) from raw.event_files "
        "group by all order by all"
    )
