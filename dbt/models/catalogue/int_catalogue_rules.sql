{#- Parameters of a hit besides its name and page; GA4 gives them in a separate report. -#}
{% set hit_parameters = ['link_url', 'file_name', 'video_title', 'method', 'form_id'] %}

with

rules as (

    select * from {{ ref('catalogue_rules') }}

),

thresholds as (

    select * from {{ ref('catalogue_thresholds') }}

),

rules_with_thresholds as (

    select
        rule_id,
        micro_conversion,
        source,
        event_name,
        url_pattern,
        campaign_tag,
        link_role,
        traffic_medium,
        property_field,
        property_operator,
        case
            when thresholds.threshold is null then rules.property_value
            else thresholds.value
        end as property_value,
        priority,
        overrides,
        version,
        coalesce(property_field in ({{ "'" ~ hit_parameters | join("', '") ~ "'" }}), false) as reads_parameters,
        -- Rules that test a property share a bit with every rule that tests the same.
        case
            when property_field is not null
                then dense_rank() over (
                    partition by event_name, property_field is null
                    order by source nulls last, property_field, property_operator, property_value nulls last
                ) - 1
        end as test_bit
    from rules
    left join thresholds on rules.property_value = thresholds.threshold

)

select * from rules_with_thresholds
