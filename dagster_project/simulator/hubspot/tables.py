"""The portal's contacts, deals, e-mails and their events: the same world, seen from a CRM.

Nothing is drawn by chance: what differs from record to record follows from the world's own numbers, so that
the world stays what it was before this vendor was there.
"""

from typing import Final

from dagster_project.simulator.database import Database

CONFIRMATION: Final = 7001  # the e-mail that confirms an order
SURVEY: Final = 7002  # sent once, to every contact of then
SUBJECTS: Final = {CONFIRMATION: "Your order", SURVEY: "How did we do?"}
_APP: Final = 20053

# Buyers on the list and every fourth other contact of it, from the first day of the world on.
_CONTACTS: Final = """
create table hubspot_contacts as
with bounds as (select min("at") as starts_at from email_actions),

buyers as (
    select distinct contact_key from web_events where event_name = 'purchase' and contact_key is not null
)

select
    512 + person_id * 10 as id,
    persons.person_id,
    persons.email,
    persons.contact_key,
    persons.country,
    persons.time_zone,
    date_trunc('second', greatest(persons.subscribed_at, bounds.starts_at)) + interval 1 minute as created_at,
    persons.unsubscribed_at,
    -- Two records of one person that were merged.
    case when person_id % 50 = 7 then (513 + person_id * 10)::varchar end as merged_ids
from persons cross join bounds
where persons.is_contact and persons.subscribed_at is not null
    and (persons.contact_key in (from buyers) or persons.person_id % 4 = 0)
"""
# Every second order of a known browser is a deal, which was opened up to two weeks before; contacts who order
# nothing have deals that stay open, are lost or are deleted.
_DEALS: Final = """
create table hubspot_deals as
with bounds as (select max("at") as ends_at from email_actions),

orders as (
    select
        9000000000 + web_events.event_no as id,
        contacts.id as contact_id,
        contacts.email,
        web_events."at" as closes_at,
        greatest(
            web_events."at" - to_hours((1 + web_events.event_no % 336)::integer),
            contacts.created_at + interval 1 minute
        ) as created_at,
        web_events.revenue as amount,
        web_events.transaction_id,
        'closedwon' as outcome
    from web_events inner join hubspot_contacts as contacts using (contact_key)
    where event_name = 'purchase' and client_id is not null and transaction_id is not null
        and web_events."at" > contacts.created_at + interval 2 minute and web_events.event_no % 2 = 0
),

others as (
    select
        8000000000 + contacts.id,
        contacts.id,
        contacts.email,
        contacts.created_at + interval 40 day,
        contacts.created_at + to_hours((contacts.person_id % 200)::integer) + interval 1 hour,
        100.0 + contacts.person_id % 400,
        null,
        case contacts.person_id % 5 when 0 then 'deleted' when 1 then 'closedlost' else 'open' end
    from hubspot_contacts as contacts cross join bounds
    where contacts.person_id % 3 = 0 and contacts.contact_key not in (
        select contact_key from web_events where event_name = 'purchase' and contact_key is not null
    ) and contacts.created_at + interval 10 day < bounds.ends_at
)

select *, created_at + (closes_at - created_at) / 2 as offered_at from (from orders union all from others)
"""
# What was sent, delivered, opened and clicked, ordered by time; `record` is its JSON.
_EVENTS: Final = """
create table hubspot_email_events as
with sent as (
    select
        id as number, email, closes_at as sent_at, {confirmation} as campaign_id,
        id % 3 = 0 as is_loaded, id % 5 = 0 as is_proxied, id % 7 = 0 as is_superseded
    from hubspot_deals
    where outcome = 'closedwon' and {emails} = 'transactional'
    union all
    select id, email, days.survey_at, {survey}, false, id // 10 % 5 = 0, false
    from hubspot_contacts
    cross join (
        select date_trunc('hour', max("at")) - interval 25 day as survey_at from email_actions
    ) as days
    where created_at < days.survey_at and coalesce(unsubscribed_at > days.survey_at, true)
        and {emails} <> 'all'
),

events as (
    select number, email, campaign_id, sent_at + interval 2 second as "at", 'SENT' as type, false as filtered,
        null as obsoleted_by, null as agent, null as url
    from sent
    union all
    select number, email, campaign_id, sent_at + interval 4 second, 'PROCESSED', false, null, null, null
    from sent
    union all
    select number, email, campaign_id, sent_at + interval 6 second, 'DELIVERED', false, null, null, null
    from sent
    union all
    select number, email, campaign_id, sent_at + interval 9 second, 'OPEN', true, null, 'Mozilla/5.0', null
    from sent where is_proxied
    union all
    select number, email, campaign_id, sent_at + interval 12 second, 'OPEN', false, 'OPEN',
        'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Thunderbird/128.0', null
    from sent where is_loaded and is_superseded
    union all
    select number, email, campaign_id, sent_at + interval 20 second, 'OPEN', false, null,
        'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Thunderbird/128.0', null
    from sent where is_loaded
    union all
    select
        seq_id, email, campaign_id, "at",
        case action
            when 'send' then 'SENT' when 'view' then 'OPEN' when 'click' then 'CLICK'
            when 'bounce' then 'BOUNCE' when 'complaint' then 'SPAMREPORT' else 'STATUSCHANGE'
        end,
        is_machine, null, case when action = 'view' then value end, case when action = 'click' then value end
    from email_actions
    where {emails} = 'all' and action in ('send', 'view', 'click', 'bounce', 'complaint', 'optout')
)

select
    row_number() over (order by "at", type, number) - 1 as position,
    "at",
    type,
    email,
    campaign_id,
    epoch_ms("at") as created,
    to_json({{
        'appId': {app},
        'appName': 'Batch',
        'created': epoch_ms("at"),
        'emailCampaignId': campaign_id,
        'id': {id_of_type},
        'portalId': 62515,
        'recipient': email,
        'type': type,
        'subject': case when type = 'SENT' then {subjects} end,
        'sentBy': {{'id': {id_of_sent}, 'created': epoch_ms("at")}},
        'obsoletedBy': case when obsoleted_by is not null
            then {{'id': {id_of_obsoleting}, 'created': epoch_ms("at" + interval 8 second)}} end,
        'filteredEvent': filtered,
        'userAgent': agent,
        'ipAddress': case when agent is not null then if(filtered, '66.249.93.12', '203.0.113.7') end,
        'url': url,
        'browser': case when agent is not null
            then {{'name': 'client', 'type': case when filtered then 'Proxy' else 'Email client' end}} end,
        'deviceType': case when agent is not null then 'COMPUTER' end,
        'portalSubscriptionStatus': case when type = 'STATUSCHANGE' then 'UNSUBSCRIBED' end
    }})::varchar || ',' as record
from events
"""
_REPLIES: Final = """
create table hubspot_replies as
select
    7000000000 + id as id,
    email,
    closes_at + interval 3 hour as written_at,
    case when id % 30 = 0 then 'Automatic reply: your order' else 'Re: Your order' end as subject
from hubspot_deals
where outcome = 'closedwon' and id % 10 = 0 and {emails} = 'transactional'
"""
# What was spent on the e-mails of the portal, on a newsletter that another system sends, and on none; nothing
# has been spent on the last campaign.
_CAMPAIGNS: Final = """
create table hubspot_campaigns as
with bounds as (select date_trunc('hour', min("at")) as starts_at from email_actions)

select named.*, bounds.starts_at + named.after as created_at
from bounds cross join (
    values
        ('3aed6cd1-d85f-4cef-a6bd-531f3f554061', 'After the order', 'after-order', [{confirmation}, {survey}],
            500.00::decimal(18, 2), interval 1 day),
        ('3aed6cd1-d85f-4cef-a6bd-531f3f554062', 'Adverts for the offer', 'offer-01', [], 80.00,
            interval 2 day),
        ('3aed6cd1-d85f-4cef-a6bd-531f3f554063', 'Fair', null, [], 300.00, interval 3 day),
        ('3aed6cd1-d85f-4cef-a6bd-531f3f554064', 'Spring', 'spring', [], 50.00, interval 4 day)
) as named (id, name, slug, emails, budget, after)
"""
_SPEND: Final = """
create table hubspot_spend as
select
    campaigns.id as campaign,
    row_number() over (order by campaigns.id, items.after) as id,
    items.name,
    items.amount,
    campaigns.created_at + items.after as "at"
from hubspot_campaigns as campaigns
inner join (
    values
        ('After the order', 'Texts', 120.00::decimal(18, 2), interval 1 hour),
        ('After the order', 'Pictures', 33.35, interval 9 day),
        ('Adverts for the offer', 'Adverts', 75.10, interval 12 day),
        ('Fair', 'Stand', 210.00, interval 2 day)
) as items (campaign_name, name, amount, after) on campaigns.name = items.campaign_name
"""


def create(database: Database, emails: str) -> None:
    """Create the portal's tables from the world's."""
    ids = {
        "id_of_type": _id("type || coalesce('superseded' || obsoleted_by, filtered::varchar)"),
        "id_of_sent": _id("'SENTfalse'"),
        "id_of_obsoleting": _id("'OPENfalse'"),
    }
    database.execute(_CONTACTS)
    database.execute(_DEALS)
    whens = " ".join(f"when {id_} then '{subject}'" for id_, subject in SUBJECTS.items())
    database.execute(
        _EVENTS.format(
            confirmation=CONFIRMATION,
            survey=SURVEY,
            subjects=f"case campaign_id {whens} end",
            app=_APP,
            emails=f"'{emails}'",
            **ids,
        )
    )
    database.execute(_REPLIES.format(emails=f"'{emails}'"))
    database.execute(_CAMPAIGNS.format(confirmation=CONFIRMATION, survey=SURVEY))
    database.execute(_SPEND)


def _id(what: str) -> str:
    """SQL of an id as HubSpot's, a UUID."""
    return f"md5({what} || number || campaign_id)::uuid"
