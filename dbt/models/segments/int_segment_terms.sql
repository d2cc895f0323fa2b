with

conditions as (

    select * from {{ ref('segment_conditions') }}

),

lineage as (

    select * from {{ ref('int_micro_conversion_lineage') }}

),

observable as (

    select * from {{ ref('int_observable_micro_conversions') }}

),

watermarks as (

    select * from {{ ref('int_outcome_watermarks') }}

),

persons as (

    select * from {{ ref('dim_persons') }}

),

absence_watermarks as (

    {{ absence_watermarks() }}

),

declared_acts as (

    {%- for word, act in segment_acts().items() %}
    select
        '{{ word }}' as word,
        '{{ act.outcome[0] }}' as outcome_type,
        '{{ act.outcome[1] }}' as outcome,
        {{ "'" ~ act.observed_by ~ "'" if act.observed_by else 'cast(null as string)' }} as observed_by
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    union all
    select distinct
        counts_as as word,
        'micro_conversion',
        counts_as as outcome,
        counts_as as observed_by
    from lineage

),

acts as (

    select
        declared_acts.word,
        watermarks.watermark_at,
        declared_acts.observed_by is null or coalesce(observable.is_observable, false) as is_observable
    from declared_acts
    left join watermarks
        on declared_acts.outcome_type = watermarks.outcome_type and declared_acts.outcome = watermarks.outcome
    left join observable on declared_acts.observed_by = observable.micro_conversion

),

vocabulary as (

    select
        'act' as word_kind,
        word,
        watermark_at,
        is_observable
    from acts
    union all
    select
        'absence',
        state,
        watermark_at,
        true
    from absence_watermarks
    {%- for stage in segment_stages() %}
    union all
    select
        'stage',
        '{{ stage }}',
        {{ outcome_watermark('stage') }},
        true
    {%- endfor %}
    {%- for attribute in segment_attributes() %}
    union all
    select
        'attribute',
        '{{ attribute }}',
        null,
        count({{ attribute }}) > 0
    from persons
    {%- endfor %}

),

described as (

    select
        *,
        {{ try_number('value', 'decimal(38, 4)') }} as limit_value,
        -- Whether there is any act or none: nothing has to be counted.
        measure = 'count' and percentile is null and compared_with is null
        and value = case when comparison = 'at_most' then '0' else '1' end as is_any_or_none
    from conditions

),

numbered as (

    select
        *,
        case
            when measure = 'days_since' or (is_any_or_none and window_days is not null) then 'recency'
            when measure = 'days_since_first' or is_any_or_none then 'first'
            when measure in ('count', 'net_revenue') then 'figure'
            else measure
        end as method,
        case
            when measure in ('days_since', 'days_since_first') then cast(round(limit_value) as integer)
            else window_days
        end as days,
        (measure = 'days_since' and comparison = 'at_least')
        or (is_any_or_none and comparison <> 'at_least') as is_inverted,
        cast(dense_rank() over (order by segment_id) as integer) as segment_number,
        cast(dense_rank() over (order by segment_id, alternative) as integer) as alternative_number,
        cast(row_number() over (order by segment_id, alternative, condition_number) as integer) as condition_key
    from described

),

word_lists as (

    select
        *,
        'subject' as role,
        case when measure in ('absence', 'stage', 'attribute') then measure else 'act' end as word_kind,
        subject as words
    from numbered
    union all
    select
        *,
        'without',
        'act',
        without_subject
    from numbered
    where without_subject is not null
    union all
    select
        *,
        'compared_with',
        'act',
        compared_with
    from numbered
    where compared_with <> 'previous_window'

),

terms as (

    select
        word_lists.*,
        vocabulary.word,
        vocabulary.watermark_at,
        coalesce(vocabulary.is_observable, false) as is_observable,
        -- Of several words one that can be seen is enough; what must not have happened has to be seen, too.
        max(case when vocabulary.is_observable then 1 else 0 end) over (
            partition by word_lists.condition_key, word_lists.role
        ) as is_observable_in_role
    from word_lists
    left join vocabulary
        on
            word_lists.word_kind = vocabulary.word_kind
            and position('|' || vocabulary.word || '|' in '|' || word_lists.words || '|') > 0

),

evaluated as (

    select
        *,
        min(is_observable_in_role) over (partition by alternative_number) = 1 as is_evaluated
    from terms

)

select
    condition_key,
    alternative_number,
    segment_number,
    segment_id,
    alternative,
    condition_number,
    measure,
    method,
    days,
    coalesce(is_inverted, false) as is_inverted,
    role,
    word,
    topic,
    channel,
    comparison,
    value as limit_text,
    limit_value,
    percentile,
    window_days,
    compared_with,
    within_days,
    is_observable,
    is_observable_in_role = 1 as is_observable_in_role,
    is_evaluated,
    -- What is not known yet by one of the sources could end or prevent the segment.
    coalesce(
        min(case when is_evaluated then watermark_at end) over (partition by segment_number), {{ data_watermark() }}
    ) as known_until
from evaluated
