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
        rules.machine,
        rules.reason,
        rules.operator,
        rules.threshold,
        case rules.feature
            when 'agent' then lower(features.agent)
            when 'ip_address' then features.ip_address
            when 'seconds_since_send' then {{ number_text('features.seconds_since_send') }}
            when 'links_in_burst' then cast(features.links_in_burst as string)
            when 'link_share_in_burst' then cast(features.link_share_in_burst as string)
            when 'has_visit' then cast(features.has_visit as string)
            when 'is_machine' then features.is_machine
        end as value
    from features
    inner join rules
        on features.source = rules.source and rules.event_name in (features.event_name, features.email_role)

),

passed_tests as (

    select
        event_id,
        points,
        machine,
        reason
    from rule_tests
    where {{ passes('value', 'operator', 'threshold') }}

),

scored as (

    select
        event_id,
        sum(points) as points,
        max(case when machine = 'privacy_proxy' and points > 0 then 1 else 0 end) = 1 as points_to_privacy_proxy,
        {{ joined_text('case when points > 0 then reason end', '; ', 'points desc, reason') }} as machine_reason
    from passed_tests
    group by event_id

)

select
    features.event_id,
    coalesce(scored.points, 0) as points,
    coalesce(scored.points >= {{ var('machine_threshold') }}, false) as is_machine,
    scored.machine_reason,
    coalesce(scored.points_to_privacy_proxy and scored.points >= {{ var('machine_threshold') }}, false)
        as is_privacy_proxy,
    features.has_evidence
from features
left join scored on features.event_id = scored.event_id
