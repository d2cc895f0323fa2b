{#-
    Funnels: which events reach which step of a sequence, in order and in time.

    `step_events`: step_number, person_key, act_position (ascending over a person's acts), occurred_at and any columns to
    pass through; one row per act and step it may be. Gives the rows that reach their step: those that may begin the
    sequence there, and those for which an event of the same person before it (by act_position) reached a step from which
    the move is permitted, in time.

    With `entries` and `moves` many sequences go at once, and step_events has a sequence_id: `entries` are sequence_id and
    step_number of the steps a sequence may begin with; `moves` are sequence_id, from_step, to_step and max_seconds, one
    row per permitted move, always to a later step (skipped optional steps included), without max_seconds when it may take
    any time. Without them there is one sequence, which begins with step 1, and each step follows the one before it.

    In time means: no more than the move's max_seconds after the event before, inclusive, where the latest one decides. With
    `window_seconds` it means instead: no more than so much after the event that began the sequence, where the latest
    beginning decides; that is what ClickHouse calls `windowFunnel` in its default mode.

    `steps` is the longest sequence there is. With `is_physically_ordered` step_events is one sequence without rules, has
    one row an act, event_rank and event_id, and is read in physical order (see physical_order.sql, also for `guard`).
-#}
{% macro funnel_steps(
    step_events, entries=none, moves=none, window_seconds=none, steps=none, is_physically_ordered=false, guard=true
) -%}
    {%- if (entries is none) != (moves is none) or (is_physically_ordered and moves is not none) -%}
        {%- do exceptions.raise_compiler_error(
            'funnel_steps: entries and moves go together, and not with step_events in physical order.'
        ) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('funnel_steps', 'milepost')(
        step_events, entries, moves, window_seconds, steps or var('longest_sequence_steps'), is_physically_ordered, guard
    )) }}
{%- endmacro %}


{#- Step by step: all events that may be the step, with each earlier event from which they may be reached. -#}
{% macro default__funnel_steps(step_events, entries, moves, window_seconds, steps, is_physically_ordered, guard) -%}
    {%- set sequence = 'sequence_id' if moves is not none else "'the only one'" -%}
    with events as (
        select
            {{ sequence }} as funnel_id,
            step_number,
            person_key,
            act_position,
            occurred_at
        from {{ step_events }}
    ),

    first_steps as (
        {%- if entries is not none %}
        select
            sequence_id as funnel_id,
            step_number
        from {{ entries }}
        {%- else %}
        select
            {{ sequence }} as funnel_id,
            1 as step_number
        {%- endif %}
    ),

    permitted_moves as (
        {%- if moves is not none %}
        select
            sequence_id as funnel_id,
            from_step,
            to_step,
            max_seconds
        from {{ moves }}
        {%- else %}
        {%- for step in range(1, steps) %}
        select
            {{ sequence }} as funnel_id,
            {{ step }} as from_step,
            {{ step + 1 }} as to_step,
            cast(null as bigint) as max_seconds
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {%- endif %}
    ),
    {%- for step in range(1, steps + 1) %}

    arrivals_at_{{ step }} as (
        select
            events.*,
            events.occurred_at as began_at
        from events
        inner join first_steps
            on events.funnel_id = first_steps.funnel_id and events.step_number = first_steps.step_number
        where events.step_number = {{ step }}
        {%- if step > 1 %}
        union all
        select
            events.*,
            earlier.began_at
        from events
        inner join permitted_moves
            on events.funnel_id = permitted_moves.funnel_id and events.step_number = permitted_moves.to_step
        inner join reached_before_{{ step }} as earlier
            on
                permitted_moves.funnel_id = earlier.funnel_id
                and permitted_moves.from_step = earlier.step_number
                and events.person_key = earlier.person_key
                and events.act_position > earlier.act_position
        where
            events.step_number = {{ step }}
            {%- if window_seconds is not none %}
            and events.occurred_at <= {{ milepost.plus_seconds('earlier.began_at', window_seconds) }}
            {%- elif moves is not none %}
            and (
                permitted_moves.max_seconds is null
                or events.occurred_at <= {{ milepost.plus_seconds('earlier.occurred_at', 'permitted_moves.max_seconds') }}
            )
            {%- endif %}
        {%- endif %}
    ),

    reached_before_{{ step + 1 }} as (
        select
            funnel_id,
            step_number,
            person_key,
            act_position,
            min(occurred_at) as occurred_at,
            max(began_at) as began_at
        from arrivals_at_{{ step }}
        group by funnel_id, step_number, person_key, act_position
        {%- if step > 1 %}
        union all
        select * from reached_before_{{ step }}
        {%- endif %}
    ),
    {%- endfor %}

    reached as (
        select * from reached_before_{{ steps + 1 }}
    )

    select step_events.*
    from {{ step_events }} as step_events
    inner join reached
        on
            {% if moves is not none %}step_events.sequence_id = reached.funnel_id
            and {% endif %}step_events.step_number = reached.step_number
            and step_events.person_key = reached.person_key
            and step_events.act_position = reached.act_position
{%- endmacro %}
