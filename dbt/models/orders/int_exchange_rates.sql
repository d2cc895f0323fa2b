with

seed_rates as (

    select * from {{ ref('exchange_rates') }}

),

file_rates as (

    select * from {{ source('bookkeeping', 'exchange_rates') }}

),

file_base as (

    select min(base_currency) as base_currency from file_rates

),

-- Where both have a rate of one day the file's counts; rates by way of another currency than its base do not mix.
published_rates as (

    select
        rate_date,
        base_currency,
        currency,
        rate
    from file_rates
    union all
    select
        seed_rates.rate_date,
        seed_rates.base_currency,
        seed_rates.currency,
        seed_rates.rate
    from seed_rates
    cross join file_base
    left join file_rates
        on seed_rates.rate_date = file_rates.rate_date and seed_rates.currency = file_rates.currency
    where
        file_rates.currency is null
        and seed_rates.base_currency = coalesce(file_base.base_currency, seed_rates.base_currency)

),

-- The base currency is worth one of itself on every day.
rates as (

    select
        rate_date,
        currency,
        rate
    from published_rates
    union
    select
        rate_date,
        base_currency,
        1
    from published_rates

),

currencies as (

    select distinct currency
    from rates
    where currency <> '{{ var("reporting_currency") }}'

),

-- Days on which the rate of a currency or of the reporting currency changes.
changes as (

    select distinct
        currencies.currency,
        rates.rate_date
    from currencies
    inner join rates
        on currencies.currency = rates.currency or rates.currency = '{{ var("reporting_currency") }}'

),

latest_days as (

    select
        changes.currency,
        changes.rate_date,
        max(case when rates.currency = changes.currency then rates.rate_date end) as currency_day,
        max(case when rates.currency <> changes.currency then rates.rate_date end) as reporting_day
    from changes
    inner join rates
        on
            (changes.currency = rates.currency or rates.currency = '{{ var("reporting_currency") }}')
            and changes.rate_date >= rates.rate_date
    group by changes.currency, changes.rate_date

),

converted as (

    select
        latest_days.currency,
        latest_days.rate_date as valid_from,
        -- A rate by way of the base is as old as the older of both.
        least(latest_days.currency_day, latest_days.reporting_day) as rate_day,
        reporting_rates.rate / currency_rates.rate as rate
    from latest_days
    inner join rates as currency_rates
        on latest_days.currency = currency_rates.currency and latest_days.currency_day = currency_rates.rate_date
    inner join rates as reporting_rates
        on
            reporting_rates.currency = '{{ var("reporting_currency") }}'
            and latest_days.reporting_day = reporting_rates.rate_date

)

select
    currency,
    valid_from,
    lead(valid_from) over (partition by currency order by valid_from) as valid_until,
    rate_day,
    rate
from converted
union all
select
    '{{ var("reporting_currency") }}',
    cast('0001-01-01' as date),
    cast(null as date),
    cast(null as date),
    1
