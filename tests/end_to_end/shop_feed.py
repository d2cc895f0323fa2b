"""A shop's own export of the world's orders: the third source that reports them, with what it gave back."""

import csv
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.simulator.world import World

FEED = """
feeds:
  - name: till
    path: "till.csv"
    format: csv
    timezone: UTC
    columns:
      {occurred_at: at, event_name: event, email: email, order_id: order, revenue: amount, currency: currency}
"""
# Of every third order of a known buyer; of each third of these a part was given back a day later.
ROWS = """
with orders as (
    select web_events."at", persons.email, transaction_id, revenue::decimal(18, 2) as amount, event_no
    from web_events inner join persons using (contact_key)
    where event_name = 'purchase' and client_id is not null and transaction_id is not null
        and visible_at <= $now and event_no % 3 = 0
)

select strftime("at", '%Y-%m-%dT%H:%M:%S.%gZ') as "at", 'purchase' as event, email, transaction_id as "order",
    amount, 'EUR' as currency
from orders
union all
select strftime("at" + interval 1 day, '%Y-%m-%dT%H:%M:%S.%gZ'), 'refund', email, transaction_id,
    (amount / 4)::decimal(18, 2), 'EUR'
from orders where event_no % 9 = 0 and "at" + interval 1 day < $now
order by all
"""


def write(folder: Path, world: World, now: str) -> dict[str, str]:
    """The feed's files; its environment."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("web_events", "persons"):
            connection.register(name, world.tables[name])
        found = connection.execute(ROWS, {"now": datetime.fromisoformat(now)})
        names = [column[0] for column in found.description]
        rows = found.fetchall()
    assert len(rows) > 10
    with (folder / "till.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([names, *rows])
    configuration = folder / "event_files.yml"
    configuration.write_text(FEED, encoding="utf-8")
    return {"MILEPOST_EVENT_FILES": str(configuration)}
