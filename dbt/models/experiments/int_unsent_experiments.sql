with

events as (

    select * from {{ ref('fct_events') }}
    where experiment is not null and variant is not null and person_key is not null

),

assignments as (

    select * from {{ ref('int_experiment_assignments') }}

)

-- What else than an e-mail's event names an arm assigns persons to it.
select
    experiment,
    variant,
    min(campaign_key) as campaign_key
from events
where experiment not in (select assignments.experiment from assignments)
group by experiment, variant
