with

counts as (

    select *
    from {{ ref('int_completion_counts') }}
    where person_population = 'known'

),

populations as (

    select * from {{ ref('completion_populations') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

published as (

    select * from {{ ref('int_completion_bands') }}

),

expected as (

    select * from {{ ref('int_expected_bands') }}

),

steps as (

    select * from {{ ref('int_predecessor_counts') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

breaks as (

    select * from {{ ref('int_series_breaks') }}

),

clicks_in_emails as (

    select distinct micro_conversion
    from lineage
    where counts_as = 'email_click'

),

rates as (

    select
        counts.*,
        populations.population,
        populations.exposure,
        types.journey_stage,
        cast(types.commitment_level as integer) as commitment_level,
        coalesce(populations.exposure, populations.population) as denominator
    from counts
    inner join populations on counts.micro_conversion = populations.micro_conversion
    inner join types on counts.micro_conversion = types.micro_conversion
    where counts.eligible > 0

),

by_industry as (

    select
        rates.micro_conversion,
        'industry' as basis,
        published.metric as subject,
        rates.slice_type,
        rates.slice_value,
        cast(null as string) as peer_group,
        cast(null as string) as period,
        cast(null as timestamp) as series_break_at,
        cast(null as string) as series_break_reason,
        case when published.benchmark_counts = 'gross' then rates.eligible_gross else rates.eligible end as n,
        case when published.benchmark_counts = 'gross' then rates.completed_gross else rates.completed end
            as completed,
        published.band_lower,
        published.band_upper,
        published.band_source,
        published.benchmark_ids,
        published.denominators as denominator,
        published.latest_year as benchmark_year
    from rates
    inner join published
        on
            rates.micro_conversion = published.micro_conversion
            and rates.slice_type = published.slice_type
            and rates.slice_value = published.slice_value

),

{%- set placements = [
    ('commitment_level', 'cast(rates.commitment_level as string)'),
    ('journey_placement', "nullif(rates.journey_stage, 'none')"),
] %}
{%- for basis, subject in placements %}

by_{{ basis }} as (

    select
        rates.micro_conversion,
        '{{ basis }}' as basis,
        {{ subject }} as subject,
        rates.slice_type,
        rates.slice_value,
        {{ subject }} || ' of ' || rates.denominator || ' in ' || rates.slice_value as peer_group,
        cast(null as string) as period,
        cast(null as timestamp) as series_break_at,
        cast(null as string) as series_break_reason,
        case when expected.counts = 'gross' then rates.eligible_gross else rates.eligible end as n,
        case when expected.counts = 'gross' then rates.completed_gross else rates.completed end as completed,
        expected.band_lower,
        expected.band_upper,
        expected.band_source,
        expected.benchmark_ids,
        coalesce(expected.denominator, rates.denominator) as denominator,
        expected.benchmark_year
    from rates
    left join expected
        on
            expected.basis = '{{ basis }}'
            and expected.subject = {{ subject }}
            and rates.population = expected.population
            and rates.exposure is not distinct from expected.exposure
    where rates.slice_type in ('overall', 'campaign_kind') and {{ subject }} is not null

),
{%- endfor %}

-- A campaign is a period of its e-mails; a flow sends all the time and is not one. Immature ones are not history yet.
periods as (

    select
        rates.*,
        campaigns.source,
        case when rates.slice_type = 'campaign' then cast(campaigns.sent_at as string) else rates.slice_value end
            as period,
        case when rates.slice_type = 'campaign' then campaigns.sent_at else {{ try_timestamp('rates.slice_value') }} end
            as period_at,
        case
            when rates.population like 'observable_%' then 'open'
            when clicks_in_emails.micro_conversion is not null and rates.population <> 'persons' then 'click'
            else 'any'
        end as counts
    from rates
    left join campaigns on rates.slice_type = 'campaign' and rates.slice_value = campaigns.campaign_key
    left join clicks_in_emails on rates.micro_conversion = clicks_in_emails.micro_conversion
    where
        rates.immature = 0
        and (
            rates.slice_type = 'cohort_month'
            or (
                rates.slice_type = 'campaign' and rates.population <> 'persons' and campaigns.kind <> 'flow'
                and campaigns.sent_at is not null
            )
        )

),

breaks_before as (

    select
        periods.micro_conversion,
        periods.slice_type,
        periods.slice_value,
        breaks.break_at,
        min(breaks.reason) as reason
    from periods
    inner join breaks
        on
            periods.period_at >= breaks.break_at
            and breaks.counts in ('any', periods.counts)
            and coalesce(breaks.source, periods.source, '') = coalesce(periods.source, breaks.source, '')
    group by periods.micro_conversion, periods.slice_type, periods.slice_value, breaks.break_at

),

last_breaks as (

    select * from {{ latest_per_key('breaks_before', ['micro_conversion', 'slice_type', 'slice_value'], 'break_at desc') }} as latest

),

-- A series begins again where it is counted in another way.
by_own_history as (

    select
        periods.micro_conversion,
        'own_history' as basis,
        periods.slice_type as subject,
        periods.slice_type,
        periods.slice_value,
        periods.micro_conversion || ' by ' || periods.slice_type
        || coalesce(' since ' || cast(last_breaks.break_at as string), '') as peer_group,
        periods.period,
        last_breaks.break_at as series_break_at,
        last_breaks.reason as series_break_reason,
        periods.eligible as n,
        periods.completed,
        cast(null as double) as band_lower,
        cast(null as double) as band_upper,
        cast(null as string) as band_source,
        cast(null as string) as benchmark_ids,
        periods.denominator,
        cast(null as integer) as benchmark_year
    from periods
    left join last_breaks
        on
            periods.micro_conversion = last_breaks.micro_conversion
            and periods.slice_type = last_breaks.slice_type
            and periods.slice_value = last_breaks.slice_value

),

-- What exposes a person to a call is the step before it; the step before a click is the open of the same e-mail, of
-- recipients whose opens can be observed.
exposed_by as (

    select
        rates.micro_conversion,
        rates.exposure as subject,
        rates.slice_type,
        rates.slice_value,
        rates.population,
        rates.exposure,
        rates.eligible as n,
        rates.completed
    from rates
    where rates.exposure is not null
    union all
    select
        clicks.micro_conversion,
        opens.micro_conversion as subject,
        clicks.slice_type,
        clicks.slice_value,
        clicks.population,
        clicks.exposure,
        opens.completed as n,
        clicks.completed_observable as completed
    from rates as clicks
    inner join rates as opens
        on
            opens.micro_conversion = 'email_open'
            and clicks.slice_type = opens.slice_type
            and clicks.slice_value = opens.slice_value
    where clicks.micro_conversion = 'email_click' and opens.completed > 0

),

by_predecessor as (

    select
        exposed_by.micro_conversion,
        'predecessor' as basis,
        exposed_by.subject,
        exposed_by.slice_type,
        exposed_by.slice_value,
        cast(null as string) as peer_group,
        cast(null as string) as period,
        cast(null as timestamp) as series_break_at,
        cast(null as string) as series_break_reason,
        exposed_by.n,
        exposed_by.completed,
        expected.band_lower,
        expected.band_upper,
        expected.band_source,
        expected.benchmark_ids,
        expected.denominator,
        expected.benchmark_year
    from exposed_by
    inner join expected
        on
            expected.basis = 'predecessor'
            and exposed_by.subject = expected.subject
            and exposed_by.micro_conversion = expected.micro_conversion
            and exposed_by.population = expected.population
            and exposed_by.exposure is not distinct from expected.exposure
    where exposed_by.slice_type in ('overall', 'campaign_kind', 'campaign')
    union all
    select
        micro_conversion,
        'predecessor' as basis,
        previous_micro_conversion as subject,
        'previous_micro_conversion' as slice_type,
        previous_micro_conversion as slice_value,
        'next is ' || micro_conversion as peer_group,
        cast(null as string) as period,
        cast(null as timestamp) as series_break_at,
        cast(null as string) as series_break_reason,
        persons as n,
        continued as completed,
        cast(null as double) as band_lower,
        cast(null as double) as band_upper,
        cast(null as string) as band_source,
        cast(null as string) as benchmark_ids,
        'persons who took the step before' as denominator,
        cast(null as integer) as benchmark_year
    from steps

)

{% for basis in ['industry', 'commitment_level', 'journey_placement', 'own_history', 'predecessor'] -%}
select * from by_{{ basis }}
{{ 'union all' if not loop.last }}
{% endfor %}
