"""Findings about persons: who stays, what is completed least, what the device changes."""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from dagster_project.reports import persons
from dagster_project.reports.wording import Row


def cohorts(connection: duckdb.DuckDBPyConnection, *rows: tuple[Any, ...]) -> None:
    """(first week, is left truncated, period, size, active, is mature)."""
    connection.execute("""
        create table marts.rpt_cohorts (
            cohort_start date, is_left_truncated boolean, period_number integer, cohort_size bigint,
            active bigint, is_mature boolean
        )
    """)
    for row in rows:
        connection.execute("insert into marts.rpt_cohorts values (?, ?, ?, ?, ?, ?)", list(row))
    connection.execute("""
        alter table marts.rpt_cohorts add column cohort_grain varchar default 'week';
        alter table marts.rpt_cohorts add column cohort_by varchar default 'first_touch';
        alter table marts.rpt_cohorts add column person_population varchar default 'known';
    """)


WEEKS = (
    ("2026-08-03", True, 400, 300, True),
    ("2026-08-03", False, 100, 20, True),
    ("2026-08-10", False, 100, 40, True),
    ("2026-08-17", False, 100, 100, False),
)


def retained(connection: duckdb.DuckDBPyConnection, weeks: Sequence[tuple[Any, ...]]) -> None:
    """(first week, is left truncated, size, active in week 4, is it mature); in week 1 half of 100."""
    cohorts(
        connection,
        *(
            (start, truncated, period, size, size if not period else 50 if period < 4 else later, mature)
            for start, truncated, size, later, is_mature in weeks
            for period in range(5)
            for mature in [is_mature or period < 4]
        ),
    )
    connection.execute("""
        create table marts.rpt_identity_quality as
        select 'rpt_cohorts' as report, 'active in week 4' as figure, 0.5 as lowest_rate, 0.75 as highest_rate
    """)


def test_retention_is_of_the_new_and_of_weeks_that_are_over(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    retained(connection, WEEKS)
    [finding] = persons.retention(query)
    assert finding.statement == (
        "Of known people new in 2 weeks (those from before the data left out), 30% are seen active in the "
        "fourth week after that of their first activity, in the first week after it 50%."
    )
    assert finding.n == 200


def test_retention_is_of_all_where_few_are_new(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    retained(connection, WEEKS[:2])
    [finding] = persons.retention(query)
    assert finding.statement == (
        "Of known people first seen active in 1 week (400 of 500 may have been before the data begin), 64% "
        "are seen active in the fourth week after that of their first activity, in the first week after it "
        "20%; with every browser linked it may be 50–75%."
    )
    assert finding.n == 500


def test_no_retention_without_cohorts_that_are_over(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    retained(connection, WEEKS[3:])
    assert list(persons.retention(query)) == []


def rates(connection: duckdb.DuckDBPyConnection, *rows: tuple[str, str, int, int]) -> None:
    """(step, population of persons, eligible, completed)."""
    connection.execute("""
        create table marts.rpt_completion_rates (
            micro_conversion varchar, person_population varchar, eligible bigint, completed bigint
        )
    """)
    for row in rows:
        connection.execute("insert into marts.rpt_completion_rates values (?, ?, ?, ?)", list(row))
    connection.execute("""
        alter table marts.rpt_completion_rates add column rate double;
        update marts.rpt_completion_rates set rate = completed / eligible;
        alter table marts.rpt_completion_rates add column slice_type varchar default 'overall';
        alter table marts.rpt_completion_rates add column population varchar default 'persons';
        alter table marts.rpt_completion_rates add column exposure varchar default 'site_visit';
        alter table marts.rpt_completion_rates add column window_days integer default 30;
        create table marts.dim_micro_conversions as
        select distinct micro_conversion, 'The ' || micro_conversion as label, 'micro' as polarity
        from marts.rpt_completion_rates
    """)


def test_the_lowest_rate_may_be_zero(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    """Of what somebody completes at all; of several the one with most persons."""
    rates(
        connection,
        ("demo", "known", 400, 0), ("demo", "device", 400, 1),
        ("survey", "known", 900, 0), ("survey", "device", 400, 1),
        ("nothing", "known", 999, 0), ("nothing", "device", 999, 0),
        ("view", "known", 100, 50),
    )  # fmt: skip
    most, least = persons.completion_rates(query)
    assert most.statement.startswith("“The view”: 50% of")
    assert least.statement.startswith("“The survey”: 0.0% of")
    assert "the lowest of 3 people's rates of steps that anyone takes" in least.statement


def test_the_device_is_that_of_the_first_time(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    """Who looked on the phone first and again on the desktop is in the phone's arm only."""
    connection.execute("""
        create table marts.rpt_funnels as
        select 'shop' as sequence_id, 'known' as person_population, true as is_mature, false as is_optional,
            true as is_observable, number as step_number, 10 as window_days, 200 as reached, 0.0 as drop_off,
            if(number = 1, 'look', 'cart') as micro_conversion
        from range(1, 3) as r (number);
        create table marts.dim_micro_conversions as
        select unnest(['look', 'cart']) as micro_conversion, unnest(['Look', 'Cart']) as label,
            'micro' as polarity, null as parent_micro_conversion;
        insert into marts.rpt_outcome_watermarks values
            ('micro_conversion', 'cart', timestamp '2026-11-01', 'shop');
        create table marts.fct_macro_conversions (
            person_key integer, macro_conversion varchar, occurred_at timestamp
        );
        create table marts.fct_micro_conversions as
        select number as person_key, 'look' as micro_conversion,
            if(number < 200, 'mobile', 'desktop') as device, timestamp '2026-10-01' as occurred_at,
            true as is_known
        from range(400) as r (number)
        union all
        select number, 'look', 'desktop', timestamp '2026-10-01 01:00:00', true from range(200) as r (number)
        union all
        select number, 'cart', 'desktop', timestamp '2026-10-01 02:00:00', true
        from range(180, 400) as r (number)
    """)
    [finding] = [each for each in persons.funnel_drop_off(query) if "phones" in each.statement]
    assert finding.n == 200
    assert "on phones 10% go on to" in finding.statement
    assert "of those on desktops 100%" in finding.statement
