"""The data quality checks as Dagster's asset checks: one op evaluates all of them over one connection."""

import os
from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from dagster_project.checks.catalogue import CHECKS_BY_KIND, KINDS, run_checks
from dagster_project.checks.charts import NONE, plain
from dagster_project.checks.check import Check, CheckOutcome, Status
from dagster_project.checks.outcomes import keep_outcomes
from dagster_project.defs.failures import explained
from dagster_project.defs.resources import WRITER_POOL, Warehouse, settings
from dagster_project.runtime.progress import SUMMARY
from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.registry import SOURCES


def check_specs() -> list[dg.AssetCheckSpec]:
    """Of every check; one that can be an ERROR blocks what comes after it."""
    return [
        dg.AssetCheckSpec(
            check.name,
            asset=dg.AssetKey(check.asset),
            description=check.description,
            blocking=check.severity is Status.ERROR,
            metadata={"kind": kind, "tolerance": check.tolerance},
        )
        for kind, checks in CHECKS_BY_KIND.items()
        for check in checks
    ]


def check_result(check: Check, outcome: CheckOutcome) -> dg.AssetCheckResult:
    """To Dagster what had nothing to check has passed: it did not fail, and its description says so."""
    lower, upper = outcome.interval or (None, None)
    band_lower, band_upper = outcome.band or (None, None)
    metadata: dict[str, Any] = {
        SUMMARY: outcome.description,
        "outcome": outcome.status.value,
        "subject": outcome.subject,
        "n": outcome.n,
        "left_out": outcome.left_out,
        "figure": outcome.figure,
        "lower": lower,
        "upper": upper,
        "band_lower": band_lower,
        "band_upper": band_upper,
        "band_source": outcome.band_source,
        "tolerance": check.tolerance,
        "chart": dg.MetadataValue.md(outcome.chart),
    }
    # The UI renders a description, but shows Markdown of metadata on a click only.
    shown = [plain(outcome.description), *([outcome.chart] if outcome.chart != NONE else [])]
    is_error = outcome.status is Status.ERROR
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=dg.AssetKey(check.asset),
        passed=outcome.status in (Status.PASSED, Status.EMPTY),
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description="\n\n".join(shown),
        metadata={name: value for name, value in metadata.items() if value is not None},
    )


def evaluate_all(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Check, CheckOutcome]]:
    """Every check with its outcome, by the environment's clock and configured accounts."""
    configured = {each.landing_name for source in SOURCES for each in accounts(source, os.environ)}
    return run_checks(connection, settings().now(), configured)


@dg.definitions
def checks() -> dg.Definitions:
    @dg.multi_asset_check(specs=check_specs(), pool=WRITER_POOL)
    def data_quality_checks(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult]:
        with explained(context), warehouse.opened() as connection:
            found = []
            for check, outcome in evaluate_all(connection):
                found.append((KINDS[check.name], check, outcome))
                yield check_result(check, outcome)
            keep_outcomes(connection, found, settings().now())

    return dg.Definitions(asset_checks=[data_quality_checks])
