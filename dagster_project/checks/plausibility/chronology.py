"""Times that cannot be true. Rows of (subject, examined, violations), none of which is tolerated."""

from dagster_project.checks.evaluators import plausibility_check
from dagster_project.raw.plausibility import CLOCK_SKEW

STAGES = plausibility_check(
    "stages_follow_a_legal_order",
    "fct_journey_stages",
    "Spans of a person follow each other without gap or overlap, and go back only where marked "
    "as regression.",
    """
    select
        stage, count(*),
        count(*) filter (where
            left_at < entered_at or stage_rank > highest_stage_rank or stage_rank not between 1 and 5
            or entered_at <> left_before
            or is_regression <> coalesce(journey_id = journey_before and stage_rank < rank_before, false)
        ),
    from (
        select
            *,
            lag(left_at) over person as left_before,
            lag(journey_id) over person as journey_before,
            lag(stage_rank) over person as rank_before,
        from marts.fct_journey_stages
        window person as (partition by person_key order by span_number)
    )
    group by all order by all
    """,
    "awareness, consideration, decision, customer, advocacy",
)

FIRST_TOUCH = plausibility_check(
    "nobody_converts_before_first_touch",
    "fct_macro_conversions",
    "No macro-conversion is older than the first journey of its person.",
    """
    with first_touches as (
        select person_key, min(entered_at) as at from marts.fct_journeys group by all
    )
    select
        macro_conversion, count(*),
        count(*) filter (where first_touches.at is null or occurred_at < first_touches.at),
    from marts.fct_macro_conversions left join first_touches using (person_key)
    where person_key is not null
    group by all order by all
    """,
    "cause before effect",
)

NOTHING_IN_THE_FUTURE = plausibility_check(
    "nothing_happens_after_it_was_read",
    "fct_events",
    "No event is dated later than its record was read, except by the clock skew that loading allows "
    f"({CLOCK_SKEW.seconds // 60} minutes).",
    """
    select source, sum(events)::bigint, sum(in_the_future)::bigint
    from _event_quarters group by all order by all
    """,
    "the clock of the reading",
)

# Two thousand persons show a wrong offset as well as all: it is wrong for a whole zone or a whole half-year.
TIME_ZONES = plausibility_check(
    "local_times_lead_back_to_utc",
    "fct_events",
    "The person's own clock time, set back by their zone's offset of that instant, is the UTC time again.",
    """
    with persons as (
        select person_key, time_zone from marts.dim_persons
        where person_key % greatest(1, (select count(*) // 2000 from marts.dim_persons)) = 0
    ),
    offsets as (
        select
            time_zone,
            epoch(occurred_at)::bigint // 900 as quarter,
            occurred_at_local - occurred_at as clock_offset,
            count(*) as events,
        from marts.fct_events join persons using (person_key)
        where time_zone is not null and occurred_at_local is not null
        group by all
    )
    select
        time_zone, sum(events)::bigint,
        coalesce(sum(events) filter (where clock_offset <> make_timestamp(quarter * 900000000)
            at time zone 'UTC' at time zone time_zone - make_timestamp(quarter * 900000000)), 0)::bigint,
    from offsets group by all order by all
    """,
    "the time-zone database",
)

CHECKS = (STAGES, FIRST_TOUCH, NOTHING_IN_THE_FUTURE, TIME_ZONES)
