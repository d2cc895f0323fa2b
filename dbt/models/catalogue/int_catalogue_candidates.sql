with

signatures as (

    select * from {{ ref('int_event_signatures') }}

),

rules as (

    select * from {{ ref('int_catalogue_rules') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

distinct_signatures as (

    select
        source,
        feed,
        event_name,
        path,
        campaign_key,
        link_role,
        traffic_medium,
        passed_tests,
        count(*) as events
    from signatures
    group by source, feed, event_name, path, campaign_key, link_role, traffic_medium, passed_tests

),

matched_rules as (

    select
        distinct_signatures.*,
        rules.rule_id,
        rules.micro_conversion,
        rules.overrides,
        rules.priority,
        rank() over (
            partition by
                distinct_signatures.source, distinct_signatures.feed, distinct_signatures.event_name,
                distinct_signatures.path, distinct_signatures.campaign_key, distinct_signatures.link_role,
                distinct_signatures.traffic_medium, distinct_signatures.passed_tests
            order by rules.priority desc, rules.rule_id
        ) as rule_rank
    from distinct_signatures
    inner join rules
        on
            (distinct_signatures.source = rules.source or distinct_signatures.feed = rules.source)
            and distinct_signatures.event_name = rules.event_name
            and {{ fits_glob('distinct_signatures.path', 'rules.url_pattern') }}
            and {{ fits_glob('distinct_signatures.link_role', 'rules.link_role') }}
            and (rules.traffic_medium is null or distinct_signatures.traffic_medium = rules.traffic_medium)
            and (rules.test_bit is null or {{ has_bit('distinct_signatures.passed_tests', 'rules.test_bit') }})
    left join campaigns on distinct_signatures.campaign_key = campaigns.campaign_key
    where rules.campaign_tag is null or {{ list_holds('campaigns.tags', 'rules.campaign_tag') }}

)

select * from matched_rules
