"""What decides whether a build is full."""

import re
from pathlib import Path

import pytest
import yaml

from tests.dbt.harness import PROJECT, Warehouse
from tests.dbt.rows import Row, action, campaign

SMALL_TYPES = """
    select column_name, data_type from duckdb_columns()
    where schema_name = 'marts' and table_name = 'fct_events' and data_type like 'ENUM%'
"""


def test_every_source_of_events_has_its_name_in_the_type() -> None:
    """Which sources there are is a list in a macro, as the type has to be there before any model."""
    models = (PROJECT / "models" / "intermediate").glob("int_*_events.sql")
    named = [re.findall(r"'(\w+)' as source,", model.read_text(encoding="utf-8")) for model in models]
    macro = (PROJECT / "macros" / "small_types.sql").read_text(encoding="utf-8")
    listed = re.search(r"macro event_sources.*?endmacro", macro, re.DOTALL)
    assert listed is not None
    assert re.findall(r"'(\w+)'", listed[0]) == sorted(name for names in named for name in names)


@pytest.fixture(scope="module")
def warehouse(home: Path) -> Warehouse:
    """Five opens by one person, built in full."""
    warehouse = Warehouse(home / "warehouse")
    warehouse.insert("smaily__actions", _acts("view", days=range(1, 6)))
    assert warehouse.dbt("seed").success
    assert _events_after_run(warehouse) == 5
    return warehouse


def _acts(name: str, days: range) -> list[Row]:
    autumn = campaign(1, "Autumn", [])
    return [action(n, f"2026-10-{n:02} 10:00:00", "ann@example.com", name, autumn) for n in days]


def _events_after_run(warehouse: Warehouse, *selection: str) -> int:
    outcome = warehouse.dbt("run", *selection)
    assert outcome.success, outcome.exception
    return int(warehouse.value("select count(*) from marts.fct_events"))


def test_a_store_is_built_alone_only_while_it_can_be_whole(warehouse: Warehouse) -> None:
    assert _events_after_run(warehouse, "--select", "fct_events") == 5
    assert [_events_after_run(warehouse), _events_after_run(warehouse)] == [5, 5]
    # The tables between hold nobody now: nobody changed.
    refused = warehouse.dbt("run", "--select", "fct_events")
    assert "Only some of the stores are selected" in str(refused.exception or refused.result)


def test_an_event_name_nobody_has_seen_widens_its_type_and_a_day_adds_to_the_store(
    warehouse: Warehouse,
) -> None:
    before = dict(warehouse.query(SMALL_TYPES))
    assert set(before) == {"source", "event_name", "micro_conversion", "journey_stage"}
    assert "'annotate'" not in before["event_name"]
    warehouse.insert("smaily__actions", _acts("annotate", days=range(20, 24)), partition="later")
    assert _events_after_run(warehouse) == 9
    widened = dict(warehouse.query(SMALL_TYPES))
    assert widened | {"event_name": ""} == before | {"event_name": ""}
    names = "select event_name, count(*) from marts.fct_events group by event_name order by event_name"
    assert warehouse.query(names) == [("annotate", 4), ("view", 5)]
    # Not by a full build.
    assert warehouse.value("select count(*) from delta._build") == 1
    # Alphabetical, wherever a name came from: an ENUM sorts by its place.
    values = warehouse.value("select enum_range(null::marts.event_name)")
    assert values == sorted({*values, "annotate"})


def test_a_day_finds_keys_that_are_missing_or_given_twice(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.insert("smaily__lists", [{"id": "7"}, {"id": "07"}, {"id": "seven"}, {"id": "8"}])
    assert warehouse.dbt("run", "--select", "stg_smaily__lists").success
    outcome = warehouse.dbt("test", "--select", "stg_smaily__lists")
    # The hooks before and after are results, too.
    found = next(result for result in outcome.result.results if result.status == "fail")  # type: ignore[union-attr]
    assert found.failures == 2
    of_every_day = warehouse.dbt("ls", "--selector", "changes", "--resource-type", "test").result
    assert any(str(name).endswith(found.node.name) for name in of_every_day)  # type: ignore[union-attr]
