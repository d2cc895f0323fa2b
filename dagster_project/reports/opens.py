"""Findings about opens and machine traffic: what can be shown, and what cannot be observed."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import MIN_PERSONS, Query, Row, between, percent, share

# Why it cannot be seen whether a recipient opens, as `rpt_open_rates` has it.
UNOBSERVABLE = {
    "privacy_proxy": "behind Apple's privacy proxy",
    "open_tracking_refused": "tracking refused",
    "images_never_loaded": "images never loaded",
    "plan_without_opens": "opens not reported",
    "no_machine_evidence": "persons' opens not told from machines'",
}


def open_rates(query: Query) -> Iterator[Finding]:
    """Between which shares the e-mails were opened, and why it cannot be said more exactly."""
    for row in query(f"""
        with windows as (
            select any_value(window_days) as window_days from marts.rpt_completion_rates
            where micro_conversion = 'email_open'
        )
        from marts.rpt_open_rates cross join windows
        where slice_type = 'overall' and delivered >= {MIN_PERSONS} and window_days is not null
    """):
        yield Finding(
            "How many open?", _bounds(row), row["delivered"], between(row["low_lower"], row["high_upper"])
        )


def _bounds(row: Row) -> str:
    opened = f"of the e-mails delivered were opened within {row['window_days']} days"
    causes = sorted(((row[f"width_{cause}"], why) for cause, why in UNOBSERVABLE.items()), reverse=True)
    named = [f"{why} {percent(width)}" for width, why in causes if width > 0]
    if not named:
        return f"{percent(row['low'])} {opened}."
    likely = "" if row["estimate"] is None else f"; {percent(row['estimate'])} if they open like the others"
    return (
        f"{percent(row['low'])} to {percent(row['high'])} {opened}: {percent(row['low'])} were seen to be, "
        f"{percent(row['width'])} went to people who cannot be seen to open ({', '.join(named)}){likely}."
    )


def machine_traffic(query: Query) -> Iterator[Finding]:
    """The share of clicks that no person made. Of opens it cannot be said: a proxy's hides the reader's."""
    [row] = query("""
        select
            count(*) as delivered,
            count(first_click_at) as clicked, count(first_human_click_at) as clicked_by_person,
        from marts.fct_email_sends where delivered_at is not null
    """)
    if row["clicked"] < MIN_PERSONS:
        return
    rate, interval = share(row["clicked"] - row["clicked_by_person"], row["clicked"])
    yield Finding(
        "How much is machine traffic?",
        f"{rate} of the e-mails clicked were clicked by machines only, as the rules tell them: of those "
        f"delivered, {percent(row['clicked'] / row['delivered'])} were clicked with machines and "
        f"{percent(row['clicked_by_person'] / row['delivered'])} without.",
        row["clicked"],
        interval,
    )
