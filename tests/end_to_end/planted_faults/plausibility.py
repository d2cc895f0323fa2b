"""What the checks of plausibility must see: figures that no data can have."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

FAULTS = (
    Fault(
        "funnels_only_narrow",
        (
            """
            update marts.rpt_funnels as funnels set reached = entrants
            where step_number = (
                select max(step_number) from marts.rpt_funnels as same
                where same.sequence_id = funnels.sequence_id
            )
            """,
        ),
    ),
    Fault(
        "uniques_do_not_exceed_totals",
        (
            """
            update marts.fct_email_sends set human_clicks = 10000
            where email_send_id = (select min(email_send_id) from marts.fct_email_sends)
            """,
        ),
    ),
    Fault("open_rates_are_ordered", ("update marts.rpt_open_rates set estimate = high + 0.01",)),
    Fault("path_shares_sum_to_one", ("update marts.rpt_micro_conversion_paths set share = share / 2",)),
    Fault(
        "stages_follow_a_legal_order",
        (
            """
            update intermediate.int_journey_stages set is_regression = not is_regression
            where stage_span_id = (select min(stage_span_id) from intermediate.int_journey_stages)
            """,
        ),
    ),
    Fault(
        "nobody_converts_before_first_touch",
        (
            """
            update marts.fct_macro_conversions set occurred_at = occurred_at - interval 400 day
            where macro_conversion_id = (
                select min(macro_conversion_id) from marts.fct_macro_conversions where person_key is not null
            )
            """,
        ),
    ),
    Fault(
        "nothing_happens_after_it_was_read",
        (
            """
            update marts.fct_events
            set
                occurred_at = occurred_at + interval 2 day,
                occurred_at_local = occurred_at_local + interval 2 day
            where event_id = (
                select arg_max(event_id, occurred_at) from marts.fct_events where source = 'smaily'
            )
            """,
        ),
    ),
    Fault(
        "local_times_lead_back_to_utc",
        (
            """
            update marts.fct_events set occurred_at_local = occurred_at_local + interval 1 hour
            where event_id % 10 = 0
            """,
        ),
    ),
    Fault(
        "natural_keys_are_unique",
        ("insert into marts.fct_sessions from marts.fct_sessions where macro_conversion_count = 0 limit 1",),
    ),
    Fault(
        "conversions_are_counted_once_everywhere",
        (
            """
            update intermediate.int_journeys set revenue = coalesce(revenue, 0) + 1
            where journey_id = (select min(journey_id) from marts.fct_journeys where converted)
            """,
        ),
    ),
    Fault(
        "rates_are_possible",
        ("update marts.rpt_completion_rates set completed = eligible + 1 where slice_type = 'overall'",),
    ),
    Fault(
        "review_invitations_are_neutral",
        (
            """
            update marts.rpt_reviews set
                persons = 40, reached = 10, rate = 0.25, lower = 0.1, upper = 0.4,
                other_persons = 400, other_reached = 300, other_rate = 0.75,
                difference = -0.5, difference_lower = -0.6, difference_upper = -0.3, verdict = 'not neutral'
            where row_name = 'order_refunded'
            """,
        ),
        Status.WARN,
    ),
)
