with

features as (

    select * from {{ ref('int_machine_features') }}

),

rules as (

    select * from {{ ref('machine_rules') }}

),

rule_tests as (

    select
        features.event_id,
        rules.points,
        rules.reason,
        rules.operator,
        rules.threshold,
        case rules.feature
            when 'agent' then lower(features.agent)
            when 'ip_address' then features.ip_address
            when 'seconds_since_send' then cast(features.seconds_since_send as string)
            when 'links_in_burst' then cast(features.links_in_burst as string)
            when 'link_share_in_burst' then cast(features.link_share_in_burst as string)
            when 'has_visit' then cast(features.has_visit as string)
        end as value
    from features
    inner join rules on features.source = rules.source and features.event_name = rules.event_name

),

passed_tests as (

    select
        event_id,
        points,
        reason
    from rule_tests
    where {{ passes('value', 'operator', 'threshold') }}

),

scored as (

    select
        event_id,
        sum(points) as points,
        {{ joined_text('case when points > 0 then reason end', '; ', 'points desc, reason') }} as machine_reason
    from passed_tests
    group by event_id

)

select
    event_id,
    points,
    points >= {{ var('machine_threshold') }} as is_machine,
    machine_reason
from scored
