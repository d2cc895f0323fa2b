"""Flows of first steps, on a published table made by hand."""

import duckdb
import pytest

from dagster_project.reports.page.charts.ribbons import Flow
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.page.sections import path_flows
from dagster_project.reports.page.sections.path_flows import OTHER, OTHER_FIRST, _all_flows, _kept

PERSONS = {
    ("A",): 100,
    ("B",): 40,
    ("A", "B"): 30,
    ("A", "C"): 20,
    ("B", "C"): 45,  # more than began so: some became known only then
    ("A", "B", "A"): 10,
}


@pytest.fixture
def reader(connection: duckdb.DuckDBPyConnection) -> Reader:
    connection.execute("""
        create table marts.dim_micro_conversions as select 'a' as micro_conversion, 'A' as label;
        create table marts.rpt_micro_conversion_paths (
            person_population varchar, path_length integer, path varchar, is_remainder boolean,
            persons bigint, share double, mature_persons bigint
        );
    """)
    return Reader(connection)


def test_all_who_took_a_first_step_are_in_the_picture() -> None:
    kept = _kept(PERSONS)
    flows = list(_all_flows(kept, PERSONS, 7, 3))
    assert flows == [
        Flow("A", "C", 20),
        Flow("A", "B", 30),
        Flow("A", OTHER, 50),
        Flow("B", "C", 45),
        Flow("C", OTHER, 20, 1),
        Flow("C", OTHER, 45, 1),
        Flow("B", "A", 10, 1),
        Flow("B", OTHER, 20, 1),
        Flow(OTHER_FIRST, OTHER, 7),
    ]
    assert sum(flow.count for flow in flows if flow.column == 0) == 100 + 45 + 7


def test_rare_steps_and_what_follows_them_are_not_named() -> None:
    persons = {(name,): 50 - number for number, name in enumerate("ABCDEFGH")} | {("H", "A"): 40}
    kept = _kept(persons)
    assert kept == [(name,) for name in "ABCDEF"]
    assert list(_all_flows(kept, persons, 0, 2))[-1] == Flow(OTHER_FIRST, OTHER, 44 + 43)


def test_without_paths_and_with_one_step_only_it_says_so(
    reader: Reader, connection: duckdb.DuckDBPyConnection
) -> None:
    [figure] = path_flows.section(reader).figures
    assert (figure.finding, figure.chart) == (
        "No first step was taken often enough to be named yet.",
        None,
    )
    connection.execute("""
        insert into marts.rpt_micro_conversion_paths values
        ('known', 1, 'a', false, 50, 0.5, 40), ('known', 1, '(all other paths)', true, 50, 0.5, 40),
        ('device', 1, 'd', false, 50, 1, 40)
    """)
    [figure] = path_flows.section(reader).figures
    assert figure.finding == "Most begin with “A”; no second step is common enough to be named yet."
    assert figure.chart is None
    assert [row["persons"] for row in figure.table.rows] == [50, 50]
    connection.execute(
        "insert into marts.rpt_micro_conversion_paths values ('known', 2, 'a > b', false, 20, 1, 9)"
    )
    [figure] = path_flows.section(reader).figures
    assert figure.finding == "Most often “A” is followed by “b”: 20 people, 40% of those who began so."
    assert figure.chart is not None
