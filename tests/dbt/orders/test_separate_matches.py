"""Which orders are one where two shops are declared separate: the models that match them, alone."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.orders.order_feeds import settings
from tests.dbt.orders.order_rows import order
from tests.dbt.steps.put_rows import MINUTE, SECOND, START, found, put

ANN, BEN = {"person_key": 8}, {"person_key": 9}
SHOPS = [order(1, "a", **ANN), order(2, "b", **BEN)]
NAMELESS = {"names_person": False}
APART = ("a", "separate_from", "b")


def at(minutes: float) -> dict[str, Any]:
    return {"occurred_at": START + minutes * MINUTE}


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_order_totals")
    with with_feeds.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("declared", "orders", "expected"),
    [
        # Whichever of the two says it, and by the namespaces of both.
        ([APART], [order(1, "a", **ANN), order(2, "b", **ANN)], []),
        ([("b", "separate_from", "a")], [order(1, "a", **ANN), order(2, "b", **ANN)], []),
        ([("a", "separate_from", "c")], [order(1, "a", **ANN), order(2, "b", **ANN)], [(1, 2, "order_id")]),
        (
            [("x", "order_namespace", "a"), ("y", "order_namespace", "b"), ("y", "separate_from", "x")],
            [order(1, "a", **ANN), order(2, "b", **ANN)],
            [],
        ),
        # A site's tag, whichever way its orders come.
        *(
            (
                [("a", "separate_from", source)],
                [order(1, "a", **ANN), order(2, "google_analytics", source=source, **ANN)],
                [],
            )
            for source in ("google_analytics", "google_analytics_export")
        ),
        # Without equal ids, neither.
        ([APART], [order(1, "a", **ANN), order(2, "b", order_id="2", **ANN)], []),
        # A third system's report is of one: declared, of the person, about the amount, nearest, the first.
        ([], [*SHOPS, order(3, "c", **NAMELESS)], [(1, 3, "order_id"), (2, 3, "order_id")]),
        (
            [APART, ("c", "same_orders_as", "b")],
            [*SHOPS, order(3, "c", **ANN)],
            [(2, 3, "same_orders_as")],
        ),
        (
            [APART, ("c", "same_orders_as", "a"), ("b", "same_orders_as", "c")],
            [*SHOPS, order(3, "c", **BEN, revenue=5)],
            [(2, 3, "same_orders_as")],
        ),
        ([APART], [*SHOPS, order(3, "c", **BEN | NAMELESS)], [(2, 3, "order_id")]),
        (
            [APART, ("c", "same_orders_as", "a"), ("c", "same_orders_as", "b")],
            [order(1, "a", revenue=10), order(2, "b"), order(3, "c", revenue=90)],
            [(2, 3, "same_orders_as")],
        ),
        (
            [APART, ("c", "same_orders_as", "a"), ("c", "same_orders_as", "b")],
            [order(1, "a"), order(2, "b"), order(3, "c", currency=None)],
            [(1, 3, "same_orders_as")],
        ),
        (
            [APART],
            [*SHOPS[:1], order(2, "b", **BEN, **at(1)), order(3, "c", **NAMELESS, **at(0.6))],
            [(2, 3, "order_id")],
        ),
        (
            [APART],
            [*SHOPS[:1], order(2, "b", **BEN, **at(1)), order(3, "c", **NAMELESS, **at(0.4))],
            [(1, 3, "order_id")],
        ),
        ([APART], [*SHOPS, order(3, "c", **NAMELESS)], [(1, 3, "order_id")]),
        # Also of one person, whose orders of the two shops would else be one.
        (
            [APART],
            [order(1, "a", **ANN), order(2, "b", **ANN), order(3, "c", **ANN)],
            [(1, 3, "order_id")],
        ),
        # Also where the third system is the first by name.
        ([APART], [*SHOPS, order(3, "_", **BEN | NAMELESS)], [(3, 2, "order_id")]),
        # A third and a fourth system that know both shops' orders by their ids are not one order either.
        (
            [APART],
            [*SHOPS, order(3, "c", **ANN), order(4, "d", **BEN | NAMELESS)],
            [(1, 3, "order_id"), (2, 4, "order_id")],
        ),
        (
            [APART],
            [*SHOPS, order(3, "c", **ANN), order(4, "d", **ANN | NAMELESS)],
            [(1, 3, "order_id"), (1, 4, "order_id"), (3, 4, "order_id")],
        ),
        # By looks the nearest, and what is one with an order of one shop is none of the other.
        (
            [APART],
            [
                order(1, "a", **ANN),
                order(2, "b", order_id="2", **ANN, **at(3)),
                order(3, "c", order_id="3", **ANN, **at(1)),
            ],
            [(1, 3, "person_amount_time")],
        ),
        (
            [APART],
            [
                order(1, "a", **ANN),
                order(2, "b", order_id="2", **ANN, **at(1)),
                order(3, "c", **ANN, occurred_at=START + MINUTE + SECOND),
            ],
            [(1, 3, "order_id")],
        ),
    ],
)
def test_orders_of_separate_shops(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    declared: list[tuple[str, str, str]],
    orders: list[dict[str, Any]],
    expected: list[tuple[int, int, str]],
) -> None:
    put(connection, {"intermediate.int_orders": orders, **settings(*declared)})
    with_feeds.make_alone(connection, ["int_order_id_matches", "int_order_matches"])
    assert found(connection, "from intermediate.int_order_matches order by all") == expected
