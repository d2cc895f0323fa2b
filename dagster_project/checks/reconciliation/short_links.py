"""Clicks on short links against Bitly's own totals. Rows of (subject, ours, theirs)."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_agreement
from dagster_project.checks.populations import of_population

BITLY_CLICKS = Check(
    name="clicks_do_not_exceed_bitly_totals",
    asset=("marts", "fct_link_clicks_daily"),
    severity=Status.ERROR,
    description=(
        "Clicks summed over the days of a link equal Bitly's total of its life, or do not exceed it where "
        "the link is older than the first day read."
    ),
    tolerance=(
        "WARN over 0.5 % of a link and 2 clicks: the total is requested after the days; ERROR over 5 % in "
        "sum: then days are missing or counted twice."
    ),
    evaluate=of_population(
        expect_agreement(
            """
        with ours as (
            select link_key as bitlink, sum(clicks - custom_back_half_clicks) as clicks
            from marts.fct_link_clicks_daily group by all
        ),
        first_read as (
            select source.split_part('__', 2) as account, min(partition.split_part('/', -1))::date as day
            from raw._loads
            where source.split_part('__', 1) = 'bitly' and stream = 'link_clicks'
            group by all
        ),
        -- A link that moved from one account to another was read since the first of them.
        links as (
            select id as bitlink, min(day) as day
            from raw.bitly__bitlinks
            inner join first_read
                on first_read.account
                = case when contains(_partition, '/') then split_part(_partition, '/', 1) else '' end
            group by all
        )
        select
            bitlink,
            case when created_at::date > day then coalesce(clicks, 0) else greatest(clicks, total_clicks) end,
            total_clicks
        from staging.stg_bitly__link_totals
        left join ours using (bitlink)
        left join staging.stg_bitly__bitlinks using (bitlink)
        left join links using (bitlink)
        """,
            source="Bitly's total clicks of each link",
            warn_over=0.005,
            error_over=0.05,
            slack=2,
        ),
        unit="clicks",
        existing="select coalesce(sum(clicks), 0)::bigint from marts.fct_link_clicks_daily",
    ),
)

CHECKS = (BITLY_CLICKS,)
