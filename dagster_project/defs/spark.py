"""The job `spark_refresh`: everything from the landing zone on Apache Spark, checked and published.

Defined where `MILEPOST_SPARK_MASTER` says that Spark is used; `milepost spark-refresh` sets it. The jobs of
one machine do not run it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from pydantic import PrivateAttr

from dagster_project.checks.catalogue import KINDS
from dagster_project.checks.outcomes import keep_outcomes, kept_outcomes
from dagster_project.defs.checks import check_result, check_specs, evaluate_all
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import missing_requests
from dagster_project.defs.manifest import dbt_project, mart_keys, read_manifest
from dagster_project.defs.publication import failed_checks
from dagster_project.defs.resources import OWNERS, WRITER_POOL, SourceClients
from dagster_project.defs.translator import MilepostTranslator
from dagster_project.landing import pull_stream
from dagster_project.landing.copies import copy_files
from dagster_project.landing.private import share
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import FILE_NAME, Large, publish
from dagster_project.raw.connection import connect
from dagster_project.raw.refusals import COMMAND as CONFIRM
from dagster_project.raw.refusals import standing_losses
from dagster_project.reports.page.result import PAGE_NAME, Report
from dagster_project.runtime.worker import worker
from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.event_files import SOURCE_NAME, feeds_from_environment, list_files
from dagster_project.sources.registry import SOURCES
from dagster_project.spark.session import SparkConfiguration, refuse_missing_parts, start_session
from dagster_project.spark.small_warehouse import SparkSettings

GROUP = "spark"
VARIABLE = "MILEPOST_SPARK_MASTER"
JOB = "spark_refresh"
LANDED, RAW, MODELS, MARTS, PUBLISHED = (
    dg.AssetKey([GROUP, name]) for name in ("landed", "raw", "models", "marts", "published")
)


def is_configured() -> bool:
    return bool(os.environ.get(VARIABLE))


def spark_settings() -> SparkSettings:
    """As the environment has them now."""
    return SparkSettings.from_environment(os.environ)


class Spark(dg.ConfigurableResource[Any]):
    """The session, started by the first step that needs it and stopped with the run, unless it ran before."""

    _started: Any = PrivateAttr(default=None)

    def session(self) -> Any:
        refuse_missing_parts()
        from pyspark.sql import SparkSession

        running = SparkSession.getActiveSession()
        session = start_session(SparkConfiguration.from_environment(os.environ))
        self._started = session if running is None else self._started
        return session

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        if self._started is not None:
            self._started.stop()
            self._started = None


@contextmanager
def explained_on_spark(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Iterator[None]:
    """As `explained`; what dbt or Spark cannot do is in a sentence already."""
    with explained(context):
        try:
            yield
        except RuntimeError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None


def land_everything(context: dg.AssetExecutionContext, clients: SourceClients) -> dict[str, int]:
    """Pull every configured source and copy every feed's files; returns the records or files of each."""
    settings = spark_settings()
    landed: dict[str, int] = {}
    for account in (account for source in SOURCES for account in accounts(source, os.environ)):
        for stream in account.source.streams:
            with account.explained():
                client = clients.client(account, context.retry_number)
                requests = missing_requests(context, lambda: connect(settings), account, stream, client)
                entries = [
                    entry
                    for request in requests
                    for entry in pull_stream(
                        account.landing_name, stream, client, settings.landing, settings.now, request,
                        left_out=lambda error: context.log.warning("%s", error),
                    )
                ]  # fmt: skip
            landed[f"{account.landing_name}/{stream.name}"] = sum(entry.records for entry in entries)
    for feed in feeds_from_environment(os.environ):
        files = list_files(feed, settings)
        copy_files(SOURCE_NAME, feed.name, files, settings.landing, settings.now)
        landed[f"{SOURCE_NAME}/{feed.name}"] = len(files)
    return landed


def show(context: dg.AssetExecutionContext, line: str) -> None:
    """A line of dbt, for the progress display; what warns is in the run's log, too."""
    print(line, flush=True)
    if " WARN " in line and " WARN=" not in line:
        context.log.warning("%s", line)


@dg.asset(key=LANDED, group_name=GROUP, owners=OWNERS, pool=WRITER_POOL)
def landed(context: dg.AssetExecutionContext, clients: SourceClients) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What the sources have, in the landing zone; nothing of it is loaded."""
    with explained_on_spark(context):
        return dg.MaterializeResult(metadata={"records": land_everything(context, clients)})


@dg.asset(key=RAW, deps=[LANDED], group_name=GROUP, owners=OWNERS, pool=WRITER_POOL)
def raw(context: dg.AssetExecutionContext, spark: Spark) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The raw tables as Parquet, loaded by tasks of Spark, and their ledgers in the small warehouse."""
    from dagster_project.spark.load import load_landing_zone

    with explained_on_spark(context):
        loaded = load_landing_zone(spark.session(), spark_settings(), os.environ, warn=context.log.warning)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(each.loaded - each.repeated for each in loaded),
            "records_quarantined": sum(each.quarantined for each in loaded),
            "records_repeated": sum(each.repeated for each in loaded),
        }
    )


@dg.asset(key=MODELS, deps=[RAW], group_name=GROUP, owners=OWNERS, pool=WRITER_POOL)
def models(context: dg.AssetExecutionContext, spark: Spark) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Every model of SQL as Parquet, built and tested on Spark."""
    from dagster_project.spark.build import build_models, parse_project
    from dagster_project.spark.raw_tables import register_raw_tables

    with explained_on_spark(context):
        session, settings = spark.session(), spark_settings()
        if not session.catalog.tableExists("raw._loads"):
            register_raw_tables(session, settings.spark_home)
        project = parse_project()
        build_models(session, project, show=partial(show, context))
    return dg.MaterializeResult(metadata={"models": len(project.built)})


@dg.asset(key=MARTS, deps=[MODELS], group_name=GROUP, owners=OWNERS, pool=WRITER_POOL)
def marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """All marts in the small warehouse: Spark's, and those that DuckDB infers from counts."""
    from dagster_project.spark.small_tables import large_marts, take_in_and_build

    with explained_on_spark(context):
        settings = spark_settings()
        take_in_and_build(settings, show=partial(show, context))
        with connect(settings) as connection:
            large = [mart.name for mart in large_marts(connection, settings.spark_home)]
    return dg.MaterializeResult(metadata={"views_over_parquet": large})


def spark_check_specs() -> list[dg.AssetCheckSpec]:
    """Those of one machine, of the marts as a whole."""
    return [spec._replace(asset_key=MARTS) for spec in check_specs()]


@dg.multi_asset_check(specs=spark_check_specs(), pool=WRITER_POOL, name="data_quality_checks_on_spark")
def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """The data quality checks, over the small warehouse."""
    with explained_on_spark(context), connect(spark_settings()) as connection:
        found = []
        for check, outcome in evaluate_all(connection):
            found.append((KINDS[check.name], check, outcome))
            yield check_result(check, outcome)._replace(asset_key=MARTS)
        keep_outcomes(connection, found, spark_settings().now())


@dg.asset(key=PUBLISHED, deps=[MARTS], group_name=GROUP, owners=OWNERS, pool=WRITER_POOL)
def published(context: dg.AssetExecutionContext, spark: Spark) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The published file, its large marts as views over masked Parquet files, and the report page."""
    from dagster_project.spark.load import on_spark
    from dagster_project.spark.small_tables import large_marts

    settings = spark_settings()
    with explained_on_spark(context):
        if failed := failed_checks(context.instance, [spec.key for spec in spark_check_specs()]):
            raise PublishingRefused(
                f"Nothing was published, since checks fail ({', '.join(failed)}); "
                "fix the data or the model, build again, then publish."
            )
        names = [key.path[-1] for key in mart_keys(read_manifest(dbt_project()), MilepostTranslator())]
        with connect(settings) as connection:
            if lost := standing_losses(connection):
                raise PublishingRefused(
                    f"Nothing was published, since data are gone of {', '.join(lost)}; bring them back, "
                    f"or confirm that they were deleted ({CONFIRM} --spark), then run again."
                )
            found = large_marts(connection, settings.spark_home)
            large = Large(found, on_spark(spark.session())) if found else Large()
            result = publish(connection, settings.published, [*names, *kept_outcomes(connection)], large)
        made: Report = worker.call(
            "dagster_project.reports.page.build:write_report",
            settings.published / FILE_NAME,
            settings.published / PAGE_NAME,
        )
        share(made.path)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(result.path),
            "dagster/row_count": sum(result.rows.values()),
            "rows_by_table": dg.MetadataValue.json(dict(result.rows)),
            "bytes": result.size_bytes,
            "seconds": round(result.seconds, 2),
        }
    )


def spark_refresh_job() -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        JOB,
        dg.AssetSelection.groups(GROUP),
        description="Every configured source, then marts, checks and published file by Apache Spark.",
        executor_def=dg.in_process_executor,
    )


@dg.definitions
def spark() -> dg.Definitions:
    if not is_configured():
        return dg.Definitions()
    return dg.Definitions(
        assets=[landed, raw, models, marts, published],
        asset_checks=[checks],
        jobs=[spark_refresh_job()],
        resources={"spark": Spark()},
    )
