"""Every macro gives the rows of its textbook, from acts stored in order and from acts as they come."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import example, given

from tests.dbt.formulations import textbook
from tests.dbt.formulations.conftest import OVERLAPPING_STEPS, STEPS, WINDOW
from tests.dbt.formulations.store import SMALL, START, Act, Store, acts

TABLES = ("stored", "arrived")
Macros = Mapping[str, str]


@SMALL
@given(drawn=acts())
@example(drawn=[])
def test_sessions(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    expected = store.rows(textbook.capped_sessions("arrived"))
    for table in TABLES:
        assert store.rows(macros[f"sessions_{table}"]) == expected
        assert store.rows(macros[f"sessions_unguarded_{table}"]) == expected


@SMALL
@given(drawn=acts())
def test_the_two_textbooks_of_sessions_differ_by_the_cap_alone(store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    firsts = store.rows(
        f"select max(moment) - min(moment) from (select * from ({textbook.sessions('arrived')}) join"
        " (select event_id, occurred_at as moment from arrived) using (event_id)) group by session_id"
    )
    if all(length.days < 1 for (length,) in firsts):
        assert store.rows(textbook.sessions("arrived")) == store.rows(textbook.capped_sessions("arrived"))


@SMALL
@given(drawn=acts())
@example(drawn=[])
def test_journeys(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    expected = store.rows(textbook.journeys("arrived"))
    for table in TABLES:
        mine = macros[f"journeys_{table}"]
        entries = f"(select journey_id, event_id as entry_event_id from ({mine}) where is_entry)"
        columns = "event_id, person_key, is_entry, entry_event_id"
        assert (
            store.rows(f"select {columns} from ({mine}) left join {entries} using (journey_id)") == expected
        )


@SMALL
@given(drawn=acts())
def test_positions_of_acts_ascend_within_each_person(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    for table in TABLES:
        positions = store.rows(macros[f"journeys_{table}"], "person_key, act_position, event_id")
        ordered = [act[4] for act in sorted(drawn, key=lambda act: (act[0], *act[2:5]))]
        assert [event_id for _, _, event_id in positions] == ordered


@SMALL
@given(drawn=acts())
@example(drawn=[])
def test_transitions(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    columns = "event_id, has_previous, previous_kind, previous_occurred_at, next_kind"
    neighbours = store.rows(textbook.transitions("arrived"))
    numbers = store.rows(textbook.numbers_in_runs("arrived"))
    for table in TABLES:
        assert store.rows(macros[f"transitions_{table}"], columns) == neighbours
        assert store.rows(macros[f"transitions_{table}"], "event_id, number_in_kind") == numbers


@SMALL
@given(drawn=acts())
@example(drawn=[])
def test_a_funnel_within_a_window(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    for name, steps in (("funnel", STEPS), ("overlapping", OVERLAPPING_STEPS)):
        conditions = [" or ".join(f"kind = '{kind}'" for kind in kinds) for kinds in steps]
        expected = store.rows(
            f"from ({textbook.windowed_funnel('arrived', conditions, WINDOW)}) where level > 0",
            "person_key, level",
        )
        for table in TABLES:
            furthest = "person_key, max(step_number) as level"
            reached = f"select {furthest} from ({macros[f'{name}_{table}']}) group by person_key"
            assert store.rows(reached) == expected


@pytest.mark.parametrize(("seconds", "level"), [(WINDOW, 2), (WINDOW + 0.000001, 1)])
def test_the_window_of_a_funnel_includes_its_end(
    macros: Macros, store: Store, seconds: float, level: int
) -> None:
    acts_of_one = [
        (1, 1, START, 1, 1, "open", False),
        (1, 1, START + timedelta(seconds=seconds), 1, 2, "click", False),
    ]
    store.keep(acts_of_one)
    for table in TABLES:
        reached = f"select max(step_number) as level from ({macros[f'funnel_{table}']})"
        assert store.rows(reached) == [(level,)]


@pytest.mark.parametrize("grain", ["week", "month"])
@SMALL
@given(drawn=acts())
@example(drawn=[])
def test_retention(macros: Macros, store: Store, grain: str, drawn: list[Act]) -> None:
    store.keep(drawn)
    expected = store.rows(textbook.retention("arrived", grain))
    active = (
        f"select person_key, count(distinct date_trunc('{grain}', occurred_at)) from arrived group by all"
    )
    for table in TABLES:
        store.connection.execute(f"create or replace temp table masks as {macros[f'{grain}s_{table}']}")
        assert store.rows(macros["retention"]) == expected
        counted = "select person_key, sum(bit_count(periods)) from masks group by all"
        assert store.rows(counted) == store.rows(active)


@SMALL
@given(drawn=acts())
def test_paths(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    mine = f"""
        select person_key, {macros["path"]} as path
        from (
            select
                *, row_number() over {textbook.PERSON} as position,
                coalesce(lag(kind) over {textbook.PERSON} = kind, false) as is_immediate_repeat
            from arrived
        )
        group by person_key
    """
    assert store.rows(mine) == store.rows(textbook.path("arrived"))
