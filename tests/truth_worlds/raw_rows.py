"""A simulated world as raw rows, as the connectors would have loaded it, without serving and pulling it."""

from datetime import datetime
from hashlib import sha256
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.simulator.world import World

_NOT_SET: Final = "(not set)"
# The key that Google Analytics' reports share.
_KEY: Final = f"""
    coalesce(client_id, '{_NOT_SET}') as client_id,
    coalesce(ga_session_id, '{_NOT_SET}') as session_id,
    case when client_id is null then '{_NOT_SET}' else epoch_ms("at")::varchar end as hit_ts,
    event_name
"""
_QUERIES: Final = {
    "google_analytics__events": f"""
        select {_KEY},
            strftime(timezone('Europe/Tallinn', "at"), '%Y%m%d%H%M') as date_hour_minute,
            coalesce(contact_key, '{_NOT_SET}') as contact_key, page, device_category, country,
            duplicate_count as event_count, coalesce(engagement_ms, 0) / 1000 as engagement_seconds,
            'Europe/Tallinn' as property_time_zone, 'EUR' as currency
        from web_events
    """,
    "google_analytics__event_attributes": f"""
        select {_KEY}, session_source, session_medium, session_campaign,
            coalesce(session_content, '{_NOT_SET}') as session_content,
            coalesce(transaction_id, '{_NOT_SET}') as transaction_id, duplicate_count as event_count,
            coalesce(revenue, 0) as purchase_revenue, 'EUR' as currency
        from web_events
    """,
    "google_analytics__event_parameters": f"""
        select {_KEY}, coalesce(link_url, '{_NOT_SET}') as link_url,
            coalesce(file_name, '{_NOT_SET}') as file_name,
            coalesce(video_title, '{_NOT_SET}') as video_title,
            coalesce(method, '{_NOT_SET}') as "method", coalesce(form_id, '{_NOT_SET}') as form_id,
            duplicate_count as event_count
        from web_events
        where coalesce(link_url, file_name, video_title, "method", form_id) is not null
    """,
    "smaily__actions": """
        select seq_id, contact_key, timezone('Europe/Tallinn', "at") as time,
            campaign_id::varchar as campaign_id, campaign_name, action, value
        from email_actions inner join contact_keys using (email)
    """,
    # Without the dates of their profiles, so that persons are as old as what they are first seen to do.
    "smaily__contacts": """
        select '1' as list_id, contact_keys.contact_key, country, time_zone as timezone
        from persons inner join contact_keys using (email)
    """,
    "smaily__campaigns": """
        select campaign_id::varchar as id, name, tags, created_at::varchar as created_at,
            coalesce(completed_at, timestamptz '2000-01-01')::varchar as completed_at, status
        from campaigns where kind <> 'ab_test'
    """,
    "smaily__split_tests": """
        select campaign_id::varchar as id, name, tags, created_at::varchar as created_at,
            completed_at::varchar as completed_at, status,
            (
                select to_json(list({'id': section_id, 'subject': subject} order by position))
                from sections where sections.campaign_id = campaigns.campaign_id
            ) as sections
        from campaigns where kind = 'ab_test'
    """,
}


# As the list is at an instant: who is on it, and who has left it.
_LISTED: Final = """
    with addresses as (
        select email, contact_key, person_id, country, time_zone, subscribed_at from persons
        union all
        select second_email, second_contact_key, person_id, country, time_zone, subscribed_at from persons
        where second_email is not null
    ),
    left_list as (select email from email_actions where action in ('optout', 'complaint') group by email)
    select
        '1' as list_id, contact_key as contact_key_text, unhex(contact_key) as contact_key, country,
        time_zone as timezone,
        if(
            left_list.email is not null
            or exists (from persons where persons.email = addresses.email and unsubscribed_at <= $until),
            '1', '0'
        ) as is_unsubscribed,
        -- What pii.contacts is given, too.
        addresses.email
    from addresses left join left_list using (email)
    where subscribed_at <= $until
    order by addresses.email
"""
_INSTANTS: Final = {"email_actions": "at", "web_events": "at", "campaigns": "created_at"}


def raw_rows(world: World) -> dict[str, pa.Table]:
    """The rows by raw table. Nothing is late, restated or folded."""
    emails = world.tables["email_actions"]["email"].unique()
    keys = [sha256(email.strip().lower().encode()).digest() for email in emails.to_pylist()]
    given = {**world.tables, "contact_keys": pa.table({"email": emails, "contact_key": keys})}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Europe/Tallinn'")
        for name, table in given.items():
            connection.register(name, table)
        return {name: connection.sql(query).to_arrow_table() for name, query in _QUERIES.items()}


def rows_until(world: World, until: datetime) -> dict[str, pa.Table]:
    """The same of what had happened at an instant, with the list and its addresses as they were."""
    tables = dict(world.tables)
    for name, column in _INSTANTS.items():
        tables[name] = tables[name].filter(pc.less(tables[name][column], pa.scalar(until)))
    with duckdb.connect() as connection:
        for name in ("persons", "email_actions"):
            connection.register(name, tables[name])
        listed = connection.sql(_LISTED, params={"until": until}).to_arrow_table()
    addresses = listed.select(["contact_key_text", "email"]).rename_columns(["contact_key", "email"])
    return {
        **raw_rows(World(world.config, tables)),
        "smaily__contacts": listed.drop_columns(["contact_key_text", "email"]),
        "pii.contacts": addresses,
    }
