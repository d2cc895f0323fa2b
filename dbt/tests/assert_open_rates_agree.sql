-- One open rate: the observable recipients and those seen are the same wherever they are counted.
with

open_rates as (

    select * from {{ ref('rpt_open_rates') }}

),

completion_rates as (

    select *
    from {{ ref('rpt_completion_rates') }}
    where micro_conversion = 'email_open' and slice_type in ('overall', 'campaign_kind', 'campaign')

),

rates_given as (

    select count(*) as slices from completion_rates

)

select
    coalesce(open_rates.slice_type, completion_rates.slice_type) as slice_type,
    coalesce(open_rates.slice_value, completion_rates.slice_value) as slice_value,
    open_rates.observable,
    completion_rates.eligible,
    open_rates.observable_seen,
    completion_rates.completed
from open_rates
full outer join completion_rates
    on
        open_rates.slice_type = completion_rates.slice_type
        and open_rates.slice_value = completion_rates.slice_value
where
    -- Without any open nothing says that opens can be observed at all, and there is no completion rate.
    (select rates_given.slices from rates_given) > 0
    and (
        coalesce(open_rates.observable, 0) <> coalesce(completion_rates.eligible, 0)
        or coalesce(open_rates.observable_seen, 0) <> coalesce(completion_rates.completed, 0)
        or coalesce(open_rates.delivered - open_rates.plan_without_opens, 0) <> coalesce(completion_rates.eligible_gross, 0)
        or coalesce(open_rates.opened, 0) <> coalesce(completion_rates.completed_gross, 0)
    )
