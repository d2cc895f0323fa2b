"""A refresh killed at the borders of its stages, and run again, publishes what an undisturbed one does.

`make kills` spreads more of them over the whole of a refresh.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kills.refresh import Home, differences
from tests.simulator_fixture import RunningSimulator, run_simulator

# In this order in one home, so that each run gets further than the one before.
BORDERS: dict[str, Callable[[Home], bool]] = {
    "a stream is loaded": lambda home: home.has_event("STEP_SUCCESS"),
    "half of the models are built": lambda home: home.has_event("ASSET_MATERIALIZATION", "dbt_models", 60),
    "the draft is written": lambda home: any(home.published.parent.glob(".milepost.duckdb.*")),
}


@pytest.fixture(scope="module")
def small_world() -> Iterator[RunningSimulator]:
    with run_simulator("--retention-days", "90", persons=30, days=14) as simulator:
        yield simulator


def test_a_refresh_killed_at_the_borders_of_its_stages(small_world: RunningSimulator, tmp_path: Path) -> None:
    undisturbed, home = (Home(tmp_path / name, small_world.environment) for name in ("undisturbed", "killed"))
    undisturbed.refresh()
    for border, is_reached in BORDERS.items():
        assert home.refresh_killed(lambda reached=is_reached: reached(home)), border
        if home.published.exists():
            assert differences(undisturbed.published, home.published) == {}, border
    home.refresh()
    assert differences(undisturbed.published, home.published) == {}
    assert home.left_overs() == undisturbed.left_overs() == []
