{{ config(materialized='view') }}

{%- set columns = [
    'contact_key', 'is_unsubscribed', 'created_at', 'subscribed_at', 'unsubscribed_at', 'has_bounced',
    'has_complained', 'country', 'time_zone',
] %}

with

listed as (

    {{ union_of_email_models('contacts', columns) }}

),

-- Of several accounts of a source each has its own say of an address. An undated refusal is later than anything.
refusals as (

    select
        source,
        contact_key,
        case when count(*) = count(unsubscribed_at) then max(unsubscribed_at) end as refused_at
    from listed
    where is_unsubscribed
    group by source, contact_key

)

select
    listed.source,
    listed.contact_key,
    listed.is_unsubscribed
    or (refusals.contact_key is not null and coalesce(listed.subscribed_at > refusals.refused_at, false) = false)
        as is_unsubscribed,
    refusals.contact_key is not null as is_refused,
    {% for column in columns[2:] -%}
    listed.{{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from listed
left join refusals on listed.source = refusals.source and listed.contact_key = refusals.contact_key
