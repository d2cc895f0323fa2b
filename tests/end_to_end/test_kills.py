"""A refresh killed at the borders of its stages, and run again, publishes what an undisturbed one does.

`make kills` spreads more of them over the whole of a refresh.
"""

from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.conftest import CalmWorld
from tests.kills.refresh import Home, differences

# In this order in one home, so that each run gets further than the one before.
BORDERS: dict[str, Callable[[Home], bool]] = {
    "a stream is loaded": lambda home: home.has_event("STEP_SUCCESS"),
    "half of the models are built": lambda home: home.has_event("ASSET_MATERIALIZATION", "dbt_models", 60),
    "the draft is written": lambda home: any(home.published.parent.glob(".milepost.duckdb.*")),
}


def test_a_refresh_killed_at_the_borders_of_its_stages(calm: CalmWorld, tmp_path: Path) -> None:
    home = Home(tmp_path / "killed", calm.environment)
    for border, is_reached in BORDERS.items():
        assert home.refresh_killed(lambda reached=is_reached: reached(home)), border  # type: ignore[misc]
        assert not home.published.exists()
    home.refresh()
    assert differences(calm.home.published, home.published) == {}
    assert home.left_overs() == calm.home.left_overs() == []
