with

reported_events as (

    select * from {{ ref('int_reported_events') }}

),

watermarks as (

    select * from {{ ref('int_source_watermarks') }}

),

types as (

    select * from {{ ref('micro_conversion_types') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

rules as (

    select * from {{ ref('catalogue_rules') }}

),

described_events as (

    select
        reported_events.source,
        reported_events.feed,
        reported_events.micro_conversion,
        reported_events.has_activity,
        reported_events.events,
        coalesce(types.polarity = 'macro', false) as is_macro,
        case
            when types.polarity in ('micro', 'macro')
                then {{ journey_stage_rank(entered_stage('types.journey_stage', "types.polarity = 'macro'", 'false')) }}
        end as stage_rank,
        coalesce({{ is_exit('reported_events.micro_conversion') }}, false) as is_exit
    from reported_events
    left join types on reported_events.micro_conversion = types.micro_conversion

),

-- Who has reported an outcome at least once is expected to report it again. Leaving ends what leads to a later stage, but
-- who reports it alone has shown no stage.
reporters as (

    select
        'micro_conversion' as outcome_type,
        lineage.counts_as as outcome,
        described_events.source,
        described_events.feed,
        described_events.events
    from described_events
    inner join lineage on described_events.micro_conversion = lineage.micro_conversion
    union all
    select
        'macro_conversion' as outcome_type,
        'any' as outcome,
        source,
        feed,
        events
    from described_events
    where is_macro
    union all
    select
        'activity' as outcome_type,
        'any' as outcome,
        source,
        feed,
        events
    from described_events
    where has_activity
    {%- for rank in range(1, 5) %}
    union all
    select
        'later_stage' as outcome_type,
        {{ journey_stage_name(rank) }} as outcome,
        source,
        feed,
        case when stage_rank > {{ rank }} then events end as events
    from described_events
    where stage_rank > {{ rank }} or is_exit
    {%- endfor %}
    union all
    select
        'stage' as outcome_type,
        'any' as outcome,
        source,
        feed,
        case when stage_rank is not null then events end as events
    from described_events
    where stage_rank is not null or is_exit

),

-- Where none has reported it yet, those who could: sources and feeds with a rule of their own for it.
possible_reporters as (

    select distinct
        'micro_conversion' as outcome_type,
        lineage.counts_as as outcome,
        watermarks.source,
        watermarks.feed,
        1 as events
    from rules
    inner join lineage on rules.micro_conversion = lineage.micro_conversion
    inner join watermarks on rules.source = watermarks.reporter
    where
        lineage.counts_as not in (
            select outcome from reporters
            where outcome_type = 'micro_conversion'
        )

),

outcomes as (

    select distinct
        'micro_conversion' as outcome_type,
        counts_as as outcome
    from lineage
    {%- for outcome_type in ['macro_conversion', 'activity', 'stage'] %}
    union
    select
        '{{ outcome_type }}' as outcome_type,
        'any' as outcome
    {%- endfor %}
    {%- for rank in range(1, 5) %}
    union
    select
        'later_stage' as outcome_type,
        {{ journey_stage_name(rank) }} as outcome
    {%- endfor %}

),

all_reporters as (

    select
        outcome_type,
        outcome,
        source,
        feed,
        sum(events) as events,
        true as has_reported
    from reporters
    group by outcome_type, outcome, source, feed
    union all
    select
        *,
        false
    from possible_reporters

),

data_begin as (

    select min(begins_at) as data_begin_at from watermarks

),

outcomes_with_watermarks as (

    select
        outcomes.outcome_type,
        outcomes.outcome,
        watermarks.reporter,
        coalesce(all_reporters.has_reported, false) as has_reported,
        all_reporters.events,
        watermarks.begins_at,
        watermarks.retired_on,
        watermarks.watermark_at,
        watermarks.is_retired
    from outcomes
    left join all_reporters
        on outcomes.outcome_type = all_reporters.outcome_type and outcomes.outcome = all_reporters.outcome
    left join watermarks
        on
            all_reporters.source is null
            or (all_reporters.source = watermarks.source and all_reporters.feed is not distinct from watermarks.feed)

),

-- The earliest of those who still report; where none does, the day on which the last of them stopped.
known_until as (

    select
        outcome_type,
        outcome,
        coalesce(min(case when not is_retired then watermark_at end), max(watermark_at)) as watermark_at
    from outcomes_with_watermarks
    group by outcome_type, outcome

),

-- Who was retired before any that still report began has left a gap, in which nothing was reported.
begins_of_successors as (

    select
        outcome_type,
        outcome,
        min(begins_at) as begins_at
    from outcomes_with_watermarks
    where not is_retired and events is not null
    group by outcome_type, outcome

),

begins as (

    select
        reporters_of_outcome.outcome_type,
        reporters_of_outcome.outcome,
        reporters_of_outcome.begins_at,
        sum(reporters_of_outcome.events) over (
            partition by reporters_of_outcome.outcome_type, reporters_of_outcome.outcome order by reporters_of_outcome.begins_at
        ) as events_so_far,
        sum(reporters_of_outcome.events) over (
            partition by reporters_of_outcome.outcome_type, reporters_of_outcome.outcome
        ) as events
    from outcomes_with_watermarks as reporters_of_outcome
    left join begins_of_successors
        on
            reporters_of_outcome.outcome_type = begins_of_successors.outcome_type
            and reporters_of_outcome.outcome = begins_of_successors.outcome
    where
        reporters_of_outcome.events is not null
        and (
            not reporters_of_outcome.is_retired
            or begins_of_successors.begins_at is null
            or begins_of_successors.begins_at <= {{ plus_days('cast(reporters_of_outcome.retired_on as timestamp)', 1) }}
        )

),

-- A rare reporter, as of a deal a year, says nothing of when the others were first heard.
known_from as (

    select
        outcome_type,
        outcome,
        min(case when events_so_far >= {{ var('outcome_begin_share') }} * events then begins_at end) as known_from,
        min(case when events_so_far >= (1 - {{ var('outcome_begin_share') }}) * events then begins_at end) as complete_from
    from begins
    group by outcome_type, outcome

)

-- A source that began in the first days of the data began with them: what it reports is rare, or was read a little later. The
-- first day is reported as a whole.
select
    known_until.outcome_type,
    known_until.outcome,
    known_until.watermark_at,
    {%- for begin in ['known_from', 'complete_from'] %}
    case
        when known_from.{{ begin }} >= {{ plus_days('data_begin.data_begin_at', var('left_truncation_days')) }}
            then date_trunc('day', known_from.{{ begin }})
    end as {{ begin }},
    {%- endfor %}
    max(case when reporters_of_outcome.has_reported then 1 else 0 end) = 1 as is_reported,
    {{ joined_text('reporters_of_outcome.reporter', ', ', 'reporters_of_outcome.reporter') }} as reporters,
    min(case when reporters_of_outcome.watermark_at = known_until.watermark_at then reporters_of_outcome.reporter end)
        as earliest_reporter
from known_until
cross join data_begin
inner join outcomes_with_watermarks as reporters_of_outcome
    on
        known_until.outcome_type = reporters_of_outcome.outcome_type
        and known_until.outcome = reporters_of_outcome.outcome
left join known_from
    on known_until.outcome_type = known_from.outcome_type and known_until.outcome = known_from.outcome
group by
    known_until.outcome_type, known_until.outcome, known_until.watermark_at, known_from.known_from,
    known_from.complete_from, data_begin.data_begin_at
