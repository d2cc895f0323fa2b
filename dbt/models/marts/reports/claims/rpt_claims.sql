{#- What a claim says of hours is a share here: as many clicks as three hours of a day would have by themselves. -#}
{%- set evenly = '3 / 24.0' -%}
with

claims as (

    select * from {{ ref('claims') }}

),

figures as (

    select * from {{ ref('int_claim_figures') }}

),

-- The span that supports a claim, and the value at which there would be nothing to it.
spans as (

    select
        claims.*,
        case when claims.unit = 'hour_of_day' then {{ evenly }} else claims.expected_low end as span_low,
        case when claims.unit <> 'hour_of_day' then claims.expected_high end as span_high,
        case claims.unit when 'ratio' then 1.0 when 'relative_change' then 0.0 end as nothing_at
    from claims

),

judged as (

    select
        spans.*,
        figures.mart,
        figures.row_description,
        coalesce(figures.n, 0) as n,
        figures.n_of,
        figures.estimate,
        figures.lower,
        figures.upper,
        figures.method,
        figures.claim_id is null as is_not_measured,
        figures.missing,
        {{ claim_verdict('figures.lower', 'figures.upper', 'spans.span_low', 'spans.span_high', 'spans.nothing_at') }}
            as verdict_of_interval
    from spans
    left join figures on spans.claim_id = figures.claim_id

),

verdicts as (

    select
        *,
        case
            when is_not_measured or missing is not null or estimate is null or lower is null or upper is null
                then 'insufficient'
            when n < {{ var('path_minimum_persons') }} and n_of <> 'e-mails' then 'insufficient'
            else verdict_of_interval
        end as verdict
    from judged

)

select
    claim_id,
    claim,
    metric,
    unit,
    expected_low,
    expected_high,
    verdict,
    case
        when verdict <> 'insufficient' then null
        when is_not_measured then 'not yet measured'
        when missing is not null then missing
        when estimate is null or lower is null or upper is null then 'no data'
        when n < {{ var('path_minimum_persons') }} and n_of <> 'e-mails' then 'too few ' || n_of
        else 'the interval is too wide'
    end as reason,
    n,
    n_of,
    estimate,
    lower,
    upper,
    mart,
    row_description,
    case when not is_not_measured then 'observational' end as evidence,
    evidence_grade,
    caveat,
    source,
    method
from verdicts
