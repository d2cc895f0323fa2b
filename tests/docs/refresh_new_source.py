"""A new source from its simulated API to the marts, in a copy of the project that has it: `python -m … HOME`.

Prints, as JSON, the rows of the new report on an empty warehouse, then the figures after each of two pulls.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster_project.landing import pull_stream
from dagster_project.raw.streams.load import load
from dagster_project.runtime.build_scope import BuildScope
from dagster_project.runtime.dbt_runner import INCREMENTAL_SELECTION, WITHOUT_UNIT_TESTS
from dagster_project.sources.core.stream import Request
from dagster_project.sources.registry import source
from tests.dbt.harness import Warehouse
from tests.simulator_fixture import run_simulator

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)
BUILDS = (("2026-11-08T04:00:00Z", BuildScope.FULL), ("2026-11-16T04:00:00Z", BuildScope.INCREMENTAL))
NAME, REPORT = "paperpost", "rpt_example_conversions"
FIGURES = f"""
    select
        (select count(distinct id) from raw.{NAME}__activities) as records,
        (select count(*) from marts.fct_events where source = '{NAME}') as events,
        (select count(distinct person_key) from marts.fct_events where source = '{NAME}') as persons,
        (select count(*) from marts.restatement_ledger where source = '{NAME}') as changed_partitions,
        (select count(*) from marts.restatement_ledger where not is_full_build) as incremental_changes
"""


def build(warehouse: Warehouse, scope: BuildScope) -> None:
    selection = INCREMENTAL_SELECTION if scope is BuildScope.INCREMENTAL else ()
    outcome = warehouse.dbt("build", *selection, *WITHOUT_UNIT_TESTS, scope=scope)
    assert outcome.success, outcome.exception or outcome.result


def refresh(warehouse: Warehouse, environment: Mapping[str, str], scope: BuildScope) -> dict[str, Any]:
    """Pull, load and build; what the marts then hold of the source."""
    new = source(NAME)
    landing = warehouse.home / "landing"
    with new.connect(new.configure(environment), lambda: NOW, lambda _: None) as client:
        new.verify(client)
        for stream in new.streams:
            pull_stream(NAME, stream, client, landing, lambda: NOW, Request())
            with warehouse.connect() as connection:
                load(connection, landing, NAME, stream, lambda: NOW)
    build(warehouse, scope)
    with warehouse.connect() as connection:
        figures = connection.sql(FIGURES)
        return dict(zip(figures.columns, figures.fetchall()[0], strict=True))


def main(home: Path) -> None:
    warehouse = Warehouse(home)
    warehouse.build(f"+{REPORT}")
    outcomes: list[Any] = [warehouse.value(f"select count(*) from marts.{REPORT}")]
    with run_simulator(persons=30, days=14) as simulator:
        for clock, scope in BUILDS:
            simulator.set_clock(clock)
            outcomes.append(refresh(warehouse, simulator.environment, scope))
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
