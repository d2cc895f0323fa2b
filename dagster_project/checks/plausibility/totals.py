"""Counts that cannot be true. Rows of (subject, examined, violations), none of which is tolerated."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_equality, plausibility_check

FUNNELS = plausibility_check(
    "funnels_only_narrow",
    "rpt_funnels",
    "No step of a sequence is reached by more persons than the step before it, or than entered.",
    """
    select
        sequence_id,
        count(*),
        count(*) filter (where reached > before or reached > entrants or acted > reached),
    from (
        select *, lag(reached) over steps as before
        from marts.rpt_funnels
        window steps as (partition by sequence_id, person_population order by step_number)
    )
    group by all order by all
    """,
    "who reaches a step has reached those before",
)

UNIQUES = plausibility_check(
    "uniques_do_not_exceed_totals",
    "fct_email_sends",
    "Per campaign, openers and clickers are at most as many as opens and clicks, and humans as everything.",
    """
    select
        coalesce(campaign_key, 'no campaign'),
        recipients,
        greatest(0, clickers - clicks, openers - opens - clicks, openers - recipients, clickers - openers,
            human_openers - openers, human_clickers - clickers, human_opens - opens, human_clicks - clicks),
    from _campaign_sends order by all
    """,
    "who opened has opened at least once; a click implies an open",
)

OPEN_BOUNDS = plausibility_check(
    "open_rates_are_ordered",
    "rpt_open_rates",
    "The lowest open rate is at most the estimate, the estimate at most the highest.",
    """
    select
        slice_type, count(*),
        count(*) filter (where low > high or low > estimate + 1e-9 or estimate > high + 1e-9),
    from marts.rpt_open_rates group by all order by all
    """,
    "the construction of the three figures",
)

PATH_SHARES = Check(
    name="path_shares_sum_to_one",
    asset=("marts", "rpt_micro_conversion_paths"),
    severity=Status.ERROR,
    description="The shares of all paths of as many steps, with the row of the remainder, sum to 100 %.",
    tolerance="One in a million, for the rounding of a sum.",
    evaluate=expect_equality(
        "select person_population || ', ' || path_length || ' steps', sum(share), 1"
        " from marts.rpt_micro_conversion_paths group by person_population, path_length order by all",
        source="who takes so many steps takes one path",
    ),
)

_KEYS = {
    "dim_persons": "person_key",
    "fct_events": "event_id",
    "fct_email_sends": "email_send_id",
    "fct_sessions": "session_id",
    "fct_micro_conversions": "event_id",
    "fct_macro_conversions": "macro_conversion_id",
    "fct_journeys": "journey_id",
    "fct_journey_stages": "stage_span_id",
}
NATURAL_KEYS = plausibility_check(
    "natural_keys_are_unique",
    "fct_events",
    "No natural key of a dimension or fact is duplicated or missing.",
    " union all ".join(
        f"select '{mart}', count(*), count(*) - count(distinct {key}) from marts.{mart}"
        for mart, key in _KEYS.items()
    ),
    "one row per thing",
)

# One total counted four ways: attribution that does not sum to the conversions lost or duplicated some.
CONVERSIONS = Check(
    name="conversions_are_counted_once_everywhere",
    asset=("marts", "fct_macro_conversions"),
    severity=Status.ERROR,
    description=(
        "Conversions and revenue of known persons are the same summed over journeys, sessions and cohorts: "
        "none is attributed twice, none is left out."
    ),
    tolerance="No conversion; of revenue one in a million, for the rounding of a sum.",
    evaluate=expect_equality(
        """
        with totals as (
            select 'truth' as counted_in, count(*) as conversions, sum(converted_revenue)::double as revenue
            from marts.fct_macro_conversions where person_key is not null
            union all
            select 'journeys', count(*), sum(revenue) from marts.fct_journeys where converted
            union all
            select 'sessions', sum(macro_conversion_count), sum(revenue) from marts.fct_sessions
            union all
            select 'cohorts', sum(conversions), sum(revenue) from (
                -- Null in the mart where a cohort began before conversions were reported.
                select
                    coalesce(max(cohorts.cumulative_conversions), max(counts.reported_conversions))
                        as conversions,
                    case when max(cohorts.cumulative_conversions) is null then max(counts.reported_revenue)
                        else max(cohorts.cumulative_revenue) end as revenue
                from marts.rpt_cohorts as cohorts
                inner join intermediate.int_cohort_counts as counts using (
                    cohort_by, cohort_grain, person_population, cohort_start, is_left_truncated, period_number
                )
                where cohort_grain = 'month' and cohort_by = 'first_touch'
                group by person_population, cohort_start, is_left_truncated
            )
        ),
        truth as (select * from totals where counted_in = 'truth')
        select 'conversions of ' || totals.counted_in, totals.conversions, truth.conversions
        from totals, truth where totals.counted_in <> 'truth'
        union all
        select 'revenue of ' || totals.counted_in, totals.revenue, truth.revenue
        from totals, truth where totals.counted_in <> 'truth'
        order by all
        """,
        source="fct_macro_conversions",
    ),
)

_RATES = {
    "rpt_completion_rates": ("completed", "eligible", "rate"),
    "rpt_benchmark_positions": ("completed", "n", "rate"),
    "rpt_open_rates": ("opened", "delivered", "rate_gross"),
    "rpt_funnels": ("reached", "entrants", "reached_rate"),
    "rpt_cohorts": ("active", "cohort_size", "retained_rate"),
    "rpt_micro_conversion_paths": ("converted", "mature_persons", "conversion_rate"),
    "rpt_stage_transitions": ("reached", "persons_at_risk", "probability"),
    "rpt_stage_visit_transitions": ("persons", "persons_at_risk", "probability"),
}
RATES = plausibility_check(
    "rates_are_possible",
    "rpt_completion_rates",
    "Every reported rate lies between 0 and 1, and no numerator exceeds its denominator.",
    " union all ".join(
        f"select '{mart}', count(*), count(*) filter (where {part} > {whole} or {part} < 0 "
        f"or {rate} not between 0 and 1) from marts.{mart}"
        for mart, (part, whole, rate) in _RATES.items()
    ),
    "a part is no more than the whole",
)

CHECKS = (FUNNELS, UNIQUES, OPEN_BOUNDS, PATH_SHARES, NATURAL_KEYS, CONVERSIONS, RATES)
