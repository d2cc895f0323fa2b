"""An installation for tests: a home of its own, an environment of its own, real Dagster runs in process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from dagster_project.definitions import definitions
from dagster_project.sources.registry import SOURCES

# Variables of the developer's own shell must not reach a test.
FOREIGN = (
    "MILEPOST_CONTACT_KEY_SALT", "MILEPOST_PUBLISHED", "MILEPOST_SECRET",
    "MILEPOST_NOW", "MILEPOST_START_DATE", "MILEPOST_EVENT_FILES", "MILEPOST_ALERT_WEBHOOK",
    "MILEPOST_DAILY_VERDICTS",
)  # fmt: skip


@dataclass
class Installation:
    """`environment` are the variables of one installation; `instance` is its Dagster history."""

    home: Path
    environment: dict[str, str]
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    @property
    def published(self) -> Path:
        return self.home / "published" / "milepost.duckdb"

    @contextmanager
    def entered(self, changes: Mapping[str, str] | None = None) -> Iterator[None]:
        """The installation's environment, with `changes`, and no other variable of Milepost."""
        with pytest.MonkeyPatch.context() as patch:
            for name in (*FOREIGN, *(variable for source in SOURCES for variable in source.variables)):
                patch.delenv(name, raising=False)
            ours = {"MILEPOST_HOME": str(self.home), "MILEPOST_COLUMN_LINEAGE": "off"}
            for name, value in (ours | self.environment | dict(changes or {})).items():
                patch.setenv(name, value)
            yield

    def run(
        self,
        *assets: str,
        job: str = "refresh",
        changes: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        patience: float = 1.0,
    ) -> dg.ExecuteInProcessResult:
        """Run a job, or only those of its assets that are named like `smaily/actions`.

        With a `patience` of 0 nothing waits before it calls a source again.
        """
        with self.entered(changes):
            return (
                definitions()
                .resolve_job_def(job)
                .execute_in_process(
                    instance=self.instance,
                    raise_on_error=False,
                    run_config={
                        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                        "resources": {"clients": {"config": {"patience": patience}}},
                    },
                    asset_selection=[dg.AssetKey(asset.split("/")) for asset in assets] or None,
                    tags=dict(tags or {}),
                )
            )

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Query the published file."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def read_warehouse(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Asset of every failed step to the sentence it failed with."""
    found = {}
    for event in result.all_events:
        if event.is_step_failure and event.step_key:
            failure = event.step_failure_data.user_failure_data
            assert failure is not None, event.step_failure_data.error
            found[event.step_key.replace("__", "/")] = str(failure.description)
    return found


def materialization(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of an asset's last unpartitioned materialisation in the run."""
    events = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(asset.split("/")) and not event.partition
    ]
    return {name: value.value for name, value in events[-1].metadata.items()}
