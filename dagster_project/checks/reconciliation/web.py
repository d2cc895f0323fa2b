"""Counts by day against the web-analytics vendors' own totals. Rows of (subject, ours, theirs).

A source whose event contract has `vendor_totals: days` gets one check per count: `events` counts all of its
events, any other name the events of that name.
"""

from collections.abc import Iterator

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_agreement
from dagster_project.runtime.event_contracts import read_contracts
from dagster_project.sources.registry import source as registered

ALL_EVENTS = "events"


def _counts(source: str, model: str, name: str, column: str) -> str:
    """Days that the vendor itself flags are left out: its rows do not add up to its totals there."""
    counted = "" if name == ALL_EVENTS else f"filter (where event_name = '{name}')"
    return f"""
        with zone as (select any_value(time_zone) as name from staging.{model}),
        ours as (
            select
                (make_timestamp(quarter * 900000000) at time zone 'UTC' at time zone zone.name)::date as day,
                sum(event_count) {counted} as counted,
            from _event_quarters, zone
            where source = '{source}' group by all
        )
        select totals.day::varchar, coalesce(counted, 0), {column}
        from staging.{model} as totals left join ours using (day)
        where is_exact and {column} is not null
        order by all
    """


def _all_events(source: str, title: str, model: str, column: str) -> Check:
    return Check(
        name=f"events_equal_{source}_daily_totals",
        asset=("marts", "fct_events"),
        severity=Status.ERROR,
        description=(
            f"Events by day equal {title}'s totals without dimensions. Days that it flags (thresholded, "
            "sampled, folded into other) are left out; days it may still restate may differ by a little."
        ),
        tolerance=(
            "WARN over 0.1 % of a day and 5 events: totals and dimensions are requested one after the other; "
            "ERROR over 2 % in sum: then rows are withheld and not flagged, or pages are missing."
        ),
        evaluate=expect_agreement(
            _counts(source, model, ALL_EVENTS, column),
            source=f"{title}'s totals without dimensions",
            warn_over=0.001,
            error_over=0.02,
            slack=5,
        ),
    )


def _named_events(source: str, title: str, model: str, name: str, column: str) -> Check:
    return Check(
        name=f"{name}_events_equal_{source}_daily_totals",
        asset=("marts", "fct_events"),
        severity=Status.ERROR,
        description=f"Events {name} by day equal {column} of {title}'s totals without dimensions.",
        tolerance=(
            "WARN over 1 % of a day and 2 events: the vendor counts an id once that a tag sent twice; ERROR "
            "over 10 % in sum: then events are withheld or counted twice."
        ),
        evaluate=expect_agreement(
            _counts(source, model, name, column),
            source=f"{column} of {title}'s totals without dimensions",
            warn_over=0.01,
            error_over=0.1,
            slack=2,
        ),
    )


def _checks() -> Iterator[Check]:
    for source, contract in read_contracts().items():
        if totals := contract.totals("days"):
            title = registered(source).title
            for name, column in totals["columns"].items():
                if name == ALL_EVENTS:
                    yield _all_events(source, title, totals["model"], column)
                else:
                    yield _named_events(source, title, totals["model"], name, column)


CHECKS = tuple(_checks())
