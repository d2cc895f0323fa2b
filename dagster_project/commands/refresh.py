"""`milepost refresh`: the job `refresh` once, with progress that a person can read.

The same run as `dagster job execute -m dagster_project.definitions -j refresh`, in the same run history.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import dagster as dg
    from rich.console import Console


@click.command(short_help="Pull every configured source, build, check and publish.")
@click.pass_context
def command(context: click.Context) -> None:
    """Pull every configured source, build the marts, run the checks and publish.

    Reads .env of the current folder. When something new was published, its findings are shown and written to
    findings.html next to the published file. Exit code 1: something failed; the last published file stays.
    """
    from dotenv import load_dotenv
    from rich.console import Console

    from dagster_project.runtime.dbt_runner import prewarm_dbt
    from dagster_project.runtime.job_run import is_recorded, recorded_instance

    load_dotenv(Path.cwd() / ".env")
    if not is_recorded():
        # A minute and a half of a full build, for a catalogue that is thrown away after the run.
        os.environ.setdefault("MILEPOST_COLUMN_LINEAGE", "off")
    prewarm_dbt()
    console = Console()
    with recorded_instance() as instance:
        succeeded = run_refresh(console, instance, "Milepost")
    context.exit(0 if succeeded else 1)


def run_refresh(console: "Console", instance: "dg.DagsterInstance", title: str, job: str = "refresh") -> bool:
    """Run `job`; True when everything passed. If it published, the findings are shown and written.

    What is made of the published file may fail after it was: readers have the new state then.
    """
    from dagster_project.definitions import definitions
    from dagster_project.defs.builds import PUBLISHED
    from dagster_project.defs.ingestion import unconfigured_sources
    from dagster_project.defs.resources import settings
    from dagster_project.defs.spark import PUBLISHED as PUBLISHED_FROM_SPARK
    from dagster_project.runtime.job_run import run_with_progress

    if left_out := unconfigured_sources(os.environ):
        console.print(f"Not configured, left out: {', '.join(source.title for source in left_out)}.")
    result = run_with_progress(definitions().resolve_job_def(job), instance, console)
    published = {event.asset_key for event in result.get_asset_materialization_events()}
    if published & {PUBLISHED, PUBLISHED_FROM_SPARK}:
        show_findings(console, settings().published, title)
    elif not result.success:
        console.print("Nothing was published; readers keep the last good state.")
    return bool(result.success)


def show_findings(console: "Console", published: Path, title: str) -> None:
    """Print the findings of the published file and write them next to it."""
    from rich.markup import escape

    from dagster_project.landing.private import share
    from dagster_project.publishing.parquet import FOLDER_NAME
    from dagster_project.publishing.publish import FILE_NAME
    from dagster_project.reports.page.result import PAGE_NAME as REPORT_NAME
    from dagster_project.reports.terminal import PAGE_NAME, findings_table, write_page
    from dagster_project.runtime.worker import worker

    file, page = published / FILE_NAME, published / PAGE_NAME
    try:
        # By name: the worker has imported the statistics already.
        findings = worker.call("dagster_project.reports.findings:read_findings", file)
    except RuntimeError as error:
        console.print(f"[yellow]warning[/] {escape(f'The findings cannot be computed from {file}: {error}')}")
        return
    write_page(findings, page, title)
    share(page)
    console.print()
    if findings:
        console.print(findings_table(findings))
    else:
        console.print("No findings: the published tables hold too few persons.")
    report = published / REPORT_NAME
    made = (("published", file), ("Parquet", published / FOLDER_NAME), ("findings", page), ("report", report))
    for name, path in made:
        console.print(f"  {name:<10} {escape(str(path))}", soft_wrap=True)
