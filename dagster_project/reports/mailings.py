"""Findings about the e-mails: time to purchase, A/B tests, send times, benchmarks."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import (
    MIN_PERSONS,
    Query,
    Row,
    between,
    duration,
    percent,
    points,
    share,
)
from dagster_project.statistics.proportions import compare_rates, wilson_interval
from dagster_project.statistics.survival import cumulative_incidence

# An hour with fewer e-mails than this cannot be the best.
MIN_EMAILS = 300


def time_to_purchase(query: Query) -> Iterator[Finding]:
    """From a person's first click in an e-mail to the next order; who has not bought yet is censored."""
    rows = query("""
        with clicks as (
            select person_key, min(first_human_click_at) as clicked_at
            from marts.fct_email_sends where person_key is not null
            group by person_key having clicked_at is not null
        ),
        ends as (select max(coalesce(ended_at, censored_at)) as data_ends_at from marts.fct_journeys)
        select
            epoch(coalesce(min(purchases.occurred_at), any_value(data_ends_at)) - clicked_at) as seconds,
            if(min(purchases.occurred_at) is null, 0, 1) as has_bought,
        from clicks cross join ends
        left join marts.fct_macro_conversions as purchases
            on clicks.person_key = purchases.person_key and purchases.occurred_at >= clicked_at
        group by clicks.person_key, clicked_at
    """)
    if len(rows) < MIN_PERSONS:
        return
    estimates = cumulative_incidence([row["seconds"] for row in rows], [row["has_bought"] for row in rows])
    for estimate in estimates:
        if estimate.median is not None and estimate.lower is not None and estimate.upper is not None:
            yield Finding(
                "How fast?",
                f"After a first click in an e-mail {percent(estimate.probability)} buy, half of them within "
                f"{duration(estimate.median)}.",
                len(rows),
                between(estimate.lower, estimate.upper),
            )


def ab_tests(query: Query) -> Iterator[Finding]:
    """Human clicks of the two arms of each A/B test, and whether the difference may be chance."""
    tests: dict[str, list[Row]] = {}
    for row in query("""
        select campaign_key, any_value(dim_campaigns.name) as name, variant,
            count(*) as delivered, count(first_human_click_at) as clicked
        from marts.fct_email_sends
        join marts.dim_emails using (email_id, campaign_key)
        join marts.dim_campaigns using (campaign_key)
        where delivered_at is not null and variant is not null
        group by campaign_key, variant
        order by campaign_key, variant
    """):
        tests.setdefault(row["campaign_key"], []).append(row)
    for arms in [arms for arms in tests.values() if len(arms) == 2]:
        yield _ab_test(arms)


def _ab_test(arms: Sequence[Row]) -> Finding:
    first, second = arms
    difference = compare_rates(second["clicked"], second["delivered"], first["clicked"], first["delivered"])
    rates = [percent(arm["clicked"] / arm["delivered"]) for arm in arms]
    winner = second if difference.lower > 0 else first if difference.upper < 0 else None
    result = f"{winner['variant']} wins" if winner else "no winner, it may be chance"
    return Finding(
        "Which variant wins? (points)",
        f"“{first['name']}”: {first['variant']} {rates[0]}, {second['variant']} {rates[1]} click; {result}.",
        first["delivered"] + second["delivered"],
        points(difference.lower, difference.upper),
    )


def send_times(query: Query) -> Iterator[Finding]:
    """The hour of the recipient's own clock at which most campaigns are opened by people."""
    hours = query(f"""
        select
            hour(timezone(timezone, delivered_at at time zone 'UTC')) as hour_of_day,
            count(*) as delivered, count(first_human_open_at) as opened,
        from marts.fct_email_sends
        join marts.dim_persons using (person_key)
        join marts.dim_campaigns using (campaign_key)
        where delivered_at is not null and kind = 'campaign' and opens_observable = 'yes'
        group by hour_of_day
        having delivered >= {MIN_EMAILS}
    """)
    if len(hours) < 2:
        return
    best = max(hours, key=lambda row: float(wilson_interval(row["opened"], row["delivered"])[0]))
    delivered = sum(row["delivered"] for row in hours) - best["delivered"]
    opened = sum(row["opened"] for row in hours) - best["opened"]
    if compare_rates(best["opened"], best["delivered"], opened, delivered).lower > 0:
        rate, interval = share(best["opened"], best["delivered"])
        yield Finding(
            "When to send?",
            f"At {best['hour_of_day']}:00 on the recipient's clock {rate} of people whose opens can be seen "
            f"open, at other hours {percent(opened / delivered)} (as observed).",
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
        yield Finding(
            "Against published figures?",
            f"“{row['label']}” in {row['slice_value']}s{machines}: {rate}, "
            f"{standing} {between(row['benchmark_lower'], row['benchmark_upper'])}.",
            row["counted_of"],
            interval,
        )
