"""The types of few values that `fct_events` is stored in."""

import re
from pathlib import Path

from tests.dbt.harness import PROJECT, Warehouse
from tests.dbt.rows import action, campaign

TYPES = """
    select column_name, data_type from duckdb_columns()
    where schema_name = 'marts' and table_name = 'fct_events' and data_type like 'ENUM%'
"""
NAMES = "select event_name, count(*) from marts.fct_events group by event_name order by event_name"


def _acts(numbers: range, name: str, hour: int) -> list[dict[str, object]]:
    return [
        action(n, f"2026-10-{n} {hour}:00:00", f"{n % 2}@example.com", name, campaign(1, "Autumn", []))
        for n in numbers
    ]


def test_a_name_nobody_has_seen_widens_the_store_and_a_day_adds_to_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.insert("smaily__actions", _acts(range(10, 15), "view", 10))
    assert warehouse.dbt("seed").success

    def types_after(*arguments: str) -> dict[str, str]:
        outcome = warehouse.dbt("run", *arguments)
        assert outcome.success, outcome.exception
        return dict(warehouse.query(TYPES))

    before = types_after()
    assert set(before) == {"source", "event_name", "micro_conversion", "journey_stage"}
    assert "'annotate'" not in before["event_name"]

    warehouse.insert("smaily__actions", _acts(range(20, 24), "annotate", 11), partition="later")
    widened = types_after()
    assert widened | {"event_name": ""} == before | {"event_name": ""}
    assert warehouse.query(NAMES) == [("annotate", 4), ("view", 5)]
    assert warehouse.value("select count(*) from affected._build") == 1
    # Alphabetical, wherever the name came from: an ENUM sorts by its place.
    values = warehouse.value("select enum_range(null::marts.event_name)")
    assert values == sorted({*values, "annotate"})

    rows = warehouse.query("select * from marts.fct_events order by event_id")
    # Built in full, the store's rows are the same, and so is its type.
    assert types_after("--full-refresh") == widened
    assert warehouse.query("select * from marts.fct_events order by event_id") == rows


def test_every_source_of_events_has_its_name_in_the_type() -> None:
    """Which sources there are is a list in a macro, as the type has to be there before any model."""
    models = (PROJECT / "models" / "intermediate").glob("int_*_events.sql")
    named = [re.findall(r"'(\w+)' as source,", model.read_text(encoding="utf-8")) for model in models]
    macro = (PROJECT / "macros" / "small_types.sql").read_text(encoding="utf-8")
    listed = re.search(r"macro event_sources.*?endmacro", macro, re.DOTALL)
    assert listed is not None
    assert re.findall(r"'(\w+)'", listed[0]) == sorted(name for names in named for name in names)
