"""The negative control on made-up persons: quiet, seeded by the data, alarmed by rows that are no persons."""

from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.checks.negative_control.shuffled import SHUFFLED

PERSONS = 3_000
NOW = datetime(2026, 11, 16, tzinfo=UTC)
# Every second person completes the step on the third day; who buys follows from other digits.
TABLES = f"""
    create schema marts;
    create table marts.dim_persons as
    select number as person_key, 'p' || number as person_id from range({PERSONS}) as persons (number);
    create table marts.fct_journeys as
    select
        number as journey_id, number as person_key, 1 as journey_number, timestamp '2026-08-01' as entered_at,
        case when hash(number * 7) % 10 = 0 then timestamp '2026-08-15' else timestamp '2026-10-30' end
            as ended_at,
        timestamp '2026-11-01' as censored_at
    from range({PERSONS}) as persons (number);
    create table marts.fct_micro_conversions as
    select number as journey_id, 'resource_download' as micro_conversion,
        timestamp '2026-08-03' as occurred_at
    from range({PERSONS}) as persons (number) where hash(number) % 2 = 0;
"""


def outcome(*statements: str) -> CheckOutcome:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for statement in statements:
            connection.execute(statement)
        return SHUFFLED.evaluate(CheckContext(connection, NOW))


@pytest.fixture(scope="module")
def quiet() -> CheckOutcome:
    return outcome()


def test_independent_persons_pass(quiet: CheckOutcome) -> None:
    assert quiet.status is Status.PASSED
    assert quiet.n == 200
    assert quiet.figure is not None
    assert quiet.figure >= 0.9


def test_equal_data_are_shuffled_equally_and_those_of_another_day_otherwise(quiet: CheckOutcome) -> None:
    assert outcome() == quiet
    later = outcome("update marts.fct_journeys set censored_at = timestamp '2026-11-02'")
    assert later.summary != quiet.summary


def test_the_order_in_which_persons_came_changes_nothing(quiet: CheckOutcome) -> None:
    """Keys are numbers of a build: another one gives the same persons others."""
    shifted = (
        "update marts.dim_persons set person_key = person_key + 100000",
        "update marts.fct_journeys set person_key = person_key + 100000",
    )
    assert outcome(*shifted) == quiet


def test_one_person_with_most_journeys_is_noticed() -> None:
    many = f"""
        insert into marts.fct_journeys
        select {PERSONS} + number, 0, 2 + number, timestamp '2026-08-01', timestamp '2026-08-20',
            timestamp '2026-11-01'
        from range(3000) as journeys (number)
    """
    assert outcome(many).status is Status.WARN


def test_without_conversions_it_is_empty() -> None:
    assert outcome("update marts.fct_journeys set ended_at = timestamp '2026-10-30'").status is Status.EMPTY
