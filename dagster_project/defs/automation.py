"""When things run: the whole pipeline once a day, event files as they arrive, an alert when a run fails."""

import hashlib
import os

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagster_project.alerting.webhook import alert
from dagster_project.defs.event_feeds import configured_feeds
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.resources import settings
from dagster_project.defs.spark import GROUP as SPARK
from dagster_project.defs.spark import is_configured
from dagster_project.runtime.progress import once_each
from dagster_project.sources.core.errors import SourceError
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files
from dagster_project.sources.registry import SOURCES

# After midnight in every European time zone, before the first person reads.
DAILY_AT = "30 4 * * *"
SENSOR_SECONDS = 60


def refresh_job() -> UnresolvedAssetJobDefinition:
    """Every configured source -> marts -> checks -> published."""
    left_out = unconfigured_sources(os.environ)
    selection = on_one_machine()
    description = "Every configured source, the marts, their checks, the published file."
    if left_out:
        selection = selection - dg.AssetSelection.groups(*(source.name for source in left_out))
        description += f" Left out, because not configured: {', '.join(source.title for source in left_out)}."
    return dg.define_asset_job(
        "refresh", selection, description=description, executor_def=dg.in_process_executor
    )


def on_one_machine() -> dg.AssetSelection:
    """Every asset but those of the job that runs on Spark, which are there where it is configured."""
    every: dg.AssetSelection = dg.AssetSelection.all()
    return every - dg.AssetSelection.groups(SPARK) if is_configured() else every


def event_files_job() -> UnresolvedAssetJobDefinition:
    """Every feed of event files, and all that depends on them; the other sources are not pulled."""
    return dg.define_asset_job(
        "event_files",
        on_one_machine() - dg.AssetSelection.groups(*(source.name for source in SOURCES)),
        description="Every feed of event files, the marts, their checks, the published file.",
        executor_def=dg.in_process_executor,
    )


def listing_digest(feeds: tuple[Feed, ...]) -> str:
    """Changes when a file was added, removed or rewritten, or a feed's configuration changed."""
    digest = hashlib.sha256()
    for feed in feeds:
        digest.update(f"{feed.name}|{feed.digest}".encode())
        for file in list_files(feed, settings()):
            digest.update(f"|{file.address}|{file.mark}".encode())
    return digest.hexdigest()


@dg.definitions
def automation() -> dg.Definitions:
    refresh, event_files = refresh_job(), event_files_job()

    @dg.sensor(name="event_files", job=event_files, minimum_interval_seconds=SENSOR_SECONDS)
    def files_arrived(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Start a run when a feed's files are not those of the last evaluation."""
        feeds = configured_feeds()
        if not feeds:
            return dg.SkipReason("No feed of event files is configured (see event_files.example.yml).")
        try:
            digest = listing_digest(feeds)
        except SourceError as error:
            return dg.SkipReason(without_addresses(str(error)))
        if digest == context.cursor:
            return dg.SkipReason("No file was added, removed or changed.")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=digest, tags={"milepost/started_by": SOURCE_NAME})],
            cursor=digest,
        )

    @dg.run_failure_sensor(name="failed_runs", monitor_all_code_locations=False)
    def run_failed(context: dg.RunFailureSensorContext) -> None:
        """Post to the webhook which assets failed, a sentence each."""
        failures = {}
        for event in context.get_step_failure_events():
            failure = event.step_failure_data.user_failure_data
            sentence = failure.description if failure else None
            failures[str(event.step_key)] = sentence or "unexpected error, see the run's log"
        title = f"Milepost: {context.dagster_run.job_name} failed ({context.dagster_run.run_id[:8]})."
        text = "\n".join([title, *(f"{names}: {sentence}" for names, sentence in once_each(failures))])
        context.log.error(text)
        if problem := alert(text, os.environ):
            context.log.warning(problem)

    return dg.Definitions(
        jobs=[refresh, event_files],
        schedules=[dg.ScheduleDefinition(name="daily_refresh", job=refresh, cron_schedule=DAILY_AT)],
        sensors=[files_arrived, run_failed],
    )
