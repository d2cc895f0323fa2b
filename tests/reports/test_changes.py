"""What changed within a week, on a published table made by hand."""

import duckdb
import pytest

from dagster_project.reports.changes import what_changed
from dagster_project.reports.wording import Query


@pytest.fixture(autouse=True)
def tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.dim_micro_conversions as
        select 'cart_add' as micro_conversion, 'Cart filled' as label;
        create table marts.dim_persons as select 'EUR' as revenue_currency;
        create table marts.rpt_changes (
            figure varchar, micro_conversion varchar, person_population varchar, window_days integer,
            q_value double, now_value double, before_value double, difference_lower double,
            difference_upper double, relative_change double,
            now_n bigint default 400, before_n bigint default 300, now_until timestamp default '2026-11-03'
        );
    """)


def add(
    connection: duckdb.DuckDBPyConnection,
    figure: str,
    population: str,
    days: int,
    q_value: float | None,
    values: tuple[float, float, float, float],
    step: str | None = None,
) -> None:
    connection.execute(
        "insert into marts.rpt_changes (figure, micro_conversion, person_population, window_days, q_value,"
        " now_value, before_value, difference_lower, difference_upper) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [figure, step, population, days, q_value, *values],
    )


def test_a_change_says_of_whom_within_what_time_and_in_what_currency(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    rate = (0.3, 0.2, 0.04, 0.16)
    add(connection, "step_completion_rate", "known", 7, 0.001, rate, "cart_add")
    add(connection, "conversion_rate", "device", 7, 0.002, rate)
    add(connection, "net_revenue", "all", 7, 0.003, (1500, 1000, 100, 900))
    add(connection, "macro_conversions", "all", 0, 0.05, (30, 10, 5, 35))
    add(connection, "human_click_rate", "known", 3, 0.051, rate)
    add(connection, "open_rate_low", "known", 7, None, rate)
    found = [(finding.statement, finding.n, finding.interval) for finding in what_changed(query)]
    assert [finding.headline for finding in what_changed(query)] == [
        "“Cart filled”: 30%, the week before 20%",
        "Conversion rate: 30%, the week before 20%",
        "Net revenue: 1,500 EUR, the week before 1,000 EUR",
        "Macro conversions: 30, the week before 10",
    ]
    week, before = "in the week to 3 November", "in the week before it"
    assert found == [
        (
            f"“Cart filled” of known people within 7 days: 30% {week}, 20% {before}"
            " (q = 0.001 over 5 figures).",
            700,
            "+4.0 to +16.0",
        ),
        (
            f"Conversion rate of browsers of unknown people within 7 days: 30% {week}, 20% {before}"
            " (q = 0.002 over 5 figures).",
            700,
            "+4.0 to +16.0",
        ),
        (
            f"Net revenue less refunds within 7 days: 1,500 EUR {week}, 1,000 EUR {before}"
            " (q = 0.003 over 5 figures).",
            700,
            "+100 to +900",
        ),
        (f"Macro conversions: 30 {week}, 10 {before} (q = 0.05 over 5 figures).", 700, "+5 to +35"),
    ]


def test_without_a_change_all_that_was_compared_is_counted(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    assert list(what_changed(query)) == []
    for population, q_value in (("known", 0.4), ("device", 0.06), ("known", None)):
        add(connection, "conversion_rate", population, 7, q_value, (0.3, 0.2, 0.04, 0.16))
    [finding] = what_changed(query)
    assert finding.statement == "Of 2 figures of the last week none is shown to differ from the week before."
    assert finding.headline == "None of 2 figures is shown to differ from the week before"
