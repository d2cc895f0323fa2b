{{ config(meta={'dagster': {'ref': {'name': 'fct_events'}}}) }}

-- What reads fct_events in its stored order relies on every person's rows standing together, in order.
with

stored as (

    select
        person_key,
        event_id,
        {{ act_order() }} as act_order,
        row_number() over () as place
    from {{ ref('fct_events') }}
    where person_key is not null

),

compared as (

    select
        *,
        lag(person_key) over (order by place) as person_key_before,
        lag(act_order) over (order by place) as act_order_before
    from stored

),

out_of_order as (

    select
        person_key,
        event_id
    from compared
    where person_key = person_key_before and act_order <= act_order_before

),

torn_apart as (

    select
        person_key,
        min(event_id) as event_id
    from compared
    where person_key is distinct from person_key_before
    group by person_key
    having count(*) > 1

)

select * from out_of_order
union all
select * from torn_apart
