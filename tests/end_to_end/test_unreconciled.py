"""A day that does not add up is pulled again by every stream of its source, and by no other source."""

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation, materialization

STREAMS = ("events", "event_attributes", "event_parameters", "daily_totals")


@pytest.fixture
def installation(refreshed: Refreshed, tmp_path: Path) -> Installation:
    home = tmp_path / "home"
    shutil.copytree(refreshed.installation.home, home, symlinks=True)
    return Installation(home, dict(refreshed.installation.environment))


def test_a_run_pulls_days_again_that_do_not_add_up(installation: Installation) -> None:
    with duckdb.connect(str(installation.home / "warehouse.duckdb")) as connection:
        connection.execute("""
            update marts.rpt_data_quality set affected = 1
            where indicator = 'unreconciled_events' and stream = 'events'
                and day = (select max(day) from marts.rpt_data_quality) - 20
        """)
    assets = [*(f"google_analytics/{stream}" for stream in STREAMS), "bitly/link_clicks"]
    result = installation.run(*assets)
    assert result.success
    pulled = {asset: materialization(result, asset)["partitions_pulled"] for asset in assets}
    # today, the three days that Google and Bitly may restate, and the day that does not add up
    assert pulled == {asset: 4 if asset.startswith("bitly") else 5 for asset in assets}
