{{ config(materialized='table') }}

with

ambiguous_actions as (

    select * from {{ ref('stg_smaily__ambiguous_actions') }}

),

-- Overlapping pulls may bring an action twice.
in_order as (

    select
        account,
        seq_id,
        min(occurred_at_local) as occurred_at_local
    from ambiguous_actions
    group by account, seq_id

),

followed as (

    select
        *,
        max(occurred_at_local) over (
            partition by account, cast(occurred_at_local as date)
            order by seq_id
            rows between unbounded preceding and current row
        ) as latest_so_far
    from in_order

)

-- The log is ordered by seq_id, so the clock falling back shows in it: from there on it is the second pass.
select
    account,
    cast(occurred_at_local as date) as local_date,
    min(seq_id) as first_seq_id
from followed
where occurred_at_local < latest_so_far - interval '5' minute
group by account, cast(occurred_at_local as date)
