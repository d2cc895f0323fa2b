with recursive

types as (

    select * from {{ ref('micro_conversion_types') }}

),

equivalents as (

    select * from {{ ref('micro_conversion_equivalents') }}

),

counted as (

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

lineage as (

    select
        micro_conversion,
        micro_conversion as counts_as
    from types

    union

    select
        lineage.micro_conversion,
        counted.counts_as
    from lineage
    inner join counted on lineage.counts_as = counted.micro_conversion

)

select * from lineage
