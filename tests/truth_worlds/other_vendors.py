"""What HubSpot and Trustpilot report of a world, not Smaily and Google: deals, costs, refusals, reviews.

Schema `others` of a connection on which a warehouse is compared. The simulator's truth is of the world; a
warehouse that reads these vendors, too, is compared with the stage transitions that follow from all acts.
"""

from collections.abc import Mapping
from datetime import datetime

import duckdb
import pyarrow as pa

from dagster_project.simulator.database import Database
from dagster_project.simulator.hubspot import tables as portal
from dagster_project.simulator.hubspot.account import HubSpotOptions
from dagster_project.simulator.journey_truth import stage_transitions
from dagster_project.simulator.trustpilot import reviews

_REPORTED = {
    "deals": "from hubspot_deals where outcome = 'closedwon' and closes_at <= $now",
    "refusals": (
        'select person_id, unsubscribed_at as "at" from hubspot_contacts where unsubscribed_at <= $now'
    ),
    "spend": 'from hubspot_spend where "at" <= $now',
    "reviews": 'select *, created_at as "at" from trustpilot_reviews where created_at <= $now',
}
# Whose a review is that has neither an address nor a known order, no one can say. It is left out of all that
# persons did, too: the bounds of `rpt_identity_quality` are of unlinked browsers, not of unlinked reviews.
_ACTS = """
    with hidden as (select * from others.deals anti join truth.macro_conversions using (transaction_id)),
    added as (
        select person_id, "at", 'trustpilot_review' as micro_conversion, false as is_macro
        from others.reviews
        where referral_email is not null or reference_id in (
            select transaction_id from truth.macro_conversions where has_ids
            union all select transaction_id from others.deals
        )
        union all
        select world.persons.person_id, closes_at, 'purchase', true
        from hidden inner join world.persons using (email)
    )
    select * exclude (place) from (
        select *, row_number() over () as place from truth.{seen}journey_acts
        union all by name
        select *, false as is_exit, 0 as place from added
    )
    order by person_id, "at", place
"""


def add(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], now: str) -> None:
    """On a connection that has the truth; `tables` are the world's, with what Google does not show yet."""
    vendors = Database(tables)
    portal.create(vendors, HubSpotOptions().hubspot_emails)
    reviews.create(vendors)
    connection.execute("create schema others")
    for name, query in _REPORTED.items():
        connection.register("given", vendors.arrow(query, {"now": datetime.fromisoformat(now)}))
        connection.execute(f"create table others.{name} as from given")
    for seen in ("", "seen_"):
        acts = connection.sql(_ACTS.format(seen=seen)).to_arrow_table()
        connection.register("given", stage_transitions(acts))
        connection.execute(f"create or replace table truth.{seen}stage_transitions as from given")
