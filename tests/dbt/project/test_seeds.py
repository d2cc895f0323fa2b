"""Every seed is documented: users edit these files."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dbt.compiled_project import take_compiled
from tests.dbt.harness import PROJECT

SEEDS = sorted((PROJECT / "seeds").rglob("*.csv"))


def header(seed: Path) -> list[str]:
    with seed.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def declaration(seed: Path) -> dict[str, Any]:
    [declared] = yaml.safe_load(seed.with_suffix(".yml").read_text(encoding="utf-8"))["seeds"]
    return dict(declared)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_the_declaration_describes_and_types_every_column(seed: Path) -> None:
    declared = declaration(seed)
    assert declared["name"] == seed.stem
    assert "One row per " in " ".join(declared["description"].split())
    assert [column["name"] for column in declared["columns"]] == header(seed)
    assert [column["name"] for column in declared["columns"] if not column.get("description")] == []
    assert list(declared["config"]["column_types"]) == header(seed)


def test_the_seeds_pass_their_tests_and_a_wrong_row_does_not(home: Path) -> None:
    warehouse, _ = take_compiled(home)
    selection = ("--select", "path:seeds", "--indirect-selection", "cautious")
    assert warehouse.dbt("test", *selection).success
    with warehouse.connect() as connection:
        connection.execute("""
            insert into staging.micro_conversion_types by name
            select * replace ('top' as funnel_position, null as label) from staging.micro_conversion_types
            where micro_conversion = 'purchase'
        """)
    outcome = warehouse.dbt("test", *selection).result
    failed = {result.node.name for result in outcome.results if result.status == "fail"}  # type: ignore[union-attr]
    assert {name.split("_micro_conversion_types")[0] for name in failed} == {
        "primary_key",
        "columns_not_null",
        "micro_conversion_types_stage_and_position_agree",
    }
