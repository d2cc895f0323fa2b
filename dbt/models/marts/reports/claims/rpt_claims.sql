with

claims as (

    select * from {{ ref('claims') }}

),

figures as (

    select * from {{ ref('int_claim_figures') }}

),

-- The span that supports a claim, and the value at which there would be nothing to it. What a claim says of hours is
-- measured as a ratio: of the share of clicks in them to the share of deliveries.
spans as (

    select
        claims.*,
        case when claims.unit = 'hour_of_day' then 1.0 else claims.expected_low end as span_low,
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
        figures.q_value,
        figures.claim_id is null as is_not_measured,
        figures.missing,
        {{ claim_verdict('figures.lower', 'figures.upper', 'spans.span_low', 'spans.span_high', 'spans.nothing_at') }}
            as verdict_of_interval,
        coalesce(figures.q_value > 0.05, false) as may_be_chance
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
            -- A span is contradicted where it is excluded, whether or not there is any difference; an order by a difference.
            when may_be_chance and (verdict_of_interval <> 'contradicted' or span_low is null or span_high is null)
                then 'insufficient'
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
        when may_be_chance then 'no clear difference among so many comparisons'
        else 'the interval is too wide'
    end as reason,
    n,
    n_of,
    estimate,
    lower,
    upper,
    q_value,
    mart,
    row_description,
    case when not is_not_measured then 'observational' end as evidence,
    evidence_grade,
    caveat,
    source,
    method
from verdicts
