{#-
    Sessions: the acts of one person with no gap strictly over `session_timeout_minutes`, never longer than
    `session_cap_hours` from their first act, and never split at midnight.

    `acts` needs person_key, person_hash (a stable number for the person, as person_key may be dealt anew), occurred_at,
    event_rank and event_id. Gives event_id, person_key, session_id and
    session_event_number, one row per act. The id hashes the person and the first event, so it does not depend on the
    order in which the acts arrived; acts of the same instant are ordered by event_rank and event_id.
-#}
{% macro sessionize(acts) -%}
    {{ return(adapter.dispatch('sessionize', 'milepost')(
        acts, var('session_timeout_minutes'), var('session_cap_hours')
    )) }}
{%- endmacro %}


{#-
    One sort, then windows over the whole stream: they need no partition and use a sixth of the processor time of
    `partition by`. They rely on the rows coming in order, so every row is compared with its predecessor.
    A gap-free span that outlasts the cap is cut where an act lies beyond the cap from the last cut: that depends on
    the cut before, hence the recursion, which sees only those rare spans.
-#}
{% macro duckdb__sessionize(acts, timeout_minutes, cap_hours) -%}
    with recursive ordered as (
        select person_key, person_hash, occurred_at, event_rank, event_id
        from {{ acts }}
        order by person_key, occurred_at, event_rank, event_id
    ),

    followed as (
        select
            *,
            row_number() over () as position,
            lag(person_key) over () as previous_person_key,
            lag(occurred_at) over () as previous_occurred_at,
            lag(event_rank) over () as previous_event_rank,
            lag(event_id) over () as previous_event_id
        from ordered
    ),

    positioned as (
        select
            person_key,
            person_hash,
            occurred_at,
            event_id,
            position,
            case
                when
                    previous_event_id is not null
                    and (person_key, occurred_at, event_rank, event_id)
                    < (previous_person_key, previous_occurred_at, previous_event_rank, previous_event_id)
                    then cast(error(
                        'Event ' || event_id || ' reached sessionize out of order; set preserve_insertion_order = true.'
                    ) as boolean)
                else
                    previous_person_key is distinct from person_key
                    or occurred_at - previous_occurred_at > interval '{{ timeout_minutes }} minutes'
            end as follows_gap
        from followed
    ),

    spans as (
        select
            *,
            max(case when follows_gap then position end) over (rows between unbounded preceding and current row) as span,
            arg_max(occurred_at, position) filter (where follows_gap)
                over (rows between unbounded preceding and current row) as span_started_at
        from positioned
    ),

    beyond_cap as (
        select *
        from spans
        where span in (
            select span from spans where occurred_at > span_started_at + interval '{{ cap_hours }} hours'
        )
    ),

    cuts as (
        select span, min(position) as position
        from beyond_cap
        where occurred_at > span_started_at + interval '{{ cap_hours }} hours'
        group by span

        union all

        select later.span, min(later.position) as position
        from cuts
        inner join beyond_cap as cut on cuts.position = cut.position
        inner join beyond_cap as later
            on cut.span = later.span and later.occurred_at > cut.occurred_at + interval '{{ cap_hours }} hours'
        group by later.span
    ),

    starts as (
        select
            *,
            follows_gap or position in (select position from cuts) as is_start
        from spans
    ),

    numbered as (
        select
            event_id,
            person_key,
            position,
            max(case when is_start then position end) over (rows between unbounded preceding and current row) as first_position,
            arg_max(
                case when is_start then {{ stable_key(['person_hash', 'event_id']) }} end, position
            ) filter (where is_start) over (rows between unbounded preceding and current row) as session_id
        from starts
    )

    select
        event_id,
        person_key,
        session_id,
        cast(position - first_position + 1 as integer) as session_event_number
    from numbered
{%- endmacro %}
