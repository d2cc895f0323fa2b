"""The whole project on event files alone: its tests pass, the reports add up, arrival order is nothing."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import Warehouse
from tests.dbt.rows import key

# When a build began, which it notes.
STARTED = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+'")
FEED = Feed("shop", "shop/*.csv", "csv", "UTC", {})
START = datetime(2026, 8, 18, tzinfo=UTC)
KINDS = [
    "open",
    "open",
    "click",
    "view_item",
    "view_item",
    "add_to_cart",
    "begin_checkout",
    "purchase",
    "unsubscribe",
]
MARTS = (
    "fct_sessions", "fct_macro_conversions", "fct_micro_conversions", "fct_journeys",
    "fct_journey_stages", "rpt_micro_conversion_paths", "rpt_stage_transitions",
    "rpt_stage_visit_transitions", "rpt_cohorts", "rpt_funnels", "rpt_completion_rates",
)  # fmt: skip


def history() -> list[dict[str, Any]]:
    """Ninety days of thirty persons; some orders are reported twice, some sends belong to no journey."""
    chance = random.Random(7)
    rows = []
    for number in range(400):
        person, kind = chance.randrange(30), chance.choice(KINDS)
        rows.append(
            {
                "event_id": f"e{number}",
                "occurred_at": START + timedelta(seconds=chance.randrange(90 * 86400)),
                "event_name": kind,
                "contact_key": key(f"person{person}@example.com"),
                "campaign": "Autumn" if kind in ("open", "click") else None,
                "order_id": f"order {chance.randrange(40)}" if kind == "purchase" else None,
                "revenue": 25.0 + chance.randrange(50) if kind == "purchase" else None,
                "currency": "EUR",
                "_is_repeated": False,
                "_ordinal": 1,
            }
        )
    return rows


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("reports"), [FEED])
    warehouse.insert("event_files__shop", history())
    warehouse.build()
    return warehouse


def test_every_mart_says_something(built: Warehouse) -> None:
    empty = [mart for mart in MARTS if built.value(f"select count(*) from marts.{mart}") == 0]
    assert empty == []


def test_paths_count_every_person_once_per_number_of_steps(built: Warehouse) -> None:
    found = built.query(
        "select path_length, sum(share), sum(persons), count(*) filter (where is_remainder)"
        " from marts.rpt_micro_conversion_paths group by all order by all"
    )
    assert [length for length, *_ in found] == [1, 2, 3, 4, 5]
    assert all(share == pytest.approx(1) and remainders == 1 for _, share, _, remainders in found)
    counted = [persons for _, _, persons, _ in found]
    assert counted[0] <= 30
    assert counted == sorted(counted, reverse=True)


def test_orders_and_revenue_are_the_same_in_every_mart(built: Warehouse) -> None:
    orders = {row["order_id"] for row in history() if row["order_id"]}
    assert built.value("select count(*) from marts.fct_macro_conversions") == len(orders)
    [totals] = built.query("""
        select
            (select sum(revenue) from marts.fct_macro_conversions),
            (select sum(revenue) from marts.fct_sessions),
            (select sum(revenue) from marts.fct_journeys),
            (
                select sum(cumulative_revenue) from marts.rpt_cohorts
                where cohort_by = 'first_touch'
                  and cohort_grain = 'month' and period_start = date '2026-11-01'
            )
    """)
    assert totals == pytest.approx([totals[0]] * 4)


def test_every_rate_has_its_interval(built: Warehouse) -> None:
    for mart, rate, lower in [
        ("rpt_completion_rates", "rate", "lower"),
        ("rpt_funnels", "reached_rate", "reached_lower"),
        ("rpt_cohorts", "retained_rate", "retained_lower"),
        ("rpt_micro_conversion_paths", "conversion_rate", "lower"),
    ]:
        unbounded = f"select count(*) from marts.{mart} where {rate} is not null and {lower} is null"
        assert built.value(unbounded) == 0, mart


def test_the_order_of_arrival_changes_no_row(built: Warehouse, tmp_path: Path) -> None:
    """Nor does it matter whether dbt builds the rows, as here first, or the project compiled once for all."""
    rows = history()
    random.Random(1).shuffle(rows)
    shuffled = CompiledProject(tmp_path, [FEED])
    shuffled.build({"event_files__shop": rows}, *MARTS)
    for mart in MARTS:
        everything = f"select * from marts.{mart} order by all"
        assert shuffled.rows(everything) == built.query(everything), mart


def test_dbt_builds_by_the_sql_that_is_compiled_without_feeds(built: Warehouse, tmp_path: Path) -> None:
    """Of which every `CompiledProject` is made, whatever its feeds."""
    compiled = CompiledProject(tmp_path)
    manifest = json.loads((built.home / "target" / "manifest.json").read_text(encoding="utf-8"))
    run = {
        node["name"]: STARTED.sub("", node.get("compiled_code") or "") for node in manifest["nodes"].values()
    }
    other = [name for name, sql in compiled.sql.items() if STARTED.sub("", sql) != run[name]]
    other += [name for name, (sql, _) in compiled.data_tests.items() if STARTED.sub("", sql) != run[name]]
    assert other == []
