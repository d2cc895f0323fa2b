with

action_counts as (

    select * from {{ ref('stg_smaily__action_counts') }}

),

statistics as (

    select * from {{ ref('stg_smaily__split_test_statistics') }}

),

split_tests as (

    select * from {{ ref('stg_smaily__split_tests') }}

),

arms as (

    select
        action_counts.campaign_id,
        action_counts.campaign_name,
        sum(case when action_counts.action = 'send' then action_counts.actions else 0 end) as sends,
        sum(case when action_counts.action = 'view' then action_counts.actions else 0 end) as views,
        sum(case when action_counts.action = 'click' then action_counts.actions else 0 end) as clicks,
        sum(case when action_counts.action = 'bounce' then action_counts.actions else 0 end) as bounces,
        sum(case when action_counts.action = 'optout' then action_counts.actions else 0 end) as unsubscribes
    from action_counts
    inner join split_tests on action_counts.campaign_id = split_tests.campaign_id
    where action_counts.campaign_name is not null
    group by action_counts.campaign_id, action_counts.campaign_name

),

-- Where the sections have the name of the test, it is not the name of an arm.
named_sections as (

    select
        campaign_id,
        campaign_name,
        min(section_position) as section_position
    from statistics
    group by campaign_id, campaign_name
    having count(*) = 1

),

named_arms as (

    select
        arms.campaign_id,
        arms.campaign_name,
        named_sections.section_position
    from arms
    inner join named_sections
        on
            arms.campaign_id = named_sections.campaign_id
            and arms.campaign_name = named_sections.campaign_name

),

pairs as (

    select
        arms.campaign_id,
        arms.campaign_name,
        statistics.section_position,
        abs(arms.sends - statistics.total_count) + abs(arms.views - statistics.view_count)
        + abs(arms.clicks - statistics.click_count) + abs(arms.bounces - statistics.bounce_count)
        + abs(arms.unsubscribes - statistics.unsubscribe_count) as difference,
        statistics.total_count + statistics.view_count + statistics.click_count as section_size
    from arms
    inner join statistics on arms.campaign_id = statistics.campaign_id
    left join named_arms as named_names
        on arms.campaign_id = named_names.campaign_id and arms.campaign_name = named_names.campaign_name
    left join named_arms as named_positions
        on
            statistics.campaign_id = named_positions.campaign_id
            and statistics.section_position = named_positions.section_position
    where named_names.campaign_id is null and named_positions.campaign_id is null

),

compared_pairs as (

    select
        *,
        row_number() over (
            partition by campaign_id, campaign_name order by difference, section_position
        ) as rank_of_section,
        row_number() over (
            partition by campaign_id, section_position order by difference, campaign_name
        ) as rank_of_arm,
        lead(difference) over (
            partition by campaign_id, campaign_name order by difference, section_position
        ) as difference_of_next_section,
        lead(difference) over (
            partition by campaign_id, section_position order by difference, campaign_name
        ) as difference_of_next_arm,
        count(*) over (partition by campaign_id) as pairs
    from pairs

),

-- Log and statistics are read minutes apart, so an arm's counts differ a little from those of its own section. The
-- last arm and the last section without a match belong together.
counted_arms as (

    select
        campaign_id,
        campaign_name,
        section_position
    from compared_pairs
    where
        pairs = 1
        or (
            rank_of_section = 1
            and rank_of_arm = 1
            and difference <= 2 + 0.1 * section_size
            and coalesce(difference_of_next_section, 1000000000) > 1 + 2 * difference
            and coalesce(difference_of_next_arm, 1000000000) > 1 + 2 * difference
        )

),

matched_arms as (

    select
        *,
        'name' as matched_by
    from named_arms
    union all
    select
        *,
        'counts'
    from counted_arms

),

tests_with_statistics as (

    select distinct campaign_id
    from statistics

)

select
    arms.campaign_id,
    arms.campaign_name,
    matched_arms.section_position,
    matched_arms.matched_by,
    tests_with_statistics.campaign_id is not null as has_statistics,
    arms.sends
from arms
left join matched_arms
    on arms.campaign_id = matched_arms.campaign_id and arms.campaign_name = matched_arms.campaign_name
left join tests_with_statistics on arms.campaign_id = tests_with_statistics.campaign_id
