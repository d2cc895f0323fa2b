"""Values that a vendor writes in a form of its own: mail clients, names of A/B tests, times as text."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share, expect_none
from dagster_project.raw.plausibility import is_implausible_time
from dagster_project.raw.schema import table_name
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.registry import SOURCES

EVENTS = ("marts", "fct_events")

# Starting value: without client and address no machine rule for opens can apply, and all count as human.
MAX_ILLEGIBLE = 0.05


def _illegible(context: CheckContext) -> CheckOutcome:
    """Of the events whose mail client identifies machines, those without a client or an address."""
    rows = context.rows("""
        with recent as (
            select events.source::varchar as source, events.event_name::varchar as event_name, properties
            from marts.fct_events as events
            semi join (
                select source, event_name from staging.machine_rules where feature in ('agent', 'ip_address')
            ) as rules
                on events.source::varchar = rules.source and events.event_name::varchar = rules.event_name
            where occurred_at > (select max(occurred_at) from marts.fct_events) - interval 30 day
        ),
        legible as (
            select
                source || ' ' || event_name as subject,
                coalesce(properties::varchar like '%"agent"%', false) as has_client,
                coalesce(properties::varchar like '%"ip_address"%', false) as has_address,
            from recent
        )
        select subject || ': neither client nor IP address', count(*),
            count(*) filter (where not (has_client or has_address))
        from legible group by all
        union all
        select subject || ': no client', count(*), count(*) filter (where not has_client)
        from legible group by all
        union all
        select subject || ': no IP address', count(*), count(*) filter (where not has_address)
        from legible group by all
        order by all
    """)
    return evaluate_share(rows, MAX_ILLEGIBLE, "starting value: a stray client, not another form")


OPENS = Check(
    name="opens_name_client_and_address",
    asset=EVENTS,
    severity=Status.WARN,
    description=(
        "The opens of the last 30 days say by which mail client and from which IP address, as the rules need "
        "that distinguish machines from persons."
    ),
    tolerance="5 % by the interval: a vendor that writes them in another form does so in every open.",
    evaluate=_illegible,
)

ARMS = Check(
    name="ab_test_arms_have_their_section",
    asset=("marts", "dim_emails"),
    severity=Status.WARN,
    description=(
        "Every arm of an A/B test in Smaily's log is one section of its statistics, by name or by counts; of "
        "any other the subject is left out."
    ),
    tolerance="None: an arm with the subject of another turns a comparison of subjects around.",
    evaluate=expect_none(
        """
        select campaign_name, count(*), count(*) filter (where section_position is null)
        from staging.stg_smaily__split_test_arms
        where has_statistics
        group by all order by all
        """,
        why="the vendor's statistics of the sections",
        status=Status.WARN,
    ),
)

# Starting value, as of values that loading corrects: a stray one, not another form.
MAX_LEFT_OUT = 0.001


def _left_out(context: CheckContext) -> CheckOutcome:
    """Times as text that staging leaves out, because they cannot be read or cannot be."""
    counts = " union all ".join(
        f"""
        select {literal(f"{source.name}/{stream.name}.{column.name}")}, count(time)::bigint,
            count(*) filter (where time is not null
                and (instant is null or {is_implausible_time("instant", "_extracted_at")}))::bigint
        from (
            select _extracted_at, nullif(nullif({quoted(column.name)}, ''), '0000-00-00 00:00:00') as time,
                try_cast(time as timestamptz) as instant
            from {table_name(source.name, stream.name)}
        )
        """
        for source in SOURCES
        for stream in source.streams
        for column in stream.columns
        if column.is_time_as_text
    )
    rows = context.rows(f"{counts} order by all")
    return evaluate_share(rows, MAX_LEFT_OUT, "starting value: a stray time, not another form")


TIMES = Check(
    name="few_times_are_left_out",
    asset=EVENTS,
    severity=Status.WARN,
    description="Times that describe contacts, mailings and links can be read and are plausible.",
    tolerance="0.1 % of a column by the interval: another form or a wrong clock is in all of them.",
    evaluate=_left_out,
)

CHECKS = (OPENS, ARMS, TIMES)
