{#- Parents and equivalents that a row is away from the farthest it counts as; a test fails where more are needed. -#}
{%- set generations = 5 -%}

with

types as (

    select * from {{ ref('micro_conversion_types') }}

),

equivalents as (

    select * from {{ ref('micro_conversion_equivalents') }}

),

declared_pairs as (

    select
        micro_conversion,
        parent_micro_conversion as counts_as
    from types
    where parent_micro_conversion is not null

    union

    select
        micro_conversion,
        counts_as
    from equivalents

),

ancestors as (

    {{ transitive_closure('declared_pairs', 'micro_conversion', 'counts_as', generations) }}

)

select
    micro_conversion,
    micro_conversion as counts_as
from types

union

select
    micro_conversion,
    counts_as
from ancestors
