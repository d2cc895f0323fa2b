{{ config(materialized='incremental', full_refresh=false) }}
with

persons as (

    select * from {{ ref('int_person_components') }}

),

new_persons as (

    select person_id
    from persons
    {%- if is_incremental() %}
    where person_id not in (select known.person_id from {{ this }} as known)
    {%- endif %}

)

-- A key is assigned once and never reused, in full builds too.
select
    person_id,
    {{ new_person_key(this if is_incremental() else none) }} as person_key
from new_persons
