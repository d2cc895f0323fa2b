"""What the checks of completeness must see: records, events, days and files that are missing."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

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
)
