{#-
    Sessions: the acts of one person with no gap strictly over `session_timeout_minutes`, never longer than
    `session_cap_hours` from their first act, and never split at midnight.

    `acts` needs person_key, person_hash (a stable number for the person, as person_key may change between builds),
    occurred_at, event_rank and event_id. Gives event_id, person_key, session_id and session_event_number, one row per act. The id is
    made of the person and the first event, so it does not depend on the order in which the acts arrived; acts of the
    same instant are ordered by event_rank and event_id. `is_physically_ordered` and `guard`: see physical_order.sql.
-#}
{% macro sessionize(acts, is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('sessionize', 'milepost')(
        acts, var('session_timeout_minutes'), var('session_cap_hours'), is_physically_ordered, guard
    )) }}
{%- endmacro %}


{#-
    A session begins at a gap, and where the cap has passed since it began: the latter is found cut by cut, each in the
    acts after the one before, without recursion, which not every engine has. `cuts` bounds how often a span without a
    gap is cut; a longer one is an error, not a wrong result.
-#}
{% macro default__sessionize(acts, timeout_minutes, cap_hours, is_physically_ordered, guard, cuts=14) -%}
    {%- set person = 'over (partition by person_key order by occurred_at, event_rank, event_id)' -%}
    {%- set cap = "interval '" ~ cap_hours ~ "' hour" -%}
    with acts_with_gap as (
        select
            person_key,
            person_hash,
            occurred_at,
            event_id,
            row_number() {{ person }} as act_number,
            case
                when lag(occurred_at) {{ person }} + interval '{{ timeout_minutes }}' minute >= occurred_at then 0
                else 1
            end as follows_gap
        from {{ acts }}
    ),

    acts_of_spans as (
        select
            *,
            sum(follows_gap) over (
                partition by person_key order by act_number rows between unbounded preceding and current row
            ) as span_number
        from acts_with_gap
    ),

    session_starts_0 as (
        select
            person_key,
            span_number,
            min(act_number) as act_number,
            min(occurred_at) as started_at
        from acts_of_spans
        group by person_key, span_number
    ),
    {%- for cut in range(1, cuts + 1) %}

    session_starts_{{ cut }} as (
        select
            later.person_key,
            later.span_number,
            min(later.act_number) as act_number,
            min(later.occurred_at) as started_at
        from session_starts_{{ cut - 1 }} as starts
        inner join acts_of_spans as later
            on
                starts.person_key = later.person_key
                and starts.span_number = later.span_number
                and starts.started_at + {{ cap }} < later.occurred_at
        group by later.person_key, later.span_number
    ),
    {%- endfor %}

    session_starts as (
        {%- for cut in range(cuts + 1) %}
        select * from session_starts_{{ cut }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    sessions as (
        select
            person_key,
            started_at,
            act_number as first_act_number,
            lead(act_number) over (partition by person_key order by act_number) as next_first_act_number
        from session_starts
    )

    select
        acts_of_spans.event_id,
        acts_of_spans.person_key,
        {{ milepost.key_of_two('first_acts.person_hash', 'first_acts.event_id') }} as session_id,
        case
            when acts_of_spans.occurred_at <= sessions.started_at + {{ cap }}
                then cast(acts_of_spans.act_number - sessions.first_act_number + 1 as integer)
            else cast(
                'Person ' || cast(acts_of_spans.person_key as string)
                || ' acted without a gap for more than {{ cuts }} times the cap: raise `cuts` of sessionize.'
                as integer
            )
        end as session_event_number
    from acts_of_spans
    inner join sessions
        on
            acts_of_spans.person_key = sessions.person_key
            and acts_of_spans.act_number >= sessions.first_act_number
            and (
                sessions.next_first_act_number is null
                or acts_of_spans.act_number < sessions.next_first_act_number
            )
    inner join acts_of_spans as first_acts
        on sessions.person_key = first_acts.person_key and sessions.first_act_number = first_acts.act_number
{%- endmacro %}
