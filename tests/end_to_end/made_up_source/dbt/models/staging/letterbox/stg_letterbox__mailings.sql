with

letters as (

    select * from {{ ref('stg_letterbox__rows') }}

)

select
    campaign_key,
    cast(null as bigint) as campaign_id,
    min(mailing) as campaign_name,
    'campaign' as kind,
    {{ no_list_of_texts() }} as tags,
    min(occurred_at) as created_at,
    min(occurred_at) as sent_at,
    'sent' as status,
    cast(null as varchar) as trigger_type,
    campaign_key as email_id,
    cast(null as varchar) as variant,
    min(mailing) as subject
from letters
group by campaign_key
