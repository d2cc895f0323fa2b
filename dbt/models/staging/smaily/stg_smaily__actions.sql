with

source as (

    select * from {{ source('smaily', 'actions') }}

),

-- Overlapping pulls may bring an action twice; seq_id is the vendor's own key.
typed as (

    select
        seq_id,
        contact_key,
        {{ local_timestamp('time') }} as occurred_at_local,
        {{ to_utc(local_timestamp('time'), "'" ~ var('account_time_zone') ~ "'") }} as occurred_at_standard,
        {{ is_ambiguous_local_time(local_timestamp('time'), "'" ~ var('account_time_zone') ~ "'") }} as is_ambiguous,
        try_cast(campaign_id as bigint) as campaign_id,
        {{ clean_text('campaign_name') }} as campaign_name,
        lower(action) as action,
        {{ clean_text('value') }} as value,
        _extracted_at
    from {{ latest_per_key('source', ['seq_id']) }} as latest

),

ambiguous as (

    select
        seq_id,
        occurred_at_local,
        max(occurred_at_local) over (
            partition by cast(occurred_at_local as date)
            order by seq_id
            rows between unbounded preceding and current row
        ) as latest_so_far
    from typed
    where is_ambiguous

),

-- The log is ordered by seq_id, so the clock falling back shows in it: from there on it is the second pass.
second_passes as (

    select
        cast(occurred_at_local as date) as local_date,
        min(seq_id) as first_seq_id
    from ambiguous
    where occurred_at_local < latest_so_far - interval '5 minutes'
    group by cast(occurred_at_local as date)

),

resolved as (

    select
        typed.seq_id,
        typed.contact_key,
        case
            when typed.is_ambiguous and typed.seq_id < second_passes.first_seq_id
                then typed.occurred_at_standard - interval '1 hour'
            else typed.occurred_at_standard
        end as occurred_at,
        typed.occurred_at_local,
        coalesce(typed.is_ambiguous, false) as is_local_time_ambiguous,
        typed.campaign_id,
        typed.campaign_name,
        typed.action,
        typed.value,
        {{ instant_to_utc('typed._extracted_at') }} as loaded_at
    from typed
    left join second_passes
        on cast(typed.occurred_at_local as date) = second_passes.local_date
    where typed.occurred_at_local is not null

)

select * from resolved
