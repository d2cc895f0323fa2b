"""How long a mailing's test is awaited, from earlier mailings made by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

TEST_AT = datetime.fromisoformat("2026-06-01T08:00:00")
TABLES = """
    attach ':memory:' as warehouse;
    use warehouse;
    create schema intermediate;
    create schema marts;
    create table intermediate.int_experiment_arms
        (experiment varchar, variant varchar, is_over_time boolean, first_assigned_at timestamp);
    create table marts.fct_email_sends
        (campaign_key varchar, person_key bigint, sent_at timestamp, first_human_click_at timestamp);
    create table marts.dim_campaigns (campaign_key varchar, kind varchar);
    create table marts.fct_micro_conversions
        (person_key bigint, micro_conversion varchar, occurred_at timestamp);
    create table intermediate.int_micro_conversion_lineage (micro_conversion varchar, counts_as varchar);
    create table marts.fct_macro_conversions (person_key bigint, occurred_at timestamp);
    create table intermediate.int_person_exits (person_key bigint, reason varchar, exited_at timestamp);
    create table intermediate.int_outcome_watermarks
        (outcome_type varchar, outcome varchar, watermark_at timestamp, known_from timestamp);
    insert into intermediate.int_micro_conversion_lineage values ('cart_add', 'cart_add');
    insert into intermediate.int_outcome_watermarks
    select
        case outcome when 'any' then 'macro_conversion' else 'micro_conversion' end, outcome,
        '2026-09-01', null
    from unnest(['any', 'email_click', 'cart_add', 'unsubscribe']) as outcomes (outcome);
"""


@pytest.fixture
def connection(compiled: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(TABLES)
        opened.execute(f"create view horizons as {compiled.sql['int_experiment_horizons']}")
        experiment(opened)
        yield opened


def experiment(connection: duckdb.DuckDBPyConnection, is_over_time: bool = False) -> None:
    """Arm B is assigned an hour after arm A."""
    connection.execute("delete from intermediate.int_experiment_arms")
    for number, variant in enumerate("AB"):
        row = ["price", variant, is_over_time, TEST_AT + timedelta(hours=number)]
        connection.execute("insert into intermediate.int_experiment_arms values (?, ?, ?, ?)", row)


def mailing(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    days_before: float,
    clicked_after: dict[float, int],
    kind: str = "campaign",
) -> None:
    """A mailing to one person per click, so many of them after so many days, and to one who does not."""
    connection.execute("insert into marts.dim_campaigns values (?, ?)", [name, kind])
    at = TEST_AT - timedelta(days=days_before)
    rows = [at + timedelta(days=days) for days, count in clicked_after.items() for _ in range(count)]
    for person, clicked_at in enumerate([*rows, None]):
        connection.execute(
            "insert into marts.fct_email_sends values (?, ?, ?, ?)", [name, person, at, clicked_at]
        )


def horizon(connection: duckdb.DuckDBPyConnection, metric: str = "human_click") -> tuple[int, int, int, str]:
    """Responses, the day reached, the horizon and where it is from."""
    rows = connection.execute(
        "select responses, reached_after_days, horizon_days, horizon_basis from horizons"
        " where experiment = 'price' and metric = ?",
        [metric],
    ).fetchall()
    assert len(rows) == 1, rows
    return rows[0]


@pytest.mark.parametrize(
    ("clicked_after", "expected"),
    [
        ({0.5: 90, 1.5: 5, 2.5: 5}, (100, 2, 2, "earlier mailings")),
        ({0.5: 90, 1.5: 4, 2.5: 6}, (100, 3, 3, "fixed: earlier mailings took as long")),
        # Exactly a day is the first day; a moment more is the second.
        ({1: 95, 3: 5}, (100, 1, 1, "earlier mailings")),
        ({1.001: 95, 3: 5}, (100, 2, 2, "earlier mailings")),
        ({0: 100}, (100, 1, 1, "earlier mailings")),
        ({0.5: 99}, (99, 1, 3, "fixed: too few earlier responses")),
        # What came later than three days has no part in it, nor what came before the mailing.
        ({0.5: 100, 3.001: 50, -0.5: 50}, (100, 1, 1, "earlier mailings")),
    ],
)
def test_a_test_is_read_when_95_of_100_clicks_had_come(
    connection: duckdb.DuckDBPyConnection,
    clicked_after: dict[float, int],
    expected: tuple[int, int, int, str],
) -> None:
    mailing(connection, "spring", 20, clicked_after)
    assert horizon(connection) == expected


def test_earlier_mailings_count_together(connection: duckdb.DuckDBPyConnection) -> None:
    mailing(connection, "spring", 20, {0.5: 60})
    mailing(connection, "summer", 10, {0.5: 30, 1.5: 6, 2.5: 4})
    assert horizon(connection) == (100, 2, 2, "earlier mailings")


@pytest.mark.parametrize(
    ("days_before", "kind"),
    # Over only after the test began; the test's own; after it; too long ago; no mailing.
    [(2.999, "campaign"), (0, "campaign"), (-5, "campaign"), (60.001, "campaign"), (20, "flow")],
)
def test_nothing_else_decides_when_a_test_is_read(
    connection: duckdb.DuckDBPyConnection, days_before: float, kind: str
) -> None:
    mailing(connection, "spring", 20, {0.5: 100})
    mailing(connection, "other", days_before, {2.5: 500}, kind)
    assert horizon(connection) == (100, 1, 1, "earlier mailings")


@pytest.mark.parametrize("days_before", [3, 60])
def test_a_mailing_counts_from_when_its_days_are_over(
    connection: duckdb.DuckDBPyConnection, days_before: float
) -> None:
    mailing(connection, "spring", days_before, {2.5: 100})
    assert horizon(connection)[0] == 100


def test_a_mailing_is_over_with_its_last_send(connection: duckdb.DuckDBPyConnection) -> None:
    mailing(connection, "spring", 20, {0.5: 100})
    late = [TEST_AT - timedelta(days=2)] * 2
    connection.execute("insert into marts.fct_email_sends values ('spring', 1000, ?, ?)", late)
    assert connection.execute("from horizons").fetchall() == []


def test_what_no_source_reported_yet_counts_for_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    mailing(connection, "spring", 20, {0.5: 100})
    until = TEST_AT - timedelta(days=17, seconds=1)
    connection.execute("update intermediate.int_outcome_watermarks set watermark_at = ?", [until])
    assert connection.execute("from horizons").fetchall() == []


@pytest.mark.parametrize(("seconds", "mailings"), [(0, 1), (1, 0)])
def test_a_mailing_from_before_responses_were_reported_counts_for_nothing(
    connection: duckdb.DuckDBPyConnection, seconds: int, mailings: int
) -> None:
    mailing(connection, "spring", 20, {0.5: 100})
    known_from = TEST_AT - timedelta(days=20, seconds=-seconds)
    connection.execute("update intermediate.int_outcome_watermarks set known_from = ?", [known_from])
    assert len(connection.execute("from horizons").fetchall()) == mailings


def test_a_test_over_time_waits_for_no_mailing(connection: duckdb.DuckDBPyConnection) -> None:
    mailing(connection, "spring", 20, {0.5: 100})
    experiment(connection, is_over_time=True)
    assert connection.execute("from horizons").fetchall() == []


@pytest.mark.parametrize(
    ("bought_after", "expected"),
    [
        ({8.5: 100}, (100, 9, 9, "earlier mailings")),
        ({0.5: 95, 13.5: 5}, (100, 1, 7, "shortest allowed: earlier mailings took less")),
        ({6.5: 95, 13.5: 5}, (100, 7, 7, "earlier mailings")),
        ({13.5: 100}, (100, 14, 14, "fixed: earlier mailings took as long")),
        # The first of a person's purchases; those before the mailing and after two weeks do not count.
        (
            {2: 100, -1: 100, 12: 100, 14.001: 100},
            (100, 2, 7, "shortest allowed: earlier mailings took less"),
        ),
    ],
)
def test_purchases_take_a_week_at_least(
    connection: duckdb.DuckDBPyConnection, bought_after: dict[float, int], expected: tuple[int, int, int, str]
) -> None:
    mailing(connection, "spring", 20, {2.9: 100})
    sent_at = TEST_AT - timedelta(days=20)
    for days, count in bought_after.items():
        first = sum(bought_after.values()) - 5 if days == 13.5 and len(bought_after) > 1 else 0
        for person in range(first, first + count):
            at = sent_at + timedelta(days=days)
            connection.execute("insert into marts.fct_macro_conversions values (?, ?)", [person, at])
            connection.execute(
                "insert into marts.fct_micro_conversions values (?, 'cart_add', ?)", [person, at]
            )
            connection.execute(
                "insert into intermediate.int_person_exits values (?, 'unsubscribe', ?)", [person, at]
            )
    assert horizon(connection, "conversion") == expected
    assert horizon(connection, "net_revenue") == expected
    assert horizon(connection, "cart_add") == expected
    assert horizon(connection, "unsubscribe") == expected
