"""Volumes against the same weekdays of the weeks before, and the share of late events."""

from collections.abc import Sequence

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share
from dagster_project.runtime.event_contracts import read_contracts
from dagster_project.runtime.worker import worker
from dagster_project.statistics.false_warnings import DRIFT
from dagster_project.statistics.results import VolumeBand

VOLUME_BAND = "dagster_project.statistics.volumes:volume_band"  # by name: see evaluators.py
# Eight weeks: long enough for a spread, short enough to follow a season.
WEEKS = 8

# The day before the last pull, less the days that the source may still restate. A source's first day is
# mostly cut, so the history begins with the second.
_VOLUMES = f"""
    with compared as (
        select source.split_part('__', 1) as source, max(loaded_at)::date - 1 - max(restatement_days) as day
        from raw._loads join _streams using (source, stream)
        where is_configured and gives_events
        group by all
    ),
    first_days as (select source, min(day) as day from _event_days group by source),
    series as (
        select distinct source,
            event_name,
            greatest(compared.day - {7 * WEEKS}, first_days.day + 1) as since,
            compared.day,
        from _event_days join compared using (source) join first_days using (source)
    ),
    calendar as (
        select source, event_name, unnest(generate_series(since, day, interval 1 day))::date as day
        from series where since <= day
    )
    select
        source || ': ' || event_name as name,
        list(coalesce(events, 0) order by day)::bigint[] as counts,
    from calendar left join _event_days using (source, event_name, day)
    group by all order by all
"""


def _scheduled() -> set[str]:
    """Names of the series that follow what somebody sends."""
    return {
        f"{source}: {name}"
        for source, contract in read_contracts().items()
        for names in contract.email_events.values()
        for name in names
    }


def _volumes(context: CheckContext) -> CheckOutcome:
    histories: dict[str, list[int]] = dict(context.rows(_VOLUMES))
    scheduled = _scheduled()
    bands: dict[str, VolumeBand] = {
        name: band
        for name, counts in histories.items()
        if (band := worker.call(VOLUME_BAND, counts[:-1], DRIFT / len(histories), name in scheduled))
    }
    off = {name for name, band in bands.items() if not band.holds(histories[name][-1])}
    shown = sorted(bands, key=lambda name: (name not in off, -bands[name].expected))
    first = bands[shown[0]] if shown else None
    return CheckOutcome(
        status=Status.WARN if off else Status.PASSED,
        summary=f"{len(off)} of {len(bands)} kinds of event are off their usual volume.",
        subject=shown[0] if shown else "none",
        n=len(histories[shown[0]]) - 1 if shown else 0,  # days it is compared with
        figure=float(histories[shown[0]][-1]) if shown else None,
        interval=(first.lower, first.upper) if first else None,
        band=(first.lower, first.upper) if first else None,
        band_source=f"the same weekday of the last {WEEKS} weeks, negative binomial",
        chart=charts.table(
            ["", "that day", "expected", "band", "the last four weeks"],
            [_line(name, histories[name], bands[name]) for name in shown],
        ),
    )


def _line(name: str, counts: Sequence[int], band: VolumeBand) -> tuple[str, ...]:
    return (
        name,
        f"{counts[-1]:,}",
        f"{band.expected:,.0f}",
        f"{band.lower:,.0f} to {band.upper:,.0f}",
        charts.sparkline(counts[-28:]),
    )


VOLUMES = Check(
    name="volumes_against_own_history",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "How many events of each kind happened on the last day that is complete and no longer restated, "
        "against the same weekday of the weeks before; e-mail may go out on another weekday."
    ),
    tolerance=(
        "The 99 % prediction interval, shared among all kinds of event: one false alarm in a "
        "hundred evaluations."
    ),
    evaluate=_volumes,
)

# Starting value: a few devices send their hits when they are online again.
MAX_LATE = 0.05

# What was read on the first day of a source, a feed or a further account is history, not late.
# Two days, since times of loading are kept by the day: at least the 36 hours after which a source is stale.
_LATE = """
    with event_quarters as (
        select *, coalesce(feed, '') as of_feed from _event_quarters
    ),
    first_loads as (
        select source, of_feed, min(loaded_on) as day from event_quarters group by source, of_feed
    ),
    histories as (
        select loads.source.split_part('__', 1) as source, min(loads.extracted_at)::date as day
        from raw._loads as loads
        join _streams on loads.source.split_part('__', 1) = _streams.source and loads.stream = _streams.stream
        where gives_events and contains(loads.source, '__')
        group by loads.source
    ),
    restated as (
        select source, max(restatement_days) as days from _streams
        where gives_events group by source
    )
    select
        source,
        sum(events)::bigint,
        coalesce(sum(events) filter (where make_timestamp(quarter * 900000000)
            < loaded_on - to_days(2 + coalesce(days, 0))), 0)::bigint,
    from event_quarters
    join first_loads using (source, of_feed)
    left join restated using (source)
    anti join histories on source = histories.source and loaded_on = histories.day
    where loaded_on > first_loads.day
    group by source order by source
"""


def _late(context: CheckContext) -> CheckOutcome:
    return evaluate_share(context.rows(_LATE), MAX_LATE, "starting value: hits of devices that were offline")


LATE_EVENTS = Check(
    name="few_events_come_late",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "Of the events read since the first day of each feed and account, those that had happened longer ago "
        "than the source's restatement window and two days. Days pulled again on purpose count as late too."
    ),
    tolerance=(
        "5 % of a source's events by the interval, a starting value: more means that runs or hits "
        "were missed."
    ),
    evaluate=_late,
)

CHECKS = (VOLUMES, LATE_EVENTS)
