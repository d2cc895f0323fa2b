with

steps as (

    select * from {{ ref('int_steps_compared') }}

),

risk_sets as (

    select * from {{ ref('int_step_risk_sets') }}

),

completers as (

    select * from {{ ref('int_step_completers') }}

),

first_conversions as (

    select * from {{ ref('int_first_conversions') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

-- Who takes the step in the very visit in which they convert: where most do, it is a part of converting.
in_converting_visit as (

    select
        steps.micro_conversion,
        count(distinct risk_sets.person_key) as converted_in_visit
    from first_conversions
    inner join micro_conversions on first_conversions.session_id = micro_conversions.session_id
    inner join lineage on micro_conversions.micro_conversion = lineage.micro_conversion
    inner join steps on lineage.counts_as = steps.micro_conversion
    inner join risk_sets on first_conversions.person_key = risk_sets.person_key and steps.offer = risk_sets.offer
    group by steps.micro_conversion

),

-- Whether a person completes or converts counts up to the data's end: no horizon, as in a plain count.
eligible as (

    select
        offer,
        count(*) as eligible,
        count(converted_at) as converted
    from risk_sets
    group by offer

),

completed as (

    select
        micro_conversion,
        count(*) as completers,
        count(converted_at) as completers_converted,
        count(case when is_identified_by_step then 1 end) as completers_identified
    from completers
    group by micro_conversion

)

select
    steps.micro_conversion,
    eligible.eligible,
    eligible.converted,
    coalesce(completed.completers, 0) as completers,
    coalesce(completed.completers_converted, 0) as completers_converted,
    coalesce(in_converting_visit.converted_in_visit, 0) as converted_in_visit,
    coalesce(completed.completers_identified, 0) as completers_identified
from steps
inner join eligible on steps.offer = eligible.offer
left join completed on steps.micro_conversion = completed.micro_conversion
left join in_converting_visit on steps.micro_conversion = in_converting_visit.micro_conversion
