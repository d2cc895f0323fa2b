with recursive

types as (
    select * from {{ ref('micro_conversion_types') }}
),

lineage as (
    select
        micro_conversion,
        micro_conversion as counts_as
    from types

    union

    select
        lineage.micro_conversion,
        types.parent_micro_conversion as counts_as
    from lineage
    inner join types on lineage.counts_as = types.micro_conversion
    where types.parent_micro_conversion is not null
)

select * from lineage
