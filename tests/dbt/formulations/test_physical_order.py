"""What is read in physical order fails loudly when the rows are not in order."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dbt.formulations.store import SMALL, START, Act, Store, acts

Macros = Mapping[str, str]
GUARDED = ("sessions", "journeys", "transitions", "funnel", "weeks", "months")


def act(person: int, hours: int, event_id: int) -> Act:
    return person, person, START + timedelta(hours=hours), 1, event_id, "open", False


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("late", [act(1, 0, 5), act(1, 2, 2)], ids=["earlier", "tied, with a lower id"])
def test_the_guard_names_the_act_that_came_late(macros: Macros, store: Store, name: str, late: Act) -> None:
    store.replace("stored", [act(2, 5, 1), act(1, 1, 3), act(1, 2, 4), late, act(1, 9, 6)])
    with pytest.raises(
        duckdb.InvalidInputException, match=f"Event {late[4]} of person 1 is stored out of order"
    ):
        store.rows(macros[f"{name}_stored"])


@pytest.mark.parametrize("name", GUARDED)
def test_nothing_is_read_where_the_engine_may_mix_the_order(macros: Macros, store: Store, name: str) -> None:
    store.replace("stored", [act(1, 1, 1)])
    store.connection.execute("set preserve_insertion_order = false")
    try:
        with pytest.raises(duckdb.InvalidInputException, match="preserve_insertion_order"):
            store.rows(macros[f"{name}_stored"])
    finally:
        store.connection.execute("set preserve_insertion_order = true")


@SMALL
@given(drawn=acts())
def test_a_table_in_order_has_nothing_to_report(macros: Macros, store: Store, drawn: list[Act]) -> None:
    store.keep(drawn)
    assert store.rows(macros["not_contiguous"]) == []
    assert store.rows(macros["out_of_order"]) == []


@SMALL
@given(drawn=acts(), data=st.data())
def test_any_other_order_is_reported(
    macros: Macros, store: Store, drawn: list[Act], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(drawn))
    store.replace("stored", shuffled)
    places = {}
    for before, now in zip([None, *shuffled], shuffled, strict=False):
        places[now[0]] = places.get(now[0], 0) + (before is None or before[0] != now[0])
    expected = sorted((person, count) for person, count in places.items() if count > 1)
    assert store.rows(macros["not_contiguous"]) == expected
    late = [now[4] for before, now in pairwise(shuffled) if before[0] == now[0] and now[2:5] < before[2:5]]
    assert store.rows(macros["out_of_order"], "event_id") == sorted((event_id,) for event_id in late)
