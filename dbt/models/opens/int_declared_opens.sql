with

declared as (

    {%- for source in open_evidence_models() %}
    select
        {{ recipient('events') }} as recipient,
        email_id,
        opens_observable,
        opens_observable_reason
    from {{ ref('stg_' ~ source ~ '__events') }} as events
    where coalesce(contact_key, user_id) is not null and email_id is not null and opens_observable is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

-- What speaks against it outweighs what speaks for it.
select
    recipient,
    email_id,
    case
        when max(case when opens_observable = 'no' then 1 else 0 end) = 1 then 'no'
        when max(case when opens_observable = 'unknown' then 1 else 0 end) = 1 then 'unknown'
        else 'yes'
    end as opens_observable,
    min(case when opens_observable = 'no' then opens_observable_reason end) as opens_observable_reason
from declared
group by recipient, email_id
