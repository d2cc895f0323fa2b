with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

clicked_slugs as (

    {{ union_of_email_models('campaign_slugs', ['campaign_slug', 'campaign_key', 'first_clicked_at']) }}

),

-- Letters of English alone may be left of different names.
ambiguous_slugs as (

    select {{ ascii_slug('campaign_name') }} as ascii_slug
    from campaigns
    group by {{ ascii_slug('campaign_name') }}
    having count(distinct {{ slug('campaign_name') }}) > 1

),

-- What the links say outweighs what the campaign's name would make; of two campaigns whose links have the same slug
-- the earlier has it.
candidates as (

    select
        source,
        campaign_slug,
        campaign_key,
        1 as precedence,
        first_clicked_at
    from clicked_slugs
    where campaign_key is not null
    union all
    select
        source,
        {{ slug('campaign_name') }},
        campaign_key,
        2,
        null
    from campaigns
    where campaign_name is not null
    union all
    select
        source,
        campaign_name,
        campaign_key,
        3,
        null
    from campaigns
    where campaign_name is not null
    union all
    select
        source,
        {{ slug('campaign_slug') }},
        campaign_key,
        4,
        first_clicked_at
    from clicked_slugs
    where campaign_key is not null
    union all
    select
        source,
        {{ ascii_slug('campaign_name') }},
        campaign_key,
        5,
        null
    from campaigns
    where
        {{ ascii_slug('campaign_name') }} <> ''
        and {{ ascii_slug('campaign_name') }} not in (
            select ascii_slug from ambiguous_slugs
            where ascii_slug is not null
        )

),

candidates_of_accounts as (

    select
        *,
        {{ account_of_campaign('source', 'campaign_key') }} as account
    from candidates

),

best as (

    select *
    from {{ latest_per_key(
        'candidates_of_accounts', ['campaign_slug'], 'precedence, first_clicked_at nulls last, campaign_key'
    ) }} as earliest

),

-- Accounts of one source send campaigns of one name, and the earlier one would have what the others earn. Which one a
-- visit is of only the person's own click says, whose campaign the session has.
shared_by_accounts as (

    select distinct best.campaign_slug
    from best
    inner join candidates_of_accounts as others
        on
            best.campaign_slug = others.campaign_slug
            and best.source = others.source
            and best.precedence = others.precedence
            and best.account <> others.account

)

select
    best.campaign_slug,
    case when shared_by_accounts.campaign_slug is null then best.campaign_key end as campaign_key
from best
left join shared_by_accounts on best.campaign_slug = shared_by_accounts.campaign_slug
