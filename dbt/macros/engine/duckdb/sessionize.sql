{#-
    A gap-free span that outlasts the cap is cut where an act lies beyond the cap from the last cut. That depends on the
    cut before, hence the recursion, which sees only the acts beyond the cap. A second reading of the acts looks for
    them: it takes half the time of a copy of the spans for both.
-#}
{% macro duckdb__sessionize(acts, timeout_minutes, cap_hours, is_physically_ordered, guard) -%}
    {%- set cap = cap_hours ~ " * 3600000000" -%}
    with recursive ordered_acts as {{ milepost.acts_materialization(is_physically_ordered) }} (
        {{ milepost.acts_in_order(acts, is_physically_ordered) }}
    ),

    acts_with_previous as not materialized (
        select
            person_key,
            person_hash,
            occurred_at,
            event_rank,
            event_id,
            epoch_us(occurred_at) as instant,
            row_number() over () as position,
            lag(person_key) over () as previous_person_key,
            {{ milepost.previous_order() }}
        from ordered_acts
    ),

    acts_with_gap as not materialized (
        select
            *,
            previous_person_key is distinct from person_key
            or instant - epoch_us(previous_occurred_at) > {{ timeout_minutes }} * 60000000 as follows_gap
        from acts_with_previous
    ),

    spans_to_cut as not materialized (
        select
            *,
            {{ milepost.carried_forward('instant', 'follows_gap') }} as span_began,
            {{ milepost.carried_forward('position', 'follows_gap') }} as first_position
        from acts_with_gap
    ),

    beyond_cap as materialized (
        select
            event_id,
            person_key,
            first_position as span,
            position,
            instant,
            {{ milepost.key_of_two('person_hash', 'event_id') }} as own_id
        from spans_to_cut
        where instant - span_began > {{ cap }}
    ),

    cuts as (
        select
            span,
            min(position) as position
        from beyond_cap
        group by span

        union all

        select
            later.span,
            min(later.position) as position
        from cuts
        inner join beyond_cap as cut on cuts.position = cut.position
        inner join beyond_cap as later on cut.span = later.span and later.instant - cut.instant > {{ cap }}
        group by later.span
    ),

    first_after_cut as (
        select
            position,
            own_id
        from beyond_cap
        where position in (select position from cuts)
    ),

    guarded_acts as not materialized (
        select *
        from acts_with_gap
        {%- if guard %}
        where {{ milepost.follows_physical_order() }}
        {%- endif %}
    ),

    spans as not materialized (
        select
            event_id,
            person_key,
            instant,
            position,
            {{ milepost.carried_forward('instant', 'follows_gap') }} as span_began,
            {{ milepost.carried_forward('position', 'follows_gap') }} as first_position,
            {{ milepost.carried_forward(milepost.key_of_two('person_hash', 'event_id'), 'follows_gap') }} as session_id
        from guarded_acts
    ),

    -- No join with the cuts: it might collect all spans, and makes windows above it collect theirs.
    numbered_acts as (
        select
            event_id,
            person_key,
            session_id,
            position - first_position + 1 as session_event_number
        from spans
        where instant - span_began <= {{ cap }}

        union all

        select
            beyond_cap.event_id,
            beyond_cap.person_key,
            first_after_cut.own_id as session_id,
            beyond_cap.position - first_after_cut.position + 1 as session_event_number
        from beyond_cap
        asof inner join first_after_cut on beyond_cap.position >= first_after_cut.position
    )

    select
        event_id,
        person_key,
        session_id,
        cast(session_event_number as integer) as session_event_number
    from numbered_acts
{%- endmacro %}
