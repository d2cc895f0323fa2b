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
        true as shows_outcome
    from described_events
    inner join lineage on described_events.micro_conversion = lineage.micro_conversion
    union
    select
        'macro_conversion' as outcome_type,
        'any' as outcome,
        source,
        feed,
        true as shows_outcome
    from described_events
    where is_macro
    union
    select
        'activity' as outcome_type,
        'any' as outcome,
        source,
        feed,
        true as shows_outcome
    from described_events
    where has_activity
    {%- for rank in range(1, 5) %}
    union
    select
        'later_stage' as outcome_type,
        {{ journey_stage_name(rank) }} as outcome,
        source,
        feed,
        coalesce(stage_rank > {{ rank }}, false) as shows_outcome
    from described_events
    where stage_rank > {{ rank }} or is_exit
    {%- endfor %}
    union
    select
        'stage' as outcome_type,
        'any' as outcome,
        source,
        feed,
        stage_rank is not null as shows_outcome
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
        true as shows_outcome
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
        max(case when shows_outcome then 1 else 0 end) = 1 as shows_outcome,
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

    select min(first_event_at) as data_begin_at from watermarks

),

outcomes_with_watermarks as (

    select
        outcomes.outcome_type,
        outcomes.outcome,
        watermarks.reporter,
        coalesce(all_reporters.has_reported, false) as has_reported,
        case when all_reporters.shows_outcome then watermarks.first_event_at end as first_event_at,
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

)

-- A source that began in the first days of the data began with them: what it reports is rare, or was read a little later.
select
    known_until.outcome_type,
    known_until.outcome,
    known_until.watermark_at,
    case
        when
            min(reporters_of_outcome.first_event_at)
            >= {{ plus_days('min(data_begin.data_begin_at)', var('left_truncation_days')) }}
            then min(reporters_of_outcome.first_event_at)
    end as known_from,
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
group by known_until.outcome_type, known_until.outcome, known_until.watermark_at
