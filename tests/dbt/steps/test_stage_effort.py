"""Effort and credit of journey stages, on tables made by hand."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

TABLES = """
    attach ':memory:' as warehouse;
    use warehouse;
    create schema intermediate;
    create schema marts;
    create table intermediate.int_stage_deliveries
        (email_id varchar, content_stage varchar, deliveries bigint);
    create table marts.fct_events (link_key varchar, micro_conversion varchar, journey_stage varchar);
    create table marts.dim_micro_conversions (micro_conversion varchar, journey_stage varchar);
    insert into marts.dim_micro_conversions values
        ('email_click', 'awareness'), ('resource_download', 'consideration'), ('survey', 'consideration'),
        ('cart_add', 'decision'), ('email_open', 'none');
    create table marts.rpt_attribution (
        dimension varchar, model varchar, touch varchar, conversions double, conversions_lower double,
        conversions_upper double, revenue double, total_conversions bigint, touched_conversions bigint,
        unconverted_orders bigint
    );
"""


@pytest.fixture
def connection(compiled: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(TABLES)
        opened.execute(f"create view effort as {compiled.sql['rpt_stage_effort']}")
        yield opened


def deliver(connection: duckdb.DuckDBPyConnection, *rows: tuple[str, str | None, int]) -> None:
    for row in rows:
        connection.execute("insert into intermediate.int_stage_deliveries values (?, ?, ?)", row)


def credit(
    connection: duckdb.DuckDBPyConnection,
    *rows: tuple[str, float, float | None, float | None],
    touched: int = 100,
    model: str = "linear",
    dimension: str = "micro_conversion",
    euros: int | None = 10,
) -> None:
    """Conversions of a touch with their bounds, of 120 of which so many were touched; so many EUR each."""
    for touch, conversions, lower, upper in rows:
        connection.execute(
            "insert into marts.rpt_attribution values (?, ?, ?, ?, ?, ?, ?, 120, ?, 3)",
            [dimension, model, touch, conversions, lower, upper, euros and euros * conversions, touched],
        )


def effort(connection: duckdb.DuckDBPyConnection, model: str = "linear") -> dict[str, dict[str, Any]]:
    rows = connection.sql("from effort where model = ?", params=[model]).to_arrow_table().to_pylist()
    return {row["journey_stage"]: row for row in rows}


def test_without_credits_there_is_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, ("news", "awareness", 10))
    assert effort(connection) == {}


def test_effort_is_held_against_credit(connection: duckdb.DuckDBPyConnection) -> None:
    """800 of 1,000 deliveries are for the first stage, which earns 10 of 100 conversions."""
    deliver(
        connection, ("news", "awareness", 500), ("blog", "awareness", 300), ("guide", "consideration", 100)
    )
    deliver(connection, ("offer", "decision", 60), ("plain", None, 40))
    credit(connection, ("email_click", 10, 5, 15), ("resource_download", 10, 6, 14), ("survey", 5, 1, 9))
    credit(connection, ("cart_add", 70, 60, 80), ("email_open", 5, 0, 10))
    credit(connection, ("cart_add", 100, 90, 100), dimension="campaign")
    credit(connection, ("cart_add", 100, 100, 100), model="last_touch")
    found = effort(connection)
    assert {stage: (row["emails"], row["deliveries"], row["position"]) for stage, row in found.items()} == {
        "awareness": (2, 800, "more effort than credit"),
        "consideration": (1, 100, "in line"),
        "decision": (1, 60, "less effort than credit"),
        "customer": (0, 0, "in line"),
        "advocacy": (0, 0, "in line"),
        "none": (1, 40, "in line"),
    }
    assert [stage for stage, row in found.items() if row["is_top_funnel_trap"]] == ["awareness"]
    middle = found["consideration"]
    names = ("conversions", "conversions_lower", "conversions_upper", "revenue")
    assert [middle[name] for name in names] == [15, 7, 23, 150]
    assert middle["credit_share"] == pytest.approx(0.15)
    assert (middle["credit_share_lower"], middle["credit_share_upper"]) == pytest.approx((0.07, 0.23))
    assert middle["effort_to_credit"] == pytest.approx(0.1 / 0.15)
    assert (middle["total_conversions"], middle["touched_conversions"]) == (120, 100)
    # Wilson's interval of 800 of 1,000.
    first = found["awareness"]
    assert (first["delivery_share_lower"], first["delivery_share_upper"]) == pytest.approx(
        (0.7741, 0.8237), abs=5e-4
    )
    assert found["customer"]["effort_to_credit"] is None
    assert effort(connection, "last_touch") == {}


def test_a_trap_needs_the_intervals_to_lie_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Eight of ten deliveries are as many as 44 to 96 of a hundred: credit of up to 50 is not below it."""
    deliver(connection, ("news", "awareness", 8), ("offer", "decision", 2))
    credit(connection, ("email_click", 30, 10, 50))
    first = effort(connection)["awareness"]
    assert (first["position"], first["is_top_funnel_trap"]) == ("in line", False)


def test_more_effort_further_on_is_no_trap_of_the_first_stage(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, ("offer", "decision", 1000))
    credit(connection, ("email_click", 50, 40, 60), ("cart_add", 20, 10, 30))
    found = effort(connection)
    assert found["decision"]["position"] == "more effort than credit"
    assert not any(row["is_top_funnel_trap"] for row in found.values())


@pytest.mark.parametrize(
    ("deliveries", "bounds", "touched"),
    [(0, (40.0, 60.0), 100), (100, (None, None), 100), (100, (0.0, 0.0), 0)],
)
def test_what_is_not_known_is_insufficient(
    connection: duckdb.DuckDBPyConnection,
    deliveries: int,
    bounds: tuple[float | None, float | None],
    touched: int,
) -> None:
    """No e-mail was delivered, the credit has no interval, or no conversion was touched."""
    if deliveries:
        deliver(connection, ("news", "awareness", deliveries))
    credit(connection, ("email_click", 50 if touched else 0, *bounds), touched=touched)
    first = effort(connection)["awareness"]
    assert (first["position"], first["is_top_funnel_trap"]) == ("insufficient", False)


def test_bounds_of_several_steps_are_kept_within_all_credit(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, ("news", "consideration", 100))
    credit(connection, ("resource_download", 40, -10, 80), ("survey", 30, -5, 60))
    middle = effort(connection)["consideration"]
    assert (middle["conversions_lower"], middle["conversions_upper"]) == (-15, 140)
    assert (middle["credit_share_lower"], middle["credit_share_upper"]) == (0, 1)


@pytest.mark.parametrize(("euros", "revenue"), [(10, 100), (None, None)])
def test_revenue_is_unknown_where_no_order_could_be_converted(
    connection: duckdb.DuckDBPyConnection, euros: int | None, revenue: float | None
) -> None:
    credit(connection, ("email_click", 10, 5, 15), euros=euros)
    found = effort(connection)
    columns = ("revenue", "unconverted_orders")
    assert [tuple(found[stage][name] for name in columns) for stage in ("awareness", "decision")] == [
        (revenue, 3),
        (0, 3),  # no credit is none in any currency
    ]


def test_links_count_once_in_each_stage_that_their_clicks_are_of(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("""
        insert into marts.fct_events values
            ('a', 'email_click', 'awareness'), ('a', 'email_click', 'awareness'),
            ('a', 'cart_add', 'decision'),
            ('b', 'email_click', 'awareness'), ('c', null, null), (null, 'cart_add', 'decision'),
            ('d', 'email_open', null)
    """)
    credit(connection, ("email_click", 50, 40, 60))
    found = effort(connection)
    assert {stage: row["links"] for stage, row in found.items() if row["links"]} == {
        "awareness": 2, "decision": 1, "none": 1,
    }  # fmt: skip
    assert found["awareness"]["link_share"] == pytest.approx(2 / 4)
