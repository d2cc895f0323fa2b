"""Counts by day against the web-analytics vendors' own totals. Rows of (subject, ours, theirs).

A source whose event contract has `vendor_totals: days` gets one check per count: `events` counts all of its
events, any other name the events of that name.
"""

from collections.abc import Iterator

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import Evaluate, expect_agreement
from dagster_project.checks.populations import of_population
from dagster_project.runtime.event_contracts import read_contracts
from dagster_project.sources.registry import source as registered

ALL_EVENTS = "events"


def _counts(source: str, model: str, name: str, column: str) -> str:
    """Of the days whose rows the vendor itself says to be complete.

    An event whose name is folded may have any name: such events make up for as many as are missing of one.
    """
    counted, unnamed = (
        ("", "0") if name == ALL_EVENTS else (f"filter (where event_name = '{name}')", "unnamed_events")
    )
    return f"""
        with zones as (
            select coalesce(feed, '') as property, any_value(time_zone) as name
            from staging.{model} group by all
        ),
        ours as (
            select
                property,
                (make_timestamp(quarter * 900000000) at time zone 'UTC' at time zone zones.name)::date as day,
                sum(event_count) {counted} as counted,
            from _event_quarters join zones on coalesce(feed::varchar, '') = property
            where source = '{source}' group by all
        ),
        compared as (
            select
                concat_ws(' of property ', totals.day::varchar, feed) as day,
                coalesce(counted, 0) as counted,
                {column} as total,
                {unnamed} as unnamed,
            from staging.{model} as totals
            left join ours on totals.day = ours.day and coalesce(feed, '') = property
            where inexact_because is null and {column} is not null
        )
        select day, greatest(counted, least(total, counted + unnamed)), total from compared order by all
    """


def _evaluate(
    source: str, title: str, model: str, name: str, column: str, tolerances: tuple[float, float, float]
) -> Evaluate:
    warn_over, error_over, slack = tolerances
    return of_population(
        expect_agreement(
            _counts(source, model, name, column),
            source=f"{column} of {title}'s totals without dimensions",
            warn_over=warn_over,
            error_over=error_over,
            slack=slack,
        ),
        unit="events",
        # Without any total, as of an export alone, there is nothing to be compared with.
        existing=f"""
            select coalesce(sum(events), 0)::bigint from _event_quarters
            where source = '{source}' and exists (select 1 from staging.{model})
        """,
        left_out=f"""
            select inexact_because, count(*) from staging.{model}
            where inexact_because is not null group by all order by all
        """,
        what=f"days that {title} flags",
    )


def _all_events(source: str, title: str, model: str, column: str) -> Check:
    return Check(
        name=f"events_equal_{source}_daily_totals",
        asset=("marts", "fct_events"),
        severity=Status.ERROR,
        description=(
            f"Events by day equal {title}'s totals without dimensions, also on days with rows folded into "
            "other. Days that it thresholds or samples are left out and counted; days it may still restate "
            "may differ by a little."
        ),
        tolerance=(
            "WARN over 0.1 % of a day and 5 events: totals and dimensions are requested one after the other; "
            "ERROR over 2 % in sum: then rows are withheld and not flagged, or pages are missing. WARN when "
            "there are events and every day is left out."
        ),
        evaluate=_evaluate(source, title, model, ALL_EVENTS, column, (0.001, 0.02, 5)),
    )


def _named_events(source: str, title: str, model: str, name: str, column: str) -> Check:
    return Check(
        name=f"{name}_events_equal_{source}_daily_totals",
        asset=("marts", "fct_events"),
        severity=Status.ERROR,
        description=(
            f"Events {name} by day equal {column} of {title}'s totals without dimensions, where events "
            "whose name is folded into other may be any. Days that it thresholds or samples are left out "
            "and counted."
        ),
        tolerance=(
            "WARN over 1 % of a day and 2 events: the vendor counts an id once that a tag sent twice; ERROR "
            "over 10 % in sum: then events are withheld or counted twice. WARN when there are events and "
            "every day is left out."
        ),
        evaluate=_evaluate(source, title, model, name, column, (0.01, 0.1, 2)),
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
