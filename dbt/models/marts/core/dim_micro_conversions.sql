with

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

rules as (

    select * from {{ ref('catalogue_rules') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

ruled as (

    select
        micro_conversion,
        count(*) as rules,
        max(version) as version,
        {{ joined_text('rule_id', ', ', 'rule_id') }} as rule_ids
    from rules
    group by micro_conversion

),

described as (

    select
        catalogue.micro_conversion,
        catalogue.label,
        catalogue.parent_micro_conversion,
        catalogue.polarity,
        catalogue.journey_stage,
        catalogue.funnel_position,
        catalogue.commitment_level,
        catalogue.signal_kind,
        catalogue.source_system,
        catalogue.example_signal,
        catalogue.builds_up_to,
        catalogue.note,
        catalogue.source,
        cast(coalesce(ruled.rules, 0) as integer) as rules,
        ruled.rule_ids,
        ruled.version,
        coalesce(observable.is_observable, false) as is_observable
    from catalogue
    left join ruled on catalogue.micro_conversion = ruled.micro_conversion
    left join observable on catalogue.micro_conversion = observable.micro_conversion

)

select * from described
