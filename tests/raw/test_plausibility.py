"""The limits of loading are those of the models."""

from datetime import datetime
from pathlib import Path

import yaml

from dagster_project.raw.plausibility import CLOCK_SKEW, EARLIEST

PROJECT = Path(__file__).parents[2] / "dbt" / "dbt_project.yml"


def test_the_models_have_the_limits_of_loading() -> None:
    variables = yaml.safe_load(PROJECT.read_text(encoding="utf-8"))["vars"]
    assert variables["clock_skew_minutes"] * 60 == CLOCK_SKEW.total_seconds()
    assert datetime.fromisoformat(f"{variables['earliest_time']}+00:00") == EARLIEST
