"""A world of any size, generated in SQL: mailings, visits, purchases, scanners, hits without identifiers."""

import duckdb

EVENTS_PER_PERSON = 40
EVENTS_PER_OCCASION = 6.2  # of the mixture below
DAYS = 180
CAMPAIGNS = 200

# An occasion is a mailing to one person (ignored, opened or clicked) or a visit without one. Every value of
# an occasion and of an event is a hash of its number, so that worlds of the same size are equal.
_OCCASIONS = """
create table world.occasions as
with drawn as (
    select
        i as occasion,
        hash(i, 1) % 1000000 / 1e6 as who,
        hash(i, 2) % 1000 as kind_draw,
        hash(i, 3) % 1000000 / 1e6 as time_draw,
        hash(i, 4) % {campaigns} as campaign,
        1 + least(60, floor(-ln((1 + hash(i, 5) % 999999) / 1e6) * 8))::integer as visit_length
    from range({occasions}) as numbers(i)
)

select
    occasion,
    1 + floor({persons} * pow(who, 1.4))::integer as person,
    campaign,
    kind_draw < 600 as is_mailing,
    kind_draw >= 985 as is_anonymous,
    case when kind_draw < 300 then 1 when kind_draw < 450 then 3 when kind_draw < 600 then 4 else 0 end
        as mail_events,
    case when kind_draw < 450 then 0 else visit_length end as visit_length,
    timestamp '2026-05-01' + to_seconds(case
        when kind_draw < 600 then campaign * {days} / {campaigns} * 86400 + time_draw * 7200
        else time_draw * {days} * 86400
    end::bigint) as began_at
from drawn
"""

# An opened mailing is a send and two opens; a clicked one has also a click and a visit; some are by scanners.
_EVENTS = """
create table world.events as
with placed as (
    select
        occasions.*,
        positions.position,
        hash(occasion, position, 6) % 1000 as draw,
        hash(occasion, position, 7) % 5000 as item
    from world.occasions as occasions
    cross join lateral (select unnest(range(mail_events + visit_length)) as position) as positions
    limit {events}
),

named as (
    select
        *,
        case
            when position < mail_events then ['send', 'view', 'view', 'click'][(position + 1)::int]
            when position = mail_events or draw < 450 then 'page_view'
            when draw < 600 then 'view_item'
            when draw < 650 then 'view_item_list'
            when draw < 750 then 'user_engagement'
            when draw < 850 then 'scroll'
            when draw < 920 then 'add_to_cart'
            when draw < 945 then 'add_to_wishlist'
            when draw < 965 then 'begin_checkout'
            when draw < 980 then 'purchase'
            when draw < 990 then 'file_download'
            else 'sign_up'
        end as event_name,
        position < mail_events as is_mail
    from placed
)

select
    (hash(occasion, position) >> 1)::bigint as event_id,
    case when not is_anonymous then person end as person,
    began_at + to_seconds(case
        when position = 0 then 0
        when is_mail then (1 + occasion % 40) * 600 + position * 20
        else if(is_mailing, (1 + occasion % 40) * 600 + 80, 0) + (position - mail_events) * 40 + draw % 41
    end::bigint) as occurred_at,
    if(is_mail, 'smaily', 'google_analytics') as source,
    event_name,
    (case event_name
        when 'send' then 4 when 'view' then 6 when 'click' then 7
        when 'page_view' then 22 when 'view_item' then 24 when 'purchase' then 35 else 26
    end)::smallint as event_rank,
    case event_name
        when 'view' then if(draw < 100, 'repeat_email_open', 'email_open')
        when 'click' then if(draw < 500, 'email_click', 'product_link_click')
        when 'page_view' then case
            when position = mail_events and is_mailing then 'landing_page_visit'
            when draw < 200 then 'product_page_visit'
            when draw < 220 then 'pricing_page_visit'
            when draw < 230 then 'about_page_visit'
        end
        when 'view_item' then 'product_page_visit'
        when 'view_item_list' then 'category_page_visit'
        when 'add_to_cart' then 'cart_add'
        when 'add_to_wishlist' then 'wishlist_add'
        when 'begin_checkout' then 'checkout_start'
        when 'purchase' then 'purchase'
        when 'file_download' then 'resource_download'
        when 'sign_up' then if(draw < 998, 'newsletter_signup', 'account_signup')
    end as micro_conversion,
    (event_name = 'view' and draw % 3 = 0) or (event_name = 'click' and draw % 5 = 0) as is_machine,
    event_name <> 'send' as is_person_action,
    if(is_mail, 'smaily-' || campaign, null) as campaign_key,
    if(is_mail, 'smaily-' || campaign || if(person % 2 = 0, '-a', '-b'), null) as email_id,
    case
        when event_name = 'click' then 'https://shop.example.com/product/' || item
        when not is_mail and position = mail_events and is_mailing
            then '/product/' || item
                || '?utm_source=newsletter&utm_medium=email&utm_campaign=campaign-' || campaign
        when not is_mail
            then '/' || ['product', 'category', 'blog', 'pricing'][(1 + draw % 4)::int] || '/' || item
    end as url,
    case when not is_mail and position = mail_events then if(is_mailing, 'newsletter', 'google') end
        as traffic_source,
    case when not is_mail and position = mail_events then if(is_mailing, 'email', 'organic') end
        as traffic_medium,
    case when not is_mail and position = mail_events and is_mailing then 'campaign-' || campaign end
        as traffic_campaign,
    case when event_name = 'purchase' then (500 + item) / 100.0 end::double as revenue,
    case when event_name = 'purchase' then 'order-' || occasion || '-' || position // 8 end as order_id,
    case when not is_mail then ['mobile', 'desktop', 'tablet'][(1 + person % 3)::int] end as device,
    case when not is_mail then ['Estonia', 'Latvia', 'Finland', 'Sweden'][(1 + person % 4)::int] end
        as country,
    case when event_name = 'user_engagement' then draw % 60 end::double as engagement_seconds,
    case
        when is_mail or draw % 4 = 0
            then '{{"agent": "Mozilla/5.0 (' || draw % 50 || ')", "item": "' || item || '"}}'
    end as properties
from named
"""

_PERSONS = """
create table world.persons as
select
    i::integer as person,
    sha256('person' || i) as contact_key,
    hash(i, 8)::varchar as client_id,
    md5('contact_key:' || sha256('person' || i)) as person_id
from range(1, {persons} + 1) as numbers(i)
"""


def make_world(connection: duckdb.DuckDBPyConnection, events: int) -> int:
    """Fill schema `world` with `events` events; returns the number of persons."""
    persons = max(10, events // EVENTS_PER_PERSON)
    connection.execute("create schema world")
    for statement in (_OCCASIONS, _EVENTS, _PERSONS):
        connection.execute(
            statement.format(
                events=events,
                occasions=int(events / EVENTS_PER_OCCASION * 1.1) + 10,
                persons=persons,
                days=DAYS,
                campaigns=CAMPAIGNS,
            )
        )
    connection.execute("drop table world.occasions")
    return persons
