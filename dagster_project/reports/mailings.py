"""Findings about the e-mails: time to purchase, send times, benchmarks."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import (
    EXPOSED,
    MIN_PERSONS,
    Query,
    Row,
    between,
    confidence,
    duration,
    percent,
    share,
)
from dagster_project.statistics.proportions import compare_rates, wilson_interval
from dagster_project.statistics.survival import Incidence, cumulative_incidence

# An hour with fewer e-mails than this cannot be the best.
MIN_EMAILS = 300
# Days in which an order counts as following a click, or the first e-mail.
PURCHASE_DAYS = 30
# Days in which clicks and opens count as of an e-mail, as in `rpt_completion_rates`.
RESPONSE_DAYS = 7
# When the mailings were over for the outcome: what came later does not count, one source's may be missing.
KNOWN_UNTIL = """
    (select watermark_at from marts.rpt_outcome_watermarks where outcome_type = '{}' and outcome = '{}')
"""


def time_to_purchase(query: Query) -> Iterator[Finding]:
    """From a recipient's first click in an e-mail to the next order, against those without a click yet."""
    rows = query(f"""
        with recipients as (
            select person_key, min(delivered_at) as mailed_at, min(first_human_click_at) as clicked_at
            from marts.fct_email_sends where person_key is not null and delivered_at is not null
            group by person_key
        ),
        ends as (select {KNOWN_UNTIL.format("macro_conversion", "any")} as known_until),
        -- Until they click, recipients are followed among those who have not.
        followed as (
            select person_key, true as has_clicked, clicked_at as begun_at, known_until as ends_at
            from recipients cross join ends where clicked_at <= known_until
            union all
            select person_key, false, mailed_at, least(coalesce(clicked_at, known_until), known_until)
            from recipients cross join ends
            where mailed_at < least(coalesce(clicked_at, known_until), known_until)
        )
        select has_clicked,
            least(epoch(coalesce(min(purchases.occurred_at), ends_at) - begun_at), {PURCHASE_DAYS * 86_400})
                as seconds,
            if(min(purchases.occurred_at) is null, 0, 1) as has_bought,
        from followed
        left join marts.fct_macro_conversions as purchases
            on followed.person_key = purchases.person_key and purchases.is_order
            and purchases.occurred_at between begun_at and least(ends_at, begun_at + to_days({PURCHASE_DAYS}))
        group by followed.person_key, has_clicked, begun_at, ends_at
    """)
    clicked = [row for row in rows if row["has_clicked"]]
    others = [row for row in rows if not row["has_clicked"]]
    if min(len(clicked), len(others)) < MIN_PERSONS:
        return
    of_clicked, of_others = _bought(clicked), _bought(others)
    if (
        of_clicked is None
        or of_clicked.lower is None
        or of_clicked.upper is None
        or of_clicked.median is None
    ):
        return
    yield Finding(
        "How fast?",
        f"Of recipients who click in an e-mail, {percent(of_clicked.probability)} buy within {PURCHASE_DAYS} "
        f"days of the first click, half of these within {duration(of_clicked.median)}; of those who have not "
        f"clicked yet, {percent(of_others.probability if of_others else 0.0)} within as long of their first "
        "e-mail.",
        len(clicked),
        between(of_clicked.lower, of_clicked.upper),
    )


def _bought(rows: Sequence[Row]) -> Incidence | None:
    found = cumulative_incidence([row["seconds"] for row in rows], [row["has_bought"] for row in rows])
    return found[0] if found else None


def send_times(query: Query) -> Iterator[Finding]:
    """The hour of the recipient's own clock at which most campaigns are opened by people.

    Whose zone is only the account's default has no clock of their own here.
    """
    hours = query(f"""
        select
            hour(timezone(time_zone, delivered_at at time zone 'UTC')) as hour_of_day,
            count(*) as delivered,
            count(*) filter (where first_human_open_at <= delivered_at + to_days({RESPONSE_DAYS})) as opened,
        from marts.fct_email_sends
        join marts.dim_persons using (person_key)
        join marts.dim_campaigns using (campaign_key)
        where kind = 'campaign' and opens_observable = 'yes' and time_zone_source <> 'account'
            and delivered_at + to_days({RESPONSE_DAYS})
                <= {KNOWN_UNTIL.format("micro_conversion", "email_open")}
        group by hour_of_day
        having delivered >= {MIN_EMAILS}
        order by hour_of_day
    """)
    if len(hours) < 2:
        return
    # The best of so many hours is ahead by chance alone: its interval is that of all hours at once.
    level = confidence(len(hours))
    best = max(hours, key=lambda row: float(wilson_interval(row["opened"], row["delivered"], level)[0]))
    delivered = sum(row["delivered"] for row in hours) - best["delivered"]
    opened = sum(row["opened"] for row in hours) - best["opened"]
    if compare_rates(best["opened"], best["delivered"], opened, delivered, level).lower > 0:
        rate, interval = share(best["opened"], best["delivered"], compared=len(hours))
        yield Finding(
            "When to send?",
            f"Of campaign e-mails delivered at {best['hour_of_day']}:00 on the recipient's own clock, to "
            f"people whose opens can be seen, {rate} are opened within {RESPONSE_DAYS} days, at the other "
            f"{len(hours) - 1} hours {percent(opened / delivered)} (as observed, no experiment).",
            best["delivered"],
            interval,
        )


def benchmark_comparison(query: Query) -> Iterator[Finding]:
    """Rates whose kind of e-mail has a published band."""
    for row in query("""
        select
            rates.*, label, benchmark_counts = 'gross' as with_machines,
            if(with_machines, completed_gross, completed) as counted,
            if(with_machines, eligible_gross, eligible) as counted_of,
        from marts.rpt_completion_rates as rates
        join marts.dim_micro_conversions using (micro_conversion)
        where slice_type = 'campaign_kind' and status in ('below', 'within', 'above')
        order by slice_value, micro_conversion
    """):
        rate, interval = share(row["counted"], row["counted_of"])
        standing = "in line with" if row["status"] == "within" else row["status"]
        machines = " with machines" if row["with_machines"] else ""
        # Machines open for people whose own opens cannot be seen, too.
        population = row["population"].removeprefix("observable_") if machines else row["population"]
        yield Finding(
            "Against published figures?",
            f"“{row['label']}”: {rate} of {EXPOSED[population]} in {row['slice_value']}s within "
            f"{row['window_days']} days{machines}, {standing} the published "
            f"{between(row['benchmark_lower'], row['benchmark_upper'])}.",
            row["counted_of"],
            interval,
        )
