{{ config(materialized='incremental', full_refresh=false) }}
-- depends_on: {{ ref('int_affected_identifiers') }}

with

identifiers as (

    select * from {{ delta('int_person_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

history as (

    {%- if is_incremental() and is_full_build() %}
    select *
    from {{ this }}
    {%- elif is_incremental() %}
    select history.*
    from {{ this }} as history
    inner join {{ ref('int_affected_identifiers') }} as affected_identifiers
        on
            history.identifier_kind = affected_identifiers.identifier_kind
            and history.identifier = affected_identifiers.identifier
    {%- else %}
    select
        cast(null as string) as identifier_kind,
        cast(null as string) as identifier,
        cast(null as string) as person_id,
        cast(null as timestamp) as changed_at
    where false
    {%- endif %}

),

known as (

    select
        identifier_kind,
        identifier,
        max_by(coalesce(person_id, ''), changed_at) as person_id
    from history
    group by identifier_kind, identifier

),

changed as (

    select
        coalesce(identifiers.identifier_kind, known.identifier_kind) as identifier_kind,
        coalesce(identifiers.identifier, known.identifier) as identifier,
        nullif(known.person_id, '') as person_id_before,
        identifiers.person_id
    from identifiers
    full join known
        on identifiers.identifier_kind = known.identifier_kind and identifiers.identifier = known.identifier
    where coalesce(identifiers.person_id, '') <> coalesce(known.person_id, '')

),

-- An id that went as a whole to one other was merged into it.
persons_before as (

    select
        changed.person_id_before,
        count(distinct changed.person_id) = 1 and max(identifiers.person_id) is null as is_merged
    from changed
    left join identifiers on changed.person_id_before = identifiers.person_id
    where changed.person_id_before is not null
    group by changed.person_id_before

),

linked as (

    select
        left_kind as identifier_kind,
        left_identifier as identifier,
        is_declared,
        sessions,
        first_seen_at
    from edges
    where verdict = 'same_person'
    union all
    select
        right_kind,
        right_identifier,
        is_declared,
        sessions,
        first_seen_at
    from edges
    where verdict = 'same_person'

),

-- The latest, and of those of one instant the strongest.
links as (

    select
        identifier_kind,
        identifier,
        first_seen_at as evidence_at,
        case
            when is_declared then 'declared'
            when sessions >= {{ var('identity_minimum_sessions') }} then 'repeated'
            else 'best_key'
        end as evidence
    from {{ latest_per_key(
        'linked', ['identifier_kind', 'identifier'],
        'first_seen_at desc nulls last, is_declared desc nulls last, sessions desc nulls last'
    ) }} as latest

)

select
    changed.identifier_kind,
    changed.identifier,
    {{ build_began_at() }} as changed_at,
    changed.person_id_before,
    changed.person_id,
    case
        when changed.person_id is null then 'gone'
        when changed.person_id_before is null then 'new'
        when persons_before.is_merged then 'merge'
        else 'split'
    end as change,
    links.evidence,
    links.evidence_at
from changed
left join persons_before on changed.person_id_before = persons_before.person_id_before
left join links on changed.identifier_kind = links.identifier_kind and changed.identifier = links.identifier
