"""Dagster without what it does for each output and is not needed here.

Overrides a part of Dagster >=1.13,<1.14, for the rest of the process.
"""

from collections.abc import Set

import dagster as dg
from dagster._core.execution.context.system import StepExecutionContext


def make_dagster_lean() -> None:
    """Before a step of many assets. Find a step's assets once.

    Dagster finds them again for each output, and for each of them the selected assets and checks of the whole
    step. Of 430 tables with 680 checks the process that records their outcomes took 9.6 s CPU, 7.0 s since.
    """
    find = StepExecutionContext.get_output_asset_keys
    if find.__module__ == __name__:
        return

    def get_output_asset_keys(self: StepExecutionContext) -> Set[dg.AssetKey]:
        found: Set[dg.AssetKey] | None = self.__dict__.get("found_asset_keys")
        if found is None:
            found = self.__dict__["found_asset_keys"] = find(self)
        return found

    StepExecutionContext.get_output_asset_keys = get_output_asset_keys  # type: ignore[method-assign]
