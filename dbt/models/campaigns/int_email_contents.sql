with

emails as (

    select * from {{ ref('int_emails') }}

),

seed_contents as (

    select * from {{ ref('email_contents') }}

),

file_contents as (

    select * from {{ source('bookkeeping', 'email_contents') }}

),

unioned as (

    {%- for relation in ['file_contents', 'seed_contents'] %}
    select
        campaign_id,
        variant,
        preview_text,
        cta_count,
        cta_wording,
        cta_landing_pages,
        is_personalised,
        {{ loop.index }} as precedence
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- The file counts before the seed, what names the key before what names the service's id.
matched as (

    select
        emails.email_id,
        unioned.preview_text,
        unioned.cta_count,
        unioned.cta_wording,
        unioned.cta_landing_pages,
        unioned.is_personalised,
        row_number() over (
            partition by emails.email_id
            order by unioned.precedence, case when unioned.campaign_id = emails.campaign_key then 1 else 2 end
        ) as content_rank
    from emails
    inner join unioned
        on
            unioned.campaign_id in (emails.campaign_key, emails.campaign_id)
            and coalesce(emails.variant, '') = coalesce(unioned.variant, '')

)

select
    email_id,
    preview_text,
    cta_count,
    cta_wording,
    cta_landing_pages,
    is_personalised
from matched
where content_rank = 1
