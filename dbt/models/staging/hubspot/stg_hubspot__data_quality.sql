with

source as (

    select * from {{ source('hubspot', 'won_deals') }}

),

all_deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

totals as (

    select
        {{ account_of() }} as account,
        {{ partition_day() }} as day,
        upper(coalesce({{ clean_text('deal_currency_code') }}, {{ clean_text('home_currency') }}, 'no currency')) as currency,
        count(*) as deals,
        coalesce(sum(cast({{ hubspot_amount('amount') }} as decimal(38, 4))), 0) as revenue
    from {{ latest_per_key('source', ['id', '_partition']) }} as latest
    group by
        {{ account_of() }},
        {{ partition_day() }},
        upper(coalesce({{ clean_text('deal_currency_code') }}, {{ clean_text('home_currency') }}, 'no currency'))

),

loaded_days as (

    select distinct
        {{ account_of('partition') }} as account,
        {{ partition_day('partition') }} as day
    from {{ source('bookkeeping', 'loads') }}
    where {{ source_of_ledger() }} = 'hubspot' and stream = 'won_deals'

),

latest as (

    select
        account,
        {{ plus_days('max(day)', -30) }} as before
    from loaded_days
    group by account

),

-- Totals are read again for 30 days, deals whenever they are modified or deleted: of older days they differ rightly.
days as (

    select
        loaded_days.account,
        loaded_days.day
    from loaded_days
    inner join latest on loaded_days.account = latest.account and loaded_days.day > latest.before

),

loaded as (

    select
        deals.account,
        cast(deals.closed_at as date) as day,
        coalesce(deals.currency, 'NO CURRENCY') as currency,
        count(*) as deals,
        coalesce(sum(cast(deals.amount as decimal(38, 4))), 0) as revenue
    from all_deals as deals
    inner join days on deals.account = days.account and cast(deals.closed_at as date) = days.day
    where deals.is_latest and deals.is_deleted = false and deals.is_won
    group by deals.account, cast(deals.closed_at as date), coalesce(deals.currency, 'NO CURRENCY')

),

compared_totals as (

    select totals.*
    from totals
    inner join days on totals.account = days.account and totals.day = days.day

),

compared as (

    select
        coalesce(totals.account, loaded.account) as account,
        coalesce(totals.day, loaded.day) as day,
        coalesce(totals.currency, loaded.currency) as currency,
        coalesce(totals.deals, 0) as total_deals,
        coalesce(loaded.deals, 0) as loaded_deals,
        coalesce(totals.revenue, 0) as total_revenue,
        coalesce(loaded.revenue, 0) as loaded_revenue
    from compared_totals as totals
    full outer join loaded
        on totals.account = loaded.account and totals.day = loaded.day and totals.currency = loaded.currency

)

select
    'unreconciled_revenue' as indicator,
    {{ account_id('account', "'won_deals'") }} as stream,
    day,
    cast(sum(abs(total_revenue - loaded_revenue)) as double) as affected,
    cast(sum(greatest(total_revenue, loaded_revenue)) as double) as total,
    currency as unit
from compared
group by account, day, currency
union all
select
    'unreconciled_orders',
    {{ account_id('account', "'won_deals'") }},
    day,
    cast(sum(abs(total_deals - loaded_deals)) as double),
    cast(sum(greatest(total_deals, loaded_deals)) as double),
    'orders'
from compared
group by account, day
