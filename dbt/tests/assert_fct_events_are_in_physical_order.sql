{{ config(meta={'dagster': {'ref': {'name': 'fct_events'}}}) }}

with

events as (

    select * from {{ ref('fct_events') }}
    where person_key is not null

),

out_of_order as (

    -- The linter's parser does not know windows without an order.
    {{ acts_out_of_physical_order('events') }} -- noqa: PRS

),

not_contiguous as (

    {{ persons_not_contiguous('events') }} -- noqa: PRS

)

select
    person_key,
    event_id
from out_of_order

union all

select
    person_key,
    null as event_id
from not_contiguous
