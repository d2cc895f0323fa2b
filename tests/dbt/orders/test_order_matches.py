"""Which orders of several systems are one: the two models that match them, alone, at their borders."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_rows import order
from tests.dbt.steps.put_rows import DAY, MINUTE, SECOND, START, found, put

TRACKER, DEAL = {"is_tracking": True}, {"is_copy": True}
NAMING = {"is_copy": True, "names_order": True}
ANN, LATER = {"person_key": 9}, {"occurred_at": START + 40 * DAY}
OTHER_ID = {"order_id": "2", **ANN}
BY_LOOKS = [(1, 2, "person_amount_time")]
SEPARATE = {"is_separate": True}
MATCHES = ("int_order_id_matches", "int_order_matches")


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_order_totals")
    with with_feeds.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        # A deal is closed at any time; other orders within a day.
        ([order(1, "crm", **DEAL, **ANN), order(2, "shop", **ANN, **LATER)], [(1, 2, "order_id")]),
        ([order(1, "site", **ANN), order(2, "till", **ANN, **LATER)], []),
        # About the same amount, whichever of both is larger, unless both name their persons.
        ([order(1, "a", names_person=False), order(2, "b", revenue=70)], [(1, 2, "order_id")]),
        ([order(1, "a", names_person=False), order(2, "b", revenue=69)], []),
        ([order(1, "a", revenue=69), order(2, "b", names_person=False)], []),
        # The id that a deal names is the shop's, before a tag's report of it; of two shops it is neither's.
        ([order(1, "crm", **NAMING), order(2, "shop")], [(1, 2, "order_id")]),
        ([order(1, "crm", **NAMING), order(2, "shop"), order(3, "till")], []),
        ([order(1, "crm", **NAMING), order(2, "shop"), order(3, "tag", **TRACKER)], [(1, 2, "order_id")]),
        ([order(1, "crm", **NAMING), order(3, "tag", **TRACKER)], [(1, 3, "order_id")]),
        # Two sites number alike: of one person, and about one amount.
        ([order(1, "a", **TRACKER, **ANN), order(2, "b", **TRACKER, **ANN)], [(1, 2, "order_id")]),
        ([order(1, "a", **TRACKER, **ANN), order(2, "b", **TRACKER, **ANN, revenue=69)], []),
        ([order(1, "a", **TRACKER), order(2, "b", **TRACKER, names_person=False)], []),
        # What is declared separate is matched with nothing, whichever side it stands on.
        ([order(1, "a", **ANN), order(2, "b", **ANN, **SEPARATE)], []),
        ([order(1, "a", **ANN, **SEPARATE), order(2, "b", **ANN)], []),
        ([order(1, "a", **ANN), order(2, "b", **OTHER_ID, **SEPARATE)], []),
        ([order(1, "a", **ANN, **SEPARATE), order(2, "b", **OTHER_ID)], []),
        # Without equal ids within ten minutes, but no deals, and not of two sites that both have an id.
        ([order(1, "a", **ANN), order(2, "b", **OTHER_ID, occurred_at=START + 10 * MINUTE)], BY_LOOKS),
        ([order(1, "a", **ANN), order(2, "b", **OTHER_ID, occurred_at=START - 10 * MINUTE)], BY_LOOKS),
        ([order(1, "a", **ANN), order(2, "b", **OTHER_ID, occurred_at=START + 10 * MINUTE + SECOND)], []),
        ([order(1, "a", **ANN), order(2, "b", **OTHER_ID, occurred_at=START - 10 * MINUTE - SECOND)], []),
        ([order(1, "crm", **ANN, **DEAL), order(2, "shop", **OTHER_ID)], []),
        ([order(1, "a", **ANN, **TRACKER), order(2, "b", **OTHER_ID, **TRACKER)], []),
        ([order(1, "a", **ANN, **TRACKER), order(2, "b", **TRACKER, **ANN | {"order_id": None})], BY_LOOKS),
    ],
)
def test_orders_of_two_systems(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    orders: list[dict[str, Any]],
    expected: list[tuple[int, int, str]],
) -> None:
    put(connection, {"intermediate.int_orders": orders})
    with_feeds.make_alone(connection, MATCHES)
    assert found(connection, "from intermediate.int_order_matches order by all") == expected


def test_a_chain_of_four_is_one_order(
    with_feeds: CompiledProject, connection: duckdb.DuckDBPyConnection
) -> None:
    rules = ("person_amount_time", "order_id", "person_amount_time")
    matches = [
        {"order_key": n, "other_order_key": n + 1, "match_rule": rule}
        for n, rule in enumerate(rules, start=1)
    ]
    orders = [order(n, f"system {n}") for n in range(1, 5)]
    put(connection, {"intermediate.int_orders": orders, "intermediate.int_order_matches": matches})
    with_feeds.make_alone(connection, ["int_matched_orders"])
    assert found(
        connection,
        "select order_key, matched_order_key, match_rule from intermediate.int_matched_orders order by all",
    ) == [(1, 1, "person_amount_time"), (2, 1, "order_id"), (3, 1, "order_id"), (4, 1, "person_amount_time")]
