{#- The place of a row among those of all files: its file's number, then its own within the file. -#}
{% macro position_in_files(file_number, file_row) -%}
    ({{ file_number }} * 1099511627776 + {{ file_row }})
{%- endmacro %}


{#-
    The events with place_in_instant, their place among the person's events of the same instant, from 1: by event_rank,
    then in their source's own order (source_position), and by event_id only where the source has none. `events` needs
    person_key, occurred_at, event_rank, source, source_position and event_id. On an engine that keeps an order the rows
    come in physical order, with place_in_instant for event_rank.
-#}
{% macro place_simultaneous_events(events) -%}
    {{ return(adapter.dispatch('place_simultaneous_events', 'milepost')(events)) }}
{%- endmacro %}

{% macro default__place_simultaneous_events(events) -%}
    select
        *,
        row_number() over (
            partition by person_key, occurred_at order by event_rank, source, coalesce(source_position, 0), event_id
        ) as place_in_instant
    from {{ events }}
{%- endmacro %}


{#-
    The place of an event that its kind does not say: of what it is recognised as. On the scale of seed `event_kinds`, where
    clicks come before visits, visits before carts, and orders last.
-#}
{% macro recognised_rank(polarity, journey_stage, commitment_level) -%}
    case
        when {{ polarity }} = 'negative' then 9
        when {{ polarity }} = 'macro' then 35
        when {{ journey_stage }} = 'awareness' then 22
        when {{ journey_stage }} = 'consideration' then 24
        when {{ journey_stage }} = 'decision' then 27 + {{ commitment_level }}
        when {{ polarity }} = 'micro' then 36
    end
{%- endmacro %}
