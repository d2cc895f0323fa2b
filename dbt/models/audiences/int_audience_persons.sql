with

current_segments as (

    select * from {{ ref('fct_person_segments') }}
    where is_current

),

persons as (

    select * from {{ ref('dim_persons') }}

),

rules as (

    select * from {{ ref('action_rules') }}

),

assignments as (

    select * from {{ ref('int_audience_assignments') }}

),

addresses as (

    select * from {{ ref('int_mailing_addresses') }}

),

-- A control who is written to through another audience is none.
held_out as (

    select distinct person_key
    from assignments
    where is_held_out

),

-- Browsers are no persons to write to, and would count everybody who came with two as two.
person_segments as (

    select current_segments.*
    from current_segments
    inner join persons on current_segments.person_key = persons.person_key
    where persons.person_kind <> 'device'

),

audiences as (

    select
        'segment.' || segment_id as audience_id,
        segment_id,
        cast(null as string) as rule_id,
        person_key,
        person_id,
        valid_from as entered_at
    from person_segments
    union all
    select
        'action.' || rules.rule_id,
        person_segments.segment_id,
        rules.rule_id,
        person_segments.person_key,
        person_segments.person_id,
        person_segments.valid_from
    from person_segments
    inner join rules on person_segments.segment_id = rules.segment

)

select
    audiences.audience_id,
    audiences.segment_id,
    audiences.rule_id,
    audiences.person_key,
    audiences.person_id,
    audiences.entered_at,
    case
        when addresses.person_key is null then 'no_address'
        when addresses.left_out_because is not null then addresses.left_out_because
        when held_out.person_key is not null then 'held_out'
    end as left_out_because
from audiences
left join addresses on audiences.person_key = addresses.person_key
left join held_out on audiences.person_key = held_out.person_key
