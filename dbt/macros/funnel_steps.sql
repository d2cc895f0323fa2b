{#-
    Which events reach which step of a sequence, in order and within the gaps.

    `step_events`: sequence_id, step_number, person_key, act_position, occurred_at (plus any columns to pass through);
    `entries`: sequence_id, step_number of the steps a sequence may begin with;
    `moves`: sequence_id, from_step, to_step, max_seconds, one row per permitted move (skipped optional steps included).
    Gives the columns of step_events, one row per event and step reached. An event reaches a step when it may begin the
    sequence there, or when an event of the same person before it reached a step from which the move is permitted and no
    more than max_seconds passed. The latest such predecessor decides, so one ASOF join per step gives the exact answer.
-#}
{% macro funnel_steps(step_events, entries, moves) -%}
    {{ return(adapter.dispatch('funnel_steps', 'milepost')(
        step_events, entries, moves, var('longest_sequence_steps')
    )) }}
{%- endmacro %}

{% macro duckdb__funnel_steps(step_events, entries, moves, longest) -%}
    with reached_1 as (
        select step_events.*
        from {{ step_events }} as step_events
        inner join {{ entries }} as entries using (sequence_id, step_number)
        where step_events.step_number = 1
    )
    {%- for step in range(2, longest + 1) %},

    candidates_{{ step }} as (
        select
            step_events.*,
            moves.from_step,
            moves.max_seconds
        from {{ step_events }} as step_events
        inner join {{ moves }} as moves
            on step_events.sequence_id = moves.sequence_id and step_events.step_number = moves.to_step
        where step_events.step_number = {{ step }}
    ),

    -- Only what may lead to this step: the join sorts all it is given.
    before_{{ step }} as (
        select
            reached.sequence_id,
            reached.step_number,
            reached.person_key,
            reached.act_position,
            reached.occurred_at
        from reached_{{ step - 1 }} as reached
        semi join {{ moves }} as moves
            on
                reached.sequence_id = moves.sequence_id
                and reached.step_number = moves.from_step
                and moves.to_step = {{ step }}
    ),

    reached_{{ step }} as (
        select * from reached_{{ step - 1 }}

        union all

        select step_events.*
        from {{ step_events }} as step_events
        inner join {{ entries }} as entries using (sequence_id, step_number)
        where step_events.step_number = {{ step }}

        union all

        select distinct candidates.* exclude (from_step, max_seconds)
        from candidates_{{ step }} as candidates
        asof inner join before_{{ step }} as reached
            on candidates.sequence_id = reached.sequence_id
            and candidates.person_key = reached.person_key
            and candidates.from_step = reached.step_number
            and candidates.act_position > reached.act_position
        anti join {{ entries }} as entries
            on candidates.sequence_id = entries.sequence_id and candidates.step_number = entries.step_number
        where {{ seconds_between('reached.occurred_at', 'candidates.occurred_at') }} <= candidates.max_seconds
    )
    {%- endfor %}

    select * from reached_{{ longest }}
{%- endmacro %}
