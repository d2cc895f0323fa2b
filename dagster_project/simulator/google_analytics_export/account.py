"""The simulated export: in which form it is written, and the variables of an installation that reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dagster_project.simulator.google_analytics.account import KEY_FILE, PROPERTY_ID
from dagster_project.simulator.options import choice
from dagster_project.simulator.simulation import Simulation

OFF: Final = "off"
BIGQUERY: Final = "bigquery"
FOLDER: Final = "ga4_export"
PROJECT: Final = "simulator"
DATASET: Final = f"analytics_{PROPERTY_ID}"


@dataclass
class ExportOptions:
    """Whether the property has a BigQuery export, and what an installation reads of it.

    Files are `parquet`, `parquet_lists` (lists as `{"list": [{"element": …}]}`), `json` or `json_gz`; with
    `bigquery` the tables are read through BigQuery's API.
    """

    ga4_export: str = choice(OFF, "parquet", "parquet_lists", "json", "json_gz", BIGQUERY)


def environment(simulation: Simulation, base_url: str, folder: Path | None) -> dict[str, str]:
    """Empty without an export, and without a folder for its files or its key."""
    form = simulation.options.of(ExportOptions).ga4_export
    if form == OFF or folder is None:
        return {}
    if form == BIGQUERY:
        return {
            "GA4_EXPORT_DATASETS": f"{PROJECT}.{DATASET}",
            "GA4_EXPORT_BIGQUERY_URL": f"{base_url}/v2",
            "GOOGLE_APPLICATION_CREDENTIALS": str((folder / KEY_FILE).absolute()),
        }
    return {"GA4_EXPORT_FOLDER": str((folder / FOLDER).absolute())}
