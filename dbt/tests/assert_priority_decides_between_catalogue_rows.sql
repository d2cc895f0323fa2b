{{ config(meta={'dagster': {'ref': {'name': 'int_catalogue_candidates'}}}) }}

select
    first_rule.rule_id,
    second_rule.rule_id as other_rule_id
from {{ ref('int_catalogue_candidates') }} as first_rule
inner join {{ ref('int_catalogue_candidates') }} as second_rule
    on
        first_rule.source = second_rule.source
        and first_rule.feed = second_rule.feed
        and first_rule.event_name = second_rule.event_name
        and first_rule.path = second_rule.path
        and first_rule.campaign_key = second_rule.campaign_key
        and first_rule.link_role = second_rule.link_role
        and first_rule.traffic_medium = second_rule.traffic_medium
        and first_rule.passed_tests = second_rule.passed_tests
        and first_rule.priority = second_rule.priority
        and first_rule.micro_conversion < second_rule.micro_conversion
where first_rule.rule_rank = 1 or second_rule.rule_rank = 1
