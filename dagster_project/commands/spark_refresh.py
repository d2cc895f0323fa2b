"""`milepost spark-refresh`: the job `spark_refresh` once, with progress that a person can read."""

import os
from pathlib import Path

import click


@click.command(short_help="Rebuild everything on Apache Spark, check and publish.")
@click.pass_context
def command(context: click.Context) -> None:
    """Pull every configured source, build the marts from the landing zone on Apache Spark, check and publish.

    For more events than one machine holds; the extra `spark` and a Java runtime are needed. Reads .env of the
    current folder, where MILEPOST_SPARK_MASTER says where Spark runs (this machine by default). Exit code 1:
    something failed; the last published file stays.
    """
    from dotenv import load_dotenv
    from rich.console import Console

    from dagster_project.spark.session import SparkError, refuse_missing_parts

    load_dotenv(Path.cwd() / ".env")
    os.environ["MILEPOST_SPARK_MASTER"] = os.environ.get("MILEPOST_SPARK_MASTER") or "local[*]"
    try:
        refuse_missing_parts()
    except SparkError as error:
        raise click.ClickException(str(error)) from None

    from dagster_project.commands.refresh import run_refresh
    from dagster_project.runtime.job_run import recorded_instance

    console = Console()
    with recorded_instance() as instance:
        succeeded = run_refresh(console, instance, "Milepost", job="spark_refresh")
    context.exit(0 if succeeded else 1)
