"""Lists that a vendor gives against what it says elsewhere is in them."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share, expect_agreement, expect_none

CONTACTS = Check(
    name="contacts_reach_announced_counts",
    asset=("marts", "dim_persons"),
    severity=Status.ERROR,
    description=(
        "Of each contact list of Smaily as many contacts were read as it announces, or as many in all where "
        "the list itself was not read; more are no fault."
    ),
    tolerance=(
        "WARN over 2 % of a list and 5 contacts: they come and go while pages are read; ERROR over 20 % in "
        "sum: then pages are missing, or list 1 is not everybody."
    ),
    evaluate=expect_agreement(
        """
        with everybody as (select count(distinct contact_key) as contacts from raw.smaily__contacts),
        read_lists as (
            select try_cast(list_id as bigint) as list_id, count(distinct contact_key) as contacts
            from raw.smaily__contacts group by all
        )
        select
            coalesce(list_name, 'list ' || list_id),
            least(coalesce(read_lists.contacts, everybody.contacts), subscribers_count),
            subscribers_count
        from staging.stg_smaily__lists
        left join read_lists using (list_id)
        cross join everybody
        where subscribers_count is not null
        """,
        source="subscribers_count of Smaily's lists",
        warn_over=0.02,
        error_over=0.2,
        slack=5,
    ),
)

# Starting value: few mailings are deleted within a month of their sending.
MAX_UNLISTED = 0.05


def _unlisted(context: CheckContext) -> CheckOutcome:
    """The log is paged by numbers without gaps, the lists are not: what it has must be in one of them."""
    rows = context.rows("""
        with sent as (
            select campaign_id, max(first_occurred_at) as sent_at
            from staging.stg_smaily__action_counts
            where action = 'send' and campaign_id is not null
            group by all
        ),
        listed as (
            select campaign_id from staging.stg_smaily__campaigns
            union select campaign_id from staging.stg_smaily__split_tests
            union select campaign_id from staging.stg_smaily__automations
            union select campaign_id from staging.stg_smaily__workflows
        )
        select 'mailings', count(*), count(*) filter (where listed.campaign_id is null)
        from sent left join listed using (campaign_id)
        where sent_at > (select max(sent_at) from sent) - interval 30 day
        having count(*) > 0
    """)
    return evaluate_share(rows, MAX_UNLISTED, "starting value: a deleted mailing, not a missing page")


MAILINGS = Check(
    name="mailings_in_the_log_are_listed",
    asset=("marts", "dim_campaigns"),
    severity=Status.WARN,
    description="What Smaily's action log sent in its last 30 days is among the listed mailings.",
    tolerance="5 % by the interval: a deleted mailing is no longer listed, a missing page hides many.",
    evaluate=_unlisted,
)

LINKS = Check(
    name="every_listed_link_is_counted",
    asset=("marts", "fct_link_clicks_daily"),
    severity=Status.WARN,
    description="Bitly has a total for every link and back-half that it lists and that was not deleted.",
    tolerance="None: a 404 for a link that is still listed hides its clicks.",
    evaluate=expect_none(
        """
        with counted as (
            select bitlink, max(_extracted_at) over () as counted_at from staging.stg_bitly__link_totals
        ),
        listed as (
            select bitlink, custom_bitlinks from staging.stg_bitly__bitlinks
            where not coalesce(is_deleted, false)
                and coalesce(created_at < (select max(counted_at) from counted), true)
        ),
        addresses as (
            select bitlink from listed
            union
            select split_part(url, '://', -1) from (select unnest(custom_bitlinks) as url from listed)
        )
        select addresses.bitlink, 1, (counted.bitlink is null)::integer
        from addresses left join counted using (bitlink)
        where exists (from counted)
        order by all
        """,
        why="Bitly's own listing",
        status=Status.WARN,
    ),
)

CHECKS = (CONTACTS, MAILINGS, LINKS)
