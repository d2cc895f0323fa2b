with

types as (

    select * from {{ ref('micro_conversion_types') }}

),

rules as (

    select * from {{ ref('catalogue_rules') }}

),

kinds as (

    select * from {{ ref('event_kinds') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

seen as (

    select distinct
        source,
        micro_conversion
    from events

),

-- A page, form or campaign that a rule asks for may not be there at all; an event that a vendor always reports is
-- missing only because nobody did it. Of what nobody wants (a hard bounce), none is good news and no gap.
reported as (

    select distinct rules.micro_conversion
    from rules
    inner join types on rules.micro_conversion = types.micro_conversion
    inner join kinds on rules.source = kinds.source and rules.event_name = kinds.event_name
    where
        rules.source in (select source from seen)
        and (
            types.polarity = 'negative'
            or coalesce(
                rules.url_pattern, rules.campaign_tag, rules.link_role, rules.traffic_medium, rules.property_field
            ) is null
        )

),

told as (

    select micro_conversion
    from seen
    where micro_conversion is not null

    union

    select micro_conversion
    from reported

),

observable as (

    select distinct lineage.counts_as as micro_conversion
    from lineage
    inner join told on lineage.micro_conversion = told.micro_conversion

),

ruled as (

    select distinct lineage.counts_as as micro_conversion
    from lineage
    inner join rules on lineage.micro_conversion = rules.micro_conversion

)

select
    types.micro_conversion,
    ruled.micro_conversion is not null as has_rule,
    observable.micro_conversion is not null as is_observable
from types
left join ruled on types.micro_conversion = ruled.micro_conversion
left join observable on types.micro_conversion = observable.micro_conversion
