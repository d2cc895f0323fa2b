{%- set z = 'cast(1.959963984540054 as double)' -%}
{%- set z2 = 'cast(3.841458820694124 as double)' -%}
with

segments as (

    select * from {{ ref('dim_segments') }}

),

terms as (

    select * from {{ ref('int_segment_terms') }}
    where is_evaluated

),

memberships as (

    select * from {{ ref('fct_person_segments') }}

),

left_truncated_persons as (

    select * from {{ ref('int_left_truncated_persons') }}

),

known_persons as (

    select
        persons.person_key,
        persons.known_since,
        left_truncated_persons.person_key is not null as is_left_truncated
    from {{ ref('dim_persons') }} as persons
    left join left_truncated_persons on persons.person_key = left_truncated_persons.person_key
    where persons.known_since is not null

),

macro_conversions as (

    select * from {{ ref('fct_macro_conversions') }}
    where person_key is not null

),

first_events as (

    select min(begins_at) as data_begin_at from {{ ref('int_source_watermarks') }}

),

-- Days that the data need before who is in a segment no longer depends on when they begin.
windows as (

    select
        segment_id,
        max(
            case
                when compared_with = 'previous_window' then 2 * window_days
                else greatest(coalesce(days, 0), coalesce(window_days, 0))
            end
            + coalesce(within_days, 0)
            + case
                {%- for state, days in absence_days().items() %}
                when measure = 'absence' and word = '{{ state }}' then {{ days }}
                {%- endfor %}
                when word in ('trial_midpoint', 'trial_last_days', 'trial_end') then {{ var('trial_days') }}
                else 0
            end
        ) as days
    from terms
    group by segment_id

),

-- Whose outcomes are counted is who was a member so long before conversions are known.
instants as (

    select
        segments.segment_id,
        segments.known_until,
        {{ plus_days('segments.known_until', -var('segment_change_days')) }} as compared_at,
        {{ plus_days(
            'least(segments.known_until, ' ~ outcome_watermark('macro_conversion') ~ ')', -var('segment_outcome_days')
        ) }} as followed_from
    from segments
    where segments.is_observable

),

-- One row per known person and segment they are or were in; intervals of one person do not overlap.
members as (

    select
        memberships.segment_id,
        memberships.person_key,
        max(case when memberships.is_current then 1 else 0 end) as is_member,
        max(case when memberships.is_current and known_persons.is_left_truncated then 1 else 0 end) as is_left_truncated,
        max(case
            when
                memberships.valid_from <= instants.compared_at
                and coalesce(memberships.valid_to > instants.compared_at, true)
                then 1
            else 0
        end) as was_member,
        max(case
            when
                memberships.valid_from <= instants.followed_from
                and coalesce(memberships.valid_to > instants.followed_from, true)
                and known_persons.known_since <= instants.followed_from
                and {{ is_after_begin('instants.followed_from', outcome_known_from('macro_conversion')) }}
                then 1
            else 0
        end) as is_followed
    from memberships
    inner join instants on memberships.segment_id = instants.segment_id
    inner join known_persons on memberships.person_key = known_persons.person_key
    group by memberships.segment_id, memberships.person_key

),

sizes as (

    select
        segment_id,
        sum(is_member) as persons,
        sum(is_left_truncated) as left_truncated_persons,
        sum(was_member) as persons_before,
        count(case when is_member > was_member then 1 end) as entered,
        count(case when is_member < was_member then 1 end) as left_since
    from members
    group by segment_id

),

outcomes as (

    select
        members.segment_id,
        members.person_key,
        count(macro_conversions.macro_conversion_id) as conversions,
        count(case when macro_conversions.is_order then 1 end) as orders,
        {{ unconverted_orders('macro_conversions.net_revenue', 'macro_conversions.is_order') }} as unconverted_orders,
        cast(coalesce(sum(macro_conversions.net_revenue), 0) as decimal(38, 4)) as net_revenue
    from members
    inner join instants on members.segment_id = instants.segment_id
    left join macro_conversions
        on
            members.person_key = macro_conversions.person_key
            and macro_conversions.occurred_at > instants.followed_from
            and macro_conversions.occurred_at <= {{ plus_days('instants.followed_from', var('segment_outcome_days')) }}
    where members.is_followed = 1
    group by members.segment_id, members.person_key

),

-- Unknown where there are orders and none of them could be converted.
followed as (

    select
        segment_id,
        count(*) as persons,
        count(case when conversions > 0 then 1 end) as converted,
        sum(unconverted_orders) as unconverted_orders,
        case when sum(orders) = 0 or sum(unconverted_orders) < sum(orders) then cast(sum(net_revenue) as decimal(38, 4)) end
            as net_revenue,
        case when sum(orders) = 0 or sum(unconverted_orders) < sum(orders) then cast(sum(net_revenue) as double) / count(*) end
            as mean,
        cast(sum(cast(cast(net_revenue as double) * cast(net_revenue as double) as decimal(38, 4))) as double) as squares
    from outcomes
    group by segment_id

),

counted as (

    select
        segments.segment_id,
        segments.is_observable,
        segments.known_until,
        case when segments.is_observable then coalesce(sizes.persons, 0) end as persons,
        case when segments.is_observable then coalesce(sizes.left_truncated_persons, 0) end as left_truncated_persons,
        case when segments.is_observable then coalesce(sizes.persons_before, 0) end as persons_before,
        case when segments.is_observable then coalesce(sizes.entered, 0) end as entered,
        case when segments.is_observable then coalesce(sizes.left_since, 0) end as left_since,
        coalesce(
            instants.compared_at >= {{ plus_days('first_events.data_begin_at', 'coalesce(windows.days, 0)') }}, false
        ) as is_change_mature,
        instants.followed_from,
        coalesce(instants.followed_from >= first_events.data_begin_at, false)
        and {{ is_after_begin('instants.followed_from', outcome_known_from('macro_conversion')) }} as is_mature,
        case when segments.is_observable then coalesce(followed.persons, 0) end as followed_persons,
        followed.converted,
        followed.unconverted_orders,
        followed.net_revenue,
        followed.mean,
        case
            when followed.persons > 1 and followed.mean is not null
                then {{ z }} * sqrt(
                    greatest(followed.squares - followed.persons * followed.mean * followed.mean, 0)
                    / (followed.persons - 1) / followed.persons
                )
        end as half_width
    from segments
    cross join first_events
    left join instants on segments.segment_id = instants.segment_id
    left join windows on segments.segment_id = windows.segment_id
    left join sizes on segments.segment_id = sizes.segment_id
    left join followed on segments.segment_id = followed.segment_id

),

-- Score limits of the two counts, whose distances from them are put together.
limits as (

    select
        *,
        entered + {{ z2 }} / 2 - {{ z }} * sqrt(entered + {{ z2 }} / 4) as entered_lower,
        entered + {{ z2 }} / 2 + {{ z }} * sqrt(entered + {{ z2 }} / 4) as entered_upper,
        left_since + {{ z2 }} / 2 - {{ z }} * sqrt(left_since + {{ z2 }} / 4) as left_lower,
        left_since + {{ z2 }} / 2 + {{ z }} * sqrt(left_since + {{ z2 }} / 4) as left_upper
    from counted

),

-- As many enter as leave unless it grows or shrinks: McNemar's test with Edwards' correction.
tested as (

    select
        segment_id,
        {{ normal_p_value(
            'greatest(abs(entered - left_since) - 1, 0) / sqrt(cast(entered + left_since as double))'
        ) }} as p_value
    from counted
    where is_change_mature and entered + left_since > 0

),

corrected as (

    {{ q_values('tested', 'segment_id') }}

),

tested_limits as (

    select
        limits.*,
        corrected.p_value,
        corrected.q_value
    from limits
    left join corrected on limits.segment_id = corrected.segment_id

)

select
    segment_id,
    'known' as person_population,
    is_observable,
    known_until,
    cast(persons as integer) as persons,
    cast(left_truncated_persons as integer) as left_truncated_persons,
    cast(persons_before as integer) as persons_before,
    cast(entered as integer) as entered,
    cast(left_since as integer) as left_since,
    cast(entered - left_since as integer) as change,
    entered - left_since - sqrt(
        (entered - entered_lower) * (entered - entered_lower) + (left_upper - left_since) * (left_upper - left_since)
    ) as change_lower,
    entered - left_since + sqrt(
        (entered_upper - entered) * (entered_upper - entered) + (left_since - left_lower) * (left_since - left_lower)
    ) as change_upper,
    p_value as change_p_value,
    q_value as change_q_value,
    is_change_mature,
    case
        when not is_observable then 'not observable'
        when not is_change_mature then 'data too young'
        when coalesce(q_value > {{ var('segment_change_q_value') }}, true) then 'not shown'
        when entered > left_since then 'grown'
        else 'shrunk'
    end as change_status,
    cast({{ var('segment_change_days') }} as integer) as change_days,
    followed_from,
    cast({{ var('segment_outcome_days') }} as integer) as outcome_days,
    is_mature,
    cast(followed_persons as integer) as followed_persons,
    cast(converted as integer) as converted,
    converted / cast(nullif(followed_persons, 0) as double) as conversion_rate,
    {{ wilson_interval('converted', 'followed_persons', 'lower') }} as conversion_rate_lower,
    {{ wilson_interval('converted', 'followed_persons', 'upper') }} as conversion_rate_upper,
    net_revenue,
    cast(unconverted_orders as bigint) as unconverted_orders,
    mean as net_revenue_per_person,
    mean - half_width as net_revenue_per_person_lower,
    mean + half_width as net_revenue_per_person_upper,
    '{{ var("reporting_currency") }}' as revenue_currency,
    'known persons; change: difference of two Poisson counts by their score limits, McNemar and Benjamini-Hochberg over all'
    || ' segments that moved; conversion: Wilson; net revenue: mean with normal limits; members compared with no others' as method
from tested_limits
