"""What the negative control must see: one person's conversions that look like an effect."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

# A test account that comes back two thousand times; its conversions are added wherever they are counted.
_ONE_PERSONS_JOURNEYS = (
    """
    create temp table _account as
    select
        (select max(censored_at) from marts.fct_journeys) - interval 40 day as seen_at,
        (select min(person_key) from marts.fct_journeys) as account,
        unnest(range(1, 2001)) as number,
    """,
    """
    insert into intermediate.int_journeys by name
    select template.* replace (
        -number as journey_id,
        account as person_key,
        1000 + number as journey_number,
        seen_at as entered_at,
        if(number <= 500, seen_at + interval 10 day, null) as ended_at,
        null as revenue,
        null as net_revenue,
    )
    from _account, (from intermediate.int_journeys limit 1) as template
    """,
    """
    insert into marts.fct_macro_conversions by name
    select template.* replace (
        -number as macro_conversion_id,
        -number as event_id,
        account as person_key,
        seen_at + interval 10 day as occurred_at,
        false as is_order,
        null as order_id,
        null as revenue,
        null as converted_revenue,
        null as net_revenue,
    )
    from _account, (from marts.fct_macro_conversions limit 1) as template
    where number <= 500
    """,
    """
    update marts.fct_sessions set macro_conversion_count = macro_conversion_count + 500
    where session_id = (select min(session_id) from marts.fct_sessions)
    """,
    """
    update marts.rpt_cohorts set cumulative_conversions = cumulative_conversions + 500
    where cohort_by = 'first_touch' and cohort_grain = 'month' and is_left_truncated
        and (cohort_start, person_population) = (
            select min((cohort_start, person_population))
            from marts.rpt_cohorts
            where cohort_by = 'first_touch' and cohort_grain = 'month' and is_left_truncated
        )
    """,
)

FAULTS = (Fault("a_shuffled_micro_conversion_has_no_effect", _ONE_PERSONS_JOURNEYS, Status.WARN),)
