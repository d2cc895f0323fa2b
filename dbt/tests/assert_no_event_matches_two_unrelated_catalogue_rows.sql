{{ config(meta={'dagster': {'ref': {'name': 'int_catalogue_candidates'}}}) }}

with

candidates as (

    select * from {{ ref('int_catalogue_candidates') }}

),

catalogue as (

    select * from {{ ref('micro_conversion_types') }}

),

parents as (

    select
        micro_conversion,
        parent_micro_conversion as ancestor
    from catalogue
    where parent_micro_conversion is not null

),

-- As deep as int_micro_conversion_lineage, which a test holds to be deep enough.
ancestors as (

    {{ transitive_closure('parents', 'micro_conversion', 'ancestor', 5) }}

),

collisions as (

    select
        winner.rule_id,
        loser.rule_id as other_rule_id,
        min(winner.path) as example_path
    from candidates as winner
    inner join candidates as loser
        on
            winner.source = loser.source
            and winner.feed = loser.feed
            and winner.event_name = loser.event_name
            and winner.path = loser.path
            and winner.campaign_key = loser.campaign_key
            and winner.link_role = loser.link_role
            and winner.traffic_medium = loser.traffic_medium
            and winner.passed_tests = loser.passed_tests
    left join ancestors
        on winner.micro_conversion = ancestors.micro_conversion and loser.micro_conversion = ancestors.ancestor
    where
        winner.rule_rank = 1
        and winner.micro_conversion <> loser.micro_conversion
        and ancestors.ancestor is null
        and ';' || coalesce(winner.overrides, '') || ';' not like '%;' || loser.micro_conversion || ';%'
    group by winner.rule_id, loser.rule_id

)

select * from collisions
