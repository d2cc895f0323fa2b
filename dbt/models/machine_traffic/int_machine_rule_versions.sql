{{ config(materialized='incremental', full_refresh=false) }}

with

rules as (

    select * from {{ ref('machine_rules') }}

),

earlier_versions as (

    select * from {{ previous_build('int_machine_rule_versions', {
        'source': 'string', 'rules_key': 'bigint', 'version': 'integer', 'built_at': 'timestamp',
    }, is_lasting=true) }}

),

rules_by_source as (

    select
        source,
        max(version) as version,
        {{ joined_text(
            "concat_ws('|', rule_id, event_name, feature, operator, threshold, points, machine, version)", '; ', 'rule_id'
        ) }} as rules
    from rules
    group by source

),

present_versions as (

    select
        source,
        {{ stable_key(['rules', "'" ~ var('machine_threshold') ~ "'"]) }} as rules_key,
        version
    from rules_by_source

),

last_versions as (

    select * from {{ latest_per_key('earlier_versions', ['source'], 'built_at desc') }} as latest

)

-- Only a change is recorded.
select
    present_versions.source,
    present_versions.rules_key,
    cast(present_versions.version as integer) as version,
    {{ build_began_at() }} as built_at
from present_versions
left join last_versions on present_versions.source = last_versions.source
where present_versions.rules_key is distinct from last_versions.rules_key
