{#- Who completed the goal of an e-mail in time: in that e-mail, or wherever it is done outside of e-mails. -#}
with

exposures as (

    select * from {{ ref('int_email_exposures') }}

),

traits as (

    select * from {{ ref('int_email_traits') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

micro_conversions as (

    select * from {{ ref('fct_micro_conversions') }}

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}

),

clicks as (

    select * from {{ ref('int_email_completions') }}
    where micro_conversion = 'email_click' and is_human

),

acts as (

    select
        person_key,
        email_id,
        occurred_at,
        micro_conversion
    from micro_conversions
    union all
    select
        person_key,
        null,
        occurred_at,
        macro_conversion
    from macro_conversions
    where person_key is not null

),

goal_acts as (

    select distinct
        acts.person_key,
        acts.email_id,
        acts.occurred_at,
        lineage.counts_as as goal
    from acts
    inner join lineage on acts.micro_conversion = lineage.micro_conversion
    where lineage.counts_as in (
        select goal from traits
        where goal is not null and goal <> 'email_click'
    )

),

in_the_email as (

    select
        exposures.person_key,
        exposures.email_id
    from exposures
    inner join traits on exposures.email_id = traits.email_id
    inner join goal_acts
        on
            exposures.person_key = goal_acts.person_key
            and exposures.email_id = goal_acts.email_id
            and traits.goal = goal_acts.goal
    where
        goal_acts.occurred_at >= exposures.sent_at
        and goal_acts.occurred_at <= {{ plus_days('exposures.sent_at', var('email_response_days')) }}

),

elsewhere as (

    select
        exposures.person_key,
        exposures.email_id
    from exposures
    inner join traits on exposures.email_id = traits.email_id
    inner join goal_acts on exposures.person_key = goal_acts.person_key and traits.goal = goal_acts.goal
    where
        goal_acts.email_id is null
        and goal_acts.occurred_at >= exposures.sent_at
        and goal_acts.occurred_at <= {{ plus_days('exposures.sent_at', var('email_response_days')) }}

)

select
    clicks.person_key,
    clicks.email_id
from clicks
inner join traits on clicks.email_id = traits.email_id
where traits.goal = 'email_click'
union
select
    person_key,
    email_id
from in_the_email
union
select
    person_key,
    email_id
from elsewhere
