"""Orders and costs of a refreshed world by all who report them: the web tag, a CRM, a shop's own export."""

from pathlib import Path

import duckdb

from tests.end_to_end.conftest import Refreshed

# Each report of an order, and each order once: all report one amount.
ORDERS = """
create view others.reports as
select 'google_analytics' as reporter, transaction_id as order_id, "at"::timestamp as moment,
    revenue::decimal(18, 4) as revenue
from truth.macro_conversions where has_ids
union all
select 'hubspot', transaction_id, closes_at::timestamp, amount::decimal(18, 4) from others.deals
union all
select 'till', "order", moment, amount from others.till where event = 'purchase';

create view others.orders as
with refunds as (
    select "order" as order_id, sum(amount) as amount from others.till where event = 'refund' group by all
)

select
    order_id,
    string_agg(distinct reporter, ', ' order by reporter) as reporters,
    min(moment) as moment,
    max(revenue) as revenue,
    (max(revenue) - coalesce(any_value(refunds.amount), 0))::decimal(38, 4) as net_revenue
from others.reports left join refunds using (order_id)
group by order_id
"""
# Of the e-mails of "After the order" the account sends one only; the next has a newsletter's utm_campaign.
COSTS = """
create view others.costs as
select campaign, cost from read_csv('{file}')
union all
select
    case campaign[-1:] when '1' then 'hubspot-7002' when '2' then 'offer-01' else '(unknown campaign)' end,
    amount
from others.spend
"""
TILL = """
create table others.till as
select "at"::timestamp as moment, event, "order", amount::decimal(18, 4) as amount from read_csv('{file}')
"""
NO_TILL = 'create table others.till (moment timestamp, event varchar, "order" varchar, amount decimal(18, 4))'


def add(db: duckdb.DuckDBPyConnection, refreshed: Refreshed) -> None:
    """Further tables of schema `others`, on a connection that has the truth."""
    environment = refreshed.installation.environment
    till = environment.get("MILEPOST_EVENT_FILES")
    db.execute(TILL.format(file=Path(till).with_name("till.csv")) if till else NO_TILL)
    db.execute(ORDERS)
    db.execute(COSTS.format(file=environment["MILEPOST_CAMPAIGN_COSTS"]))
