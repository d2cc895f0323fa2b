{#-
    Journeys: the acts of one person from their first act, or from the first after a macro-conversion, to the next
    macro-conversion or the censoring time. `acts` needs person_key, occurred_at, event_rank, event_id (unique) and
    ends_journey; all its columns pass through, with journey_id (hash of the entry event), is_entry, is_first_journey and
    act_position (from 1 within the person). `is_physically_ordered` and `guard`: see physical_order.sql.
-#}
{% macro number_journeys(acts, is_physically_ordered=false, guard=true) -%}
    {{ return(adapter.dispatch('number_journeys', 'milepost')(acts, is_physically_ordered, guard)) }}
{%- endmacro %}


{% macro default__number_journeys(acts, is_physically_ordered, guard) -%}
    {%- set person = 'over (partition by person_key order by occurred_at, event_rank, event_id)' -%}
    with acts_with_entry as (
        select
            person_key,
            event_id,
            row_number() {{ person }} as act_position,
            coalesce(lag(ends_journey) {{ person }}, true) as is_entry
        from {{ acts }}
    ),

    acts_of_journeys as (
        select
            *,
            sum(case when is_entry then 1 else 0 end) over (
                partition by person_key order by act_position rows between unbounded preceding and current row
            ) as journey_number
        from acts_with_entry
    ),

    journeys as (
        select
            person_key,
            journey_number,
            {{ milepost.stable_key(["'journey'", 'event_id']) }} as journey_id
        from acts_of_journeys
        where is_entry
    )

    select
        acts.*,
        acts_of_journeys.is_entry,
        acts_of_journeys.act_position,
        acts_of_journeys.journey_number = 1 as is_first_journey,
        journeys.journey_id
    from {{ acts }} as acts
    inner join acts_of_journeys on acts.event_id = acts_of_journeys.event_id
    inner join journeys
        on
            acts_of_journeys.person_key = journeys.person_key
            and acts_of_journeys.journey_number = journeys.journey_number
{%- endmacro %}
