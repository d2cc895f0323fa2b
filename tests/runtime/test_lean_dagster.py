"""Dagster with a part of it replaced does what it did."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.execution.context.system import StepExecutionContext

from dagster_project.runtime.lean_dagster import make_dagster_lean


@pytest.fixture(autouse=True)
def lean() -> None:
    make_dagster_lean()


def step(name: str, *order: str) -> dg.AssetsDefinition:
    """A step of the assets `first_<name>` and `second_<name>`, which is made from the first."""
    first, second = f"first_{name}", f"second_{name}"

    @dg.multi_asset(
        name=name,
        specs=[
            dg.AssetSpec(first, skippable=True),
            dg.AssetSpec(second, deps=[first], skippable=True),
        ],
        can_subset=True,
    )
    def assets(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for which in order:
            key = f"{which}_{name}"
            if key in {selected.to_user_string() for selected in context.selected_asset_keys}:
                yield dg.Output(None, key)

    return assets


def materialized(*steps: dg.AssetsDefinition, selection: Any = None) -> list[str]:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(steps, instance=instance, selection=selection)
    keys = [event.asset_key for event in result.get_asset_materialization_events()]
    return [key.to_user_string() for key in keys if key]


def test_every_step_has_its_own_assets() -> None:
    found = materialized(step("one", "first", "second"), step("two", "first", "second"))
    assert sorted(found) == ["first_one", "first_two", "second_one", "second_two"]
    assert found.index("first_one") < found.index("second_one")


def test_a_table_before_what_it_is_made_from_is_refused() -> None:
    with pytest.raises(DagsterInvariantViolationError, match='"second_one" was yielded before'):
        materialized(step("one", "second", "first"))


def test_a_later_step_is_held_against_its_own_assets() -> None:
    with pytest.raises(DagsterInvariantViolationError, match='"second_two" was yielded before'):
        materialized(step("one", "first", "second"), step("two", "second", "first"))


def test_a_second_call_changes_nothing() -> None:
    replaced = StepExecutionContext.get_output_asset_keys
    make_dagster_lean()
    assert StepExecutionContext.get_output_asset_keys is replaced


def test_what_is_not_selected_is_none_of_its_assets() -> None:
    assert materialized(step("one", "second", "first"), selection=["second_one"]) == ["second_one"]
