"""One fault per check, planted by SQL into a refreshed warehouse, and the check it must turn red."""

from dataclasses import dataclass

from dagster_project.checks.check import Status

# Whole days, so that local times keep their offset; the clocks do not change between the two.
_LAST_JUDGED_DAY = "(select max(loaded_at)::date - 1 from raw._loads where stream = 'actions')"

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


@dataclass(frozen=True)
class Fault:
    """`statements` give `check`, and no other, that `status`."""

    check: str
    statements: tuple[str, ...]
    status: Status = Status.ERROR


def _export_lacks(counted: str) -> str:
    other = {"event_count": "transactions", "transactions": "event_count"}[counted]
    return f"""
        create or replace view staging.stg_google_analytics_export__day_totals as
        select day, feed, time_zone, inexact_because, {counted}, null::bigint as {other}, unnamed_events
        from staging.stg_google_analytics__day_totals
    """


def _off_its_band(basis: str) -> tuple[str, ...]:
    return (
        f"""
        update marts.rpt_benchmark_positions
        set n = 1000, completed = 1000, rate = 1, lower = 0.99, upper = 1, band_lower = 0, band_upper = 0.1,
            status = 'above'
        where basis = '{basis}'
        """,
    )


FAULTS = (
    Fault(
        "every_landed_record_is_loaded",
        ("update raw._loads set fetched = fetched + 1 where source = 'smaily' and stream = 'lists'",),
    ),
    Fault(
        "raw_tables_hold_what_was_loaded",
        ("delete from raw.smaily__lists where id = (select min(id) from raw.smaily__lists)",),
    ),
    Fault(
        "every_record_becomes_one_event",
        (
            """
            delete from marts.fct_events where event_id = (
                select min(event_id) from marts.fct_events where source = 'smaily' and event_name = 'create'
            )
            """,
        ),
    ),
    Fault(
        "no_day_is_missing",
        (
            """
            delete from raw._loads where stream = 'campaign_statistics' and loaded = 0 and partition = (
                select max(partition) from raw._loads
                where stream = 'campaign_statistics' and loaded = 0 and partition < (
                    select max(partition) from raw._loads where stream = 'campaign_statistics'
                )
            )
            """,
        ),
    ),
    Fault(
        "few_records_are_quarantined",
        (
            """
            update raw._loads set fetched = fetched + 40, landed = landed + 40, quarantined = 40
            where source = 'smaily' and stream = 'lists'
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_values_are_corrected",
        (
            """
            insert into raw._corrections
            select source, stream, partition, 'a reason', landed, loaded_at from raw._loads
            where source = 'smaily' and stream = 'contacts'
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "every_event_file_can_be_read",
        (
            """
            insert into raw._loads by name
            select 'event_files' as source, 'shop' as stream, 'cut.csv.gz' as partition, 9999 as fetched,
                9999 as landed, 9998 as loaded, 1 as quarantined, 0 as repeated, max(loaded_at) as loaded_at
            from raw._loads
            """,
            """
            insert into raw._quarantine by name
            select 'event_files' as source, 'shop' as stream, 'cut.csv.gz' as partition,
                'cut.csv.gz: the file is cut' as reason
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_details_are_lost_at_the_source",
        (
            """
            update marts.rpt_data_quality set affected = total / 2
            where indicator = 'folded_events' and day > (select max(day) from marts.rpt_data_quality) - 20
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "no_refused_loss_stands",
        (
            """
            insert into raw._losses by name
            select 'smaily' as source, 'actions' as stream, '0000000001' as partition, '' as field,
                '0000000001 has 0 records, 9 before' as description, now() as refused_at
            """,
        ),
    ),
    Fault(
        "small_lists_keep_their_records",
        (
            """
            insert into raw._losses by name
            select 'smaily' as source, 'split_tests' as stream, '' as partition, '' as field,
                'all of it has 0 records, 1 before' as description, max(loaded_at) as ended_at
            from raw._loads
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "event_ids_distinguish_rows",
        (
            """
            insert into raw._loads by name
            select 'event_files' as source, 'shop' as stream, 'b.csv' as partition, 50 as fetched,
                50 as landed, 50 as loaded, 0 as quarantined, 49 as repeated, 1 as distinct_records,
                max(loaded_at) as loaded_at
            from raw._loads
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "feed_settings_name_what_exists",
        ("insert into raw._feed_settings values ('shop', 'order_namespace', 'shpo')",),
        Status.WARN,
    ),
    Fault(
        "every_mapped_column_is_filled",
        (
            """
            insert into raw._loads by name
            select 'event_files' as source, 'shop' as stream, 'b.csv' as partition, 1 as fetched, 1 as landed,
                1 as loaded, 0 as quarantined, 0 as repeated, max(loaded_at) as loaded_at,
                [{'field': 'revenue', 'path': 'amount', 'records': 0}] as filled
            from raw._loads
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "columns_stay_filled",
        (
            """
            update raw._loads
            set filled = list_transform(filled, lambda item: {
                'field': item.field,
                'path': item.path,
                'records': if(item.field = 'client_id', 0, item.records)
            })
            where source = 'google_analytics' and stream = 'events' and partition = (
                select max(partition) from raw._loads
                where source = 'google_analytics' and stream = 'events' and loaded > 20
            )
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "every_event_with_revenue_is_matched",
        ("update marts.fct_events set micro_conversion = null where event_name = 'purchase'",),
        Status.WARN,
    ),
    Fault(
        "every_event_name_is_declared",
        ("delete from intermediate.int_event_name_kinds where event_name = 'bounce'",),
        Status.WARN,
    ),
    Fault(
        "streams_are_fresh_against_their_retention",
        ("update raw._loads set loaded_at = loaded_at - interval 2 day where source = 'bitly'",),
        Status.WARN,
    ),
    Fault(
        "streams_are_fresh_against_their_retention",
        ("update raw._loads set loaded_at = loaded_at - interval 24 day where stream = 'actions'",),
    ),
    Fault(
        "sends_equal_smaily_campaign_totals",
        (
            """
            update marts.fct_email_sends set sent_at = null
            where email_send_id % 2 = 0 and campaign_key like 'smaily-%'
            """,
        ),
    ),
    Fault(
        "responses_equal_smaily_campaign_totals",
        (
            """
            update marts.fct_email_sends set clicks = clicks * 3
            where clicks > 0 and campaign_key like 'smaily-%'
            """,
        ),
    ),
    Fault(
        "sends_equal_hubspot_campaign_totals",
        ("update marts.fct_email_sends set sent_at = null where campaign_key = 'hubspot-7002'",),
    ),
    Fault(
        "responses_equal_hubspot_campaign_totals",
        ("update marts.fct_email_sends set delivered_at = null where campaign_key = 'hubspot-7002'",),
    ),
    Fault(
        "events_equal_google_analytics_daily_totals",
        (
            """
            update marts.fct_events set event_count = event_count + 1
            where source = 'google_analytics' and event_name = 'page_view'
                and occurred_at > (select max(occurred_at) - interval 20 day from marts.fct_events)
                and occurred_at < (select max(occurred_at) - interval 10 day from marts.fct_events)
            """,
        ),
    ),
    Fault(
        "purchase_events_equal_google_analytics_daily_totals",
        ("update marts.fct_events set event_name = 'order' where event_name = 'purchase'",),
    ),
    # Totals of days of which the export has no event.
    Fault("events_equal_google_analytics_export_daily_totals", (_export_lacks("event_count"),)),
    Fault("purchase_events_equal_google_analytics_export_daily_totals", (_export_lacks("transactions"),)),
    Fault(
        "clicks_do_not_exceed_bitly_totals",
        ("update marts.fct_link_clicks_daily set clicks = clicks + 100",),
    ),
    Fault(
        "contacts_reach_announced_counts",
        ("update raw.smaily__lists set subscribers_count = subscribers_count * 2",),
    ),
    Fault(
        "mailings_in_the_log_are_listed",
        ("update raw.smaily__campaigns set id = '9' || id",),
        Status.WARN,
    ),
    Fault(
        "every_listed_link_is_counted",
        (
            """
            update raw.bitly__bitlinks set id = id || '0'
            where id = (select min(id) from raw.bitly__bitlinks)
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "opens_name_client_and_address",
        ("update marts.fct_events set properties = null where event_name = 'view' and event_id % 5 = 0",),
        Status.WARN,
    ),
    Fault(
        "ab_test_arms_have_their_section",
        (
            """
            update staging.stg_smaily__action_counts set campaign_name = campaign_name || action
            where campaign_id in (select campaign_id from staging.stg_smaily__split_tests)
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_times_are_left_out",
        ("update raw.smaily__contacts set last_open_at = '15-11-26 10:00' where last_open_at > '2'",),
        Status.WARN,
    ),
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
        "order_ids_of_two_shops_do_not_collide",
        (
            """
            create temp table _pairs as
            select
                event_id,
                lead(order_id) over in_time as id_of_next,
                lead(person_key) over in_time as next_person,
                lead(occurred_at) over in_time - occurred_at as gap,
                row_number() over in_time as number,
                person_key,
            from marts.fct_macro_conversions
            where order_id is not null and person_key is not null
            window in_time as (order by occurred_at)
            """,
            """
            update marts.fct_macro_conversions as conversions
            set order_namespace = 'other shop', order_id = id_of_next
            from _pairs
            where conversions.event_id = _pairs.event_id and number % 2 = 1
                and next_person <> _pairs.person_key and gap <= interval 1 day
            """,
            "update marts.fct_macro_conversions set names_person = true where order_id is not null",
        ),
    ),
    Fault(
        "revenue_equals_vendor_totals",
        (
            """
            update marts.rpt_data_quality set affected = 0.1 * total
            where indicator = 'unreconciled_revenue'
            """,
        ),
    ),
    Fault(
        "orders_equal_daily_totals",
        (
            """
            insert into marts.rpt_data_quality by name
            select template.* replace (
                'unreconciled_orders' as indicator, 'shop' as stream, 10 as affected, 100 as total,
                0.1 as share, null as highest_share
            )
            from (from marts.rpt_data_quality where indicator = 'unconverted_orders' limit 1) as template
            """,
        ),
    ),
    Fault(
        "few_orders_are_left_out_of_revenue",
        (
            "update marts.fct_macro_conversions set converted_revenue = null where person_key is not null",
            "update intermediate.int_journeys set revenue = null",
            "update marts.fct_sessions set revenue = null",
            "update marts.rpt_cohorts set cumulative_revenue = null",
        ),
        Status.WARN,
    ),
    Fault(
        "no_source_is_silent",
        (
            """
            update marts.rpt_source_watermarks
            set is_silent = true, days_behind = 31, line_to_add = 'retired_sources: add it'
            where source = (select min(source) from marts.rpt_source_watermarks)
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "rates_are_possible",
        ("update marts.rpt_completion_rates set completed = eligible + 1 where slice_type = 'overall'",),
    ),
    Fault("a_shuffled_micro_conversion_has_no_effect", _ONE_PERSONS_JOURNEYS, Status.WARN),
    Fault(
        "volumes_against_own_history",
        (
            f"""
            update marts.fct_events
            set
                occurred_at = occurred_at + to_days({_LAST_JUDGED_DAY} - occurred_at::date),
                occurred_at_local = occurred_at_local + to_days({_LAST_JUDGED_DAY} - occurred_at::date)
            where source = 'smaily' and event_name = 'view'
                and occurred_at::date between {_LAST_JUDGED_DAY} - 12 and {_LAST_JUDGED_DAY}
            """,
        ),
        Status.WARN,
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
    Fault(
        "few_events_come_late",
        (
            """
            update marts.fct_events set loaded_at = loaded_at + interval 10 day
            where source = 'smaily' and event_id % 10 = 0
            """,
        ),
        Status.WARN,
    ),
    Fault(
        "few_sessions_change_afterwards",
        (
            """
            insert into marts.restatement_ledger by name
            select
                (select max(run_at) from marts.restatement_ledger) as run_at,
                'google_analytics' as source, 'events' as stream, '2000-01-01' as partition,
                'restated' as change, 100 as rows_before, 90 as rows_after, 50 as persons,
                (select count(*) // 2 from marts.fct_sessions) as sessions, false as is_full_build,
            """,
        ),
        Status.WARN,
    ),
    Fault("rates_against_industry", _off_its_band("industry"), Status.WARN),
    Fault("rates_against_commitment_level", _off_its_band("commitment_level"), Status.WARN),
    Fault("rates_against_journey_placement", _off_its_band("journey_placement"), Status.WARN),
    Fault("rates_against_own_history", _off_its_band("own_history"), Status.WARN),
    Fault("rates_against_predecessor", _off_its_band("predecessor"), Status.WARN),
)
