"""Thresholds from the data: fixed for a month by what happened before it; and who meets them."""

from datetime import date

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key
from tests.dbt.segments.conftest import of, order
from tests.dbt.segments.test_intervals import days, table

# The first instants of July and of August, UTC, in days after the start.
JULY, AUGUST = 29 - 8 / 24, 60 - 8 / 24
TWENTY = [(f"p{amount}", 1.0, float(amount)) for amount in range(1, 21)]
Bought = tuple[str, float, float]


def build(project: CompiledProject, bought: list[Bought], known: float = 70) -> None:
    rows: list[Row] = [row for name, day, amount in bought for row in of(name, [order(day, amount)])]
    rows += [order(known, 0.5, client_id="last")]
    project.build({"event_files__site": table(rows)}, "fct_person_segments")


def thresholds(
    project: CompiledProject, segment: str = "big_spenders"
) -> list[tuple[date, float | None, int]]:
    return [
        (month, None if value is None else float(value), persons)
        for month, value, persons in project.rows(
            "select month, value, persons from marts.dim_segment_thresholds"
            f" where segment_id = '{segment}' order by month"
        )
    ]


def members(project: CompiledProject, segment: str = "big_spenders") -> dict[str, tuple[float, float | None]]:
    found = project.rows(
        "select identifier, valid_from, valid_to from marts.fct_person_segments"
        " inner join intermediate.int_person_identifiers using (person_key)"
        f" where segment_id = '{segment}' order by valid_from"
    )
    spells = {row[0]: (days(row[1]), row[2] and days(row[2])) for row in found}
    assert len(spells) == len(found), "one spell each"
    names = {key(f"p{number}@shop.example"): f"p{number}" for number in range(200)}
    return {names.get(identifier, identifier): spell for identifier, spell in spells.items()}


def test_a_threshold_holds_from_the_first_instant_of_the_month_after(project: CompiledProject) -> None:
    build(project, TWENTY)
    assert thresholds(project) == [
        (date(2025, 6, 1), None, 0),
        (date(2025, 7, 1), 18.0, 20),
        (date(2025, 8, 1), 18.0, 20),
    ]
    since = (round(JULY, 6), None)
    assert members(project) == {"p18": since, "p19": since, "p20": since}


def test_rows_of_a_month_move_the_next_months_threshold_only(project: CompiledProject) -> None:
    richer = [(f"p{30 + number}", JULY, 50.0) for number in range(10)]
    build(project, [*TWENTY, *richer])
    assert thresholds(project)[1:] == [(date(2025, 7, 1), 18.0, 20), (date(2025, 8, 1), 50.0, 30)]
    found = members(project)
    assert found["p20"] == (round(JULY, 6), round(AUGUST, 6))
    assert found["p30"] == (round(JULY, 6), None)
    assert set(found) == {"p18", "p19", "p20", *(f"p{30 + number}" for number in range(10))}


def test_a_late_event_that_moves_a_threshold_changes_the_history(project: CompiledProject) -> None:
    build(project, TWENTY)
    assert "p18" in members(project)
    build(project, [*TWENTY, ("p21", JULY - 0.001, 100.0)])
    assert thresholds(project)[1] == (date(2025, 7, 1), 19.0, 21)
    assert set(members(project)) == {"p19", "p20", "p21"}


def test_too_few_persons_make_no_threshold(project: CompiledProject) -> None:
    build(project, TWENTY[:19])
    assert thresholds(project)[1] == (date(2025, 7, 1), None, 19)
    assert members(project) == {}


def test_who_spent_nothing_is_not_among_those_that_make_it(project: CompiledProject) -> None:
    build(project, [*TWENTY, *((f"p{30 + number}", 2.0, 0.0) for number in range(5))])
    assert thresholds(project)[1] == (date(2025, 7, 1), 18.0, 20)


def test_all_who_tie_at_the_threshold_are_members(project: CompiledProject) -> None:
    build(project, [(name, day, 7.0) for name, day, _ in TWENTY])
    assert thresholds(project)[1] == (date(2025, 7, 1), 7.0, 20)
    assert len(members(project)) == 20


def test_a_threshold_of_net_revenue_and_of_orders(project: CompiledProject) -> None:
    """Of champions and loyal customers one condition of three is the threshold."""
    again = [(f"p{number}", 20.0, 1.0) for number in (5, 19, 20)]
    build(project, [*TWENTY, *again])
    assert thresholds(project, "loyal_customers")[1] == (date(2025, 7, 1), 1.0, 20)
    assert set(members(project, "champions")) == {"p19", "p20"}
    assert members(project, "loyal_customers")["p5"] == (round(JULY, 6), None)


@pytest.mark.parametrize("rows", [[], [("p1", 1.0, 5.0)]])
def test_no_person_and_one_person(project: CompiledProject, rows: list[Bought]) -> None:
    build(project, rows)
    assert {row[1] for row in thresholds(project)} == {None}
    assert members(project) == {}
    assert set(members(project, "one_time_customers")) >= {row[0] for row in rows}
