"""What the checks of how a vendor writes must see."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault

FAULTS = (
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
)
