{#-
    A gap-free span that outlasts the cap is cut where an act lies beyond the cap from the last cut. That depends on the
    cut before: one walk over the instants of each such span, and of no other.
-#}
{% macro spark__sessionize(acts, timeout_minutes, cap_hours, is_physically_ordered, guard) -%}
    {%- set person = 'partition by person_key order by occurred_at, event_rank, event_id' -%}
    {%- set so_far = 'over (partition by person_key order by position rows between unbounded preceding and current row)' -%}
    {%- set cap = (cap_hours * 3600000000) | int -%}
    with positioned_acts as (
        select
            person_key,
            person_hash,
            event_id,
            unix_micros(cast(occurred_at as timestamp_ltz)) as instant,
            row_number() over ({{ person }}) as position
        from {{ acts }}
    ),

    acts_with_gap as (
        select
            *,
            coalesce(
                instant - lag(instant) over (partition by person_key order by position) > {{ timeout_minutes }} * 60000000,
                true
            ) as follows_gap
        from positioned_acts
    ),

    spans as (
        select
            *,
            last_value(case when follows_gap then instant end, true) {{ so_far }} as span_began,
            last_value(case when follows_gap then position end, true) {{ so_far }} as first_position
        from acts_with_gap
    ),

    span_cuts as (
        select
            person_key,
            first_position,
            aggregate(
                array_sort(collect_list(struct(position, instant))),
                named_struct('began', min(span_began), 'cuts', cast(array() as array<int>)),
                (walk, act) -> case
                    when act.instant - walk.began > {{ cap }}
                        then named_struct('began', act.instant, 'cuts', array_append(walk.cuts, act.position))
                    else walk
                end
            ).cuts as cuts
        from spans
        where instant - span_began > {{ cap }}
        group by person_key, first_position
    ),

    acts_with_start as (
        select
            spans.*,
            spans.follows_gap or coalesce(array_contains(span_cuts.cuts, spans.position), false) as begins_session
        from spans
        left join span_cuts
            on spans.person_key = span_cuts.person_key and spans.first_position = span_cuts.first_position
    )

    select
        event_id,
        person_key,
        last_value(case when begins_session then {{ milepost.key_of_two('person_hash', 'event_id') }} end, true)
            {{ so_far }} as session_id,
        position - last_value(case when begins_session then position end, true) {{ so_far }} + 1 as session_event_number
    from acts_with_start
{%- endmacro %}
