{%- set stages = ['awareness', 'consideration', 'decision', 'customer', 'advocacy', 'none'] -%}
with

deliveries as (

    select * from {{ ref('int_stage_deliveries') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

catalogue as (

    select * from {{ ref('dim_micro_conversions') }}

),

credits as (

    select * from {{ ref('rpt_attribution') }}
    where dimension = 'micro_conversion' and model in ('linear', 'markov')

),

stages as (

    {%- for stage in stages %}
    select
        '{{ stage }}' as journey_stage,
        {{ loop.index }} as stage_rank
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

models as (

    select distinct
        model,
        total_conversions,
        touched_conversions,
        unconverted_orders
    from credits

),

emails_by_stage as (

    select
        coalesce(content_stage, 'none') as journey_stage,
        count(distinct email_id) as emails,
        sum(deliveries) as deliveries
    from deliveries
    group by coalesce(content_stage, 'none')

),

-- What a call counts as is known once a human or a scanner has followed it.
links_by_stage as (

    select
        coalesce(cast(journey_stage as string), 'none') as journey_stage,
        count(distinct link_key) as links
    from events
    where link_key is not null and micro_conversion is not null
    group by coalesce(cast(journey_stage as string), 'none')

),

-- Sums of bounds: no wider interval is possible, however the credits of a stage go together. Of decimals, whose sum does
-- not depend on the order of the rows.
credits_by_stage as (

    select
        catalogue.journey_stage,
        credits.model,
        cast(sum(cast(credits.conversions as decimal(38, 9))) as double) as conversions,
        cast(sum(cast(credits.conversions_lower as decimal(38, 9))) as double) as conversions_lower,
        cast(sum(cast(credits.conversions_upper as decimal(38, 9))) as double) as conversions_upper,
        cast(sum(cast(credits.revenue as decimal(38, 9))) as double) as revenue
    from credits
    inner join catalogue on credits.touch = catalogue.micro_conversion
    group by catalogue.journey_stage, credits.model

),

counts as (

    select
        stages.journey_stage,
        stages.stage_rank,
        models.model,
        cast(coalesce(emails_by_stage.emails, 0) as bigint) as emails,
        cast(coalesce(emails_by_stage.deliveries, 0) as bigint) as deliveries,
        cast(sum(coalesce(emails_by_stage.deliveries, 0)) over (partition by models.model) as bigint) as all_deliveries,
        cast(coalesce(links_by_stage.links, 0) as bigint) as links,
        cast(sum(coalesce(links_by_stage.links, 0)) over (partition by models.model) as bigint) as all_links,
        models.total_conversions,
        models.touched_conversions,
        coalesce(credits_by_stage.conversions, 0) as conversions,
        case when credits_by_stage.model is null then 0 else credits_by_stage.conversions_lower end as conversions_lower,
        case when credits_by_stage.model is null then 0 else credits_by_stage.conversions_upper end as conversions_upper,
        case when credits_by_stage.model is null then 0 else credits_by_stage.revenue end as revenue,
        models.unconverted_orders
    from stages
    cross join models
    left join emails_by_stage on stages.journey_stage = emails_by_stage.journey_stage
    left join links_by_stage on stages.journey_stage = links_by_stage.journey_stage
    left join credits_by_stage
        on stages.journey_stage = credits_by_stage.journey_stage and models.model = credits_by_stage.model

),

shares as (

    select
        *,
        deliveries / cast(nullif(all_deliveries, 0) as double) as delivery_share,
        {{ wilson_interval('deliveries', 'all_deliveries', 'lower') }} as delivery_share_lower,
        {{ wilson_interval('deliveries', 'all_deliveries', 'upper') }} as delivery_share_upper,
        links / cast(nullif(all_links, 0) as double) as link_share,
        conversions / cast(nullif(touched_conversions, 0) as double) as credit_share,
        -- Of nothing and a number the greatest is the number.
        case when touched_conversions > 0 and conversions_lower is not null
            then greatest(conversions_lower / cast(touched_conversions as double), 0)
        end as credit_share_lower,
        case when touched_conversions > 0 and conversions_upper is not null
            then least(conversions_upper / cast(touched_conversions as double), 1)
        end as credit_share_upper
    from counts

)

select
    journey_stage,
    model,
    emails,
    deliveries,
    delivery_share,
    delivery_share_lower,
    delivery_share_upper,
    links,
    link_share,
    total_conversions,
    touched_conversions,
    conversions,
    conversions_lower,
    conversions_upper,
    revenue,
    unconverted_orders,
    credit_share,
    credit_share_lower,
    credit_share_upper,
    delivery_share / nullif(credit_share, 0) as effort_to_credit,
    case
        when delivery_share is null or credit_share_lower is null or credit_share_upper is null then 'insufficient'
        when delivery_share_lower > credit_share_upper then 'more effort than credit'
        when delivery_share_upper < credit_share_lower then 'less effort than credit'
        else 'in line'
    end as position,
    coalesce(journey_stage = 'awareness' and delivery_share_lower > credit_share_upper, false) as is_top_funnel_trap,
    'e-mails by the stage of their goal, links by that of what their clicks count as; credit of ' || model
    || ', bounds summed over steps; Wilson interval of deliveries' as method
from shares
