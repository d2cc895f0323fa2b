with

kinds as (

    select * from {{ ref('event_kinds') }}

),

rules as (

    select * from {{ ref('catalogue_rules') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

declared as (

    select * from {{ ref('stg_event_files__actions') }}

),

sources as (

    {%- for source in event_sources() %}
    select '{{ source }}' as source
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- What a rule recognises is something that a person did, unless it is a loss.
recognised as (

    select
        rules.source,
        rules.event_name,
        max(case when types.polarity = 'negative' then 0 else 1 end) = 1 as is_person_action
    from rules
    inner join types on rules.micro_conversion = types.micro_conversion
    group by rules.source, rules.event_name

),

-- A name of another source means the same.
named_anywhere as (

    select
        event_name,
        max(case when is_person_action then 1 end) = 1 as is_person_action,
        min(event_rank) as event_rank
    from (
        select
            event_name,
            is_person_action,
            event_rank
        from kinds
        union all
        select
            recognised.event_name,
            recognised.is_person_action,
            cast(null as smallint) as event_rank
        from recognised
        inner join sources on recognised.source = sources.source
    ) as named
    group by event_name

),

named as (

    select
        feed as reporter,
        event_name,
        is_person_action,
        1 as precedence
    from declared
    union all
    select
        source,
        event_name,
        is_person_action,
        2 as precedence
    from kinds
    union all
    select
        source,
        event_name,
        is_person_action,
        3 as precedence
    from recognised
    union all
    select
        sources.source,
        named_anywhere.event_name,
        named_anywhere.is_person_action,
        4 as precedence
    from named_anywhere
    cross join sources

),

ranked as (

    select
        *,
        row_number() over (partition by reporter, event_name order by precedence) as place
    from named

)

select
    ranked.reporter,
    ranked.event_name,
    ranked.is_person_action,
    ranked.precedence,
    coalesce(kinds.event_rank, named_anywhere.event_rank) as event_rank
from ranked
left join kinds on ranked.reporter = kinds.source and ranked.event_name = kinds.event_name
left join named_anywhere on ranked.event_name = named_anywhere.event_name
where ranked.place = 1
