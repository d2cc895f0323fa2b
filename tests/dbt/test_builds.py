"""What decides whether a build is full."""

import re
from pathlib import Path

import yaml

from tests.dbt.harness import PROJECT, Warehouse
from tests.dbt.rows import action, campaign


def test_every_variable_decides_whether_a_build_is_full() -> None:
    """dbt gives a macro no list of the variables, so that it has one of its own."""
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    macro = (PROJECT / "macros" / "builds.sql").read_text(encoding="utf-8")
    listed = re.search(r"macro business_variables.*?endmacro", macro, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[0])) == set(declared)


def test_a_store_is_built_alone_only_while_it_can_be_whole(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.insert(
        "smaily__actions",
        [
            action(n, f"2026-10-2{n} 10:00:00", "ann@example.com", "view", campaign(1, "Autumn", []), "")
            for n in range(1, 6)
        ],
    )

    def events_after(*selection: str) -> int:
        outcome = warehouse.dbt("run", *selection)
        assert outcome.success, outcome.exception
        return int(warehouse.value("select count(*) from marts.fct_events"))

    assert warehouse.dbt("seed").success
    assert [events_after(), events_after("--select", "fct_events")] == [5, 5]
    assert [events_after(), events_after()] == [5, 5]
    # The tables between hold nobody now: nobody changed.
    refused = warehouse.dbt("run", "--select", "fct_events")
    assert "Only some of the stores are selected" in str(refused.exception or refused.result)
    assert events_after() == 5


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
