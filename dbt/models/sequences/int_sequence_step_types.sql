with

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

steps as (

    select * from {{ ref('int_sequence_steps') }}

)

select distinct
    steps.sequence_id,
    steps.step_number,
    lineage.micro_conversion,
    steps.is_of_referred_person
from steps
inner join lineage on steps.micro_conversion = lineage.counts_as
