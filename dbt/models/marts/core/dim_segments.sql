{{ config(tags='analysis') }}

with

segments as (

    select * from {{ ref('segments') }}

),

terms as (

    select * from {{ ref('int_segment_terms') }}

),

missing_words as (

    select distinct
        segment_id,
        coalesce(word, 'a word that is not known') as word
    from terms
    where is_observable_in_role = false

),

missing as (

    select
        segment_id,
        {{ joined_text('word', ', ', 'word') }} as words
    from missing_words
    group by segment_id

),

evaluated as (

    select
        segment_id,
        count(distinct alternative_number) as alternatives,
        count(distinct case when is_evaluated then alternative_number end) as evaluated_alternatives,
        min(known_until) as known_until
    from terms
    group by segment_id

)

select
    segments.segment_id,
    segments.name,
    segments.kind,
    segments.description,
    coalesce(evaluated.evaluated_alternatives, 0) > 0 as is_observable,
    case
        when evaluated.segment_id is null then 'It has no conditions on persons.'
        when evaluated.evaluated_alternatives = 0 then 'No source has reported ' || missing.words || '.'
        when evaluated.evaluated_alternatives < evaluated.alternatives
            then 'Without its alternatives that need ' || missing.words || ', which no source has reported.'
    end as reason,
    cast(coalesce(evaluated.alternatives, 0) as integer) as alternatives,
    cast(coalesce(evaluated.evaluated_alternatives, 0) as integer) as evaluated_alternatives,
    evaluated.known_until
from segments
left join evaluated on segments.segment_id = evaluated.segment_id
left join missing on segments.segment_id = missing.segment_id
