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

observed_events as (

    select distinct
        source,
        micro_conversion
    from events

),

-- A page, form or campaign that a rule requires may not exist at all; an event that a vendor always reports is
-- missing only because it did not happen. Of what is unwanted (a hard bounce), none is good news, not a gap.
always_reported as (

    select distinct rules.micro_conversion
    from rules
    inner join types on rules.micro_conversion = types.micro_conversion
    inner join kinds on rules.source = kinds.source and rules.event_name = kinds.event_name
    where
        rules.source in (select source from observed_events)
        and (
            types.polarity = 'negative'
            or coalesce(
                rules.url_pattern, rules.campaign_tag, rules.link_role, rules.traffic_medium, rules.property_field
            ) is null
        )

),

directly_observable as (

    select micro_conversion
    from observed_events
    where micro_conversion is not null

    union

    select micro_conversion
    from always_reported

),

observable_micro_conversions as (

    select distinct lineage.counts_as as micro_conversion
    from lineage
    inner join directly_observable on lineage.micro_conversion = directly_observable.micro_conversion

),

micro_conversions_with_rule as (

    select distinct lineage.counts_as as micro_conversion
    from lineage
    inner join rules on lineage.micro_conversion = rules.micro_conversion

)

select
    types.micro_conversion,
    micro_conversions_with_rule.micro_conversion is not null as has_rule,
    observable_micro_conversions.micro_conversion is not null as is_observable
from types
left join micro_conversions_with_rule on types.micro_conversion = micro_conversions_with_rule.micro_conversion
left join observable_micro_conversions on types.micro_conversion = observable_micro_conversions.micro_conversion
