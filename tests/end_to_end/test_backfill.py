"""Thirty chosen days of one stream in one run, and nothing but these."""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from tests.installation import Installation
from tests.simulator_fixture import RunningSimulator

DAYS = 30


def test_thirty_days_are_backfilled_in_one_run(simulator: RunningSimulator, tmp_path: Path) -> None:
    installation = Installation(tmp_path, dict(simulator.environment))
    first = date.fromisoformat(simulator.environment["MILEPOST_START_DATE"])
    days = [(first + timedelta(days=offset)).isoformat() for offset in range(DAYS)]
    result = installation.run(
        "google_analytics/daily_totals",
        tags={
            "dagster/asset_partition_range_start": days[0],
            "dagster/asset_partition_range_end": days[-1],
        },
    )
    assert result.success
    key = dg.AssetKey(["google_analytics", "daily_totals"])
    assert installation.instance.get_materialized_partitions(key) == set(days)
    loaded = installation.read_warehouse(
        "select distinct day from raw.google_analytics__daily_totals order by 1"
    )
    assert [day for (day,) in loaded] == days
    check = result.get_asset_check_evaluations()[0]
    assert check.passed
    assert check.metadata["loaded"].value == DAYS


def test_one_day_can_be_pulled_alone(simulator: RunningSimulator, tmp_path: Path) -> None:
    installation = Installation(tmp_path, dict(simulator.environment))
    day = simulator.environment["MILEPOST_START_DATE"]
    result = installation.run("google_analytics/events", tags={"dagster/partition": day})
    assert result.success
    assert materialization_of_day(result, day) > 0


def materialization_of_day(result: dg.ExecuteInProcessResult, day: str) -> int:
    """Rows after a run of one partition."""
    [event] = [event for event in result.get_asset_materialization_events() if event.partition == day]
    return int(str(event.step_materialization_data.materialization.metadata["dagster/row_count"].value))
