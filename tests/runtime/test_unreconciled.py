"""Which days a run pulls again because the last build found that they do not add up."""

from datetime import date

import duckdb

from dagster_project.runtime.unreconciled import unreconciled_days
from dagster_project.sources.core.accounts import Account
from dagster_project.sources.registry import SOURCES

TODAY = date(2026, 11, 30)
MEASURED = """
    ('google_analytics', 'events', 'unreconciled_events', date '2026-11-20', 1),
    ('google_analytics', 'event_attributes', 'unreconciled_events', date '2026-11-20', 7),
    ('google_analytics', 'event_attributes', 'unreconciled_events', date '2026-11-19', 7),
    ('google_analytics', 'events', 'unreconciled_events', date '2026-11-21', 0),
    ('google_analytics', 'events', 'withheld_events', date '2026-11-22', 5),
    ('google_analytics', 'events', 'unreconciled_events', date '2026-10-31', 5),
    ('google_analytics', 'events', 'unreconciled_events', date '2026-10-30', 5),
    ('google_analytics', '789012/events', 'unreconciled_events', date '2026-11-17', 5),
    ('letterbox', 'letters', 'unreconciled_events', date '2026-11-18', 5)
"""


def account(source: str, name: str = "") -> Account:
    return Account(next(each for each in SOURCES if each.name == source), name, {})


def test_the_days_of_an_account_that_do_not_add_up_for_thirty_days() -> None:
    with duckdb.connect() as connection:
        connection.execute(f"""
            create schema marts;
            create table marts.rpt_data_quality as
            from (values {MEASURED}) as measured (source, stream, indicator, day, affected)
        """)
        assert unreconciled_days(connection, account("google_analytics"), TODAY) == {
            date(2026, 11, 20),
            date(2026, 11, 19),
            date(2026, 10, 31),
        }
        assert unreconciled_days(connection, account("google_analytics", "LV"), TODAY) == {date(2026, 11, 17)}
        assert unreconciled_days(connection, account("smaily"), TODAY) == set()


def test_before_the_first_build_there_is_none() -> None:
    with duckdb.connect() as connection:
        assert unreconciled_days(connection, account("google_analytics"), TODAY) == set()
