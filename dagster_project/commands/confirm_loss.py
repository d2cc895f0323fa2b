"""`milepost confirm-loss`: data that a load refused to lose were deleted on purpose."""

import os
from collections.abc import Sequence
from pathlib import Path

import click


@click.command(short_help="Confirm that missing data were deleted on purpose.")
@click.argument("names", metavar="[SOURCE/STREAM]...", nargs=-1)
@click.option("--spark", "on_spark", is_flag=True, help="Of loads on Apache Spark (milepost spark-refresh).")
def command(names: Sequence[str], on_spark: bool) -> None:
    """Confirm what the last load of each SOURCE/STREAM refused to lose; list all of it, if none is named.

    The next refresh then deletes it. A confirmation is valid for the loss that was refused when it was given,
    not for a later one, and is kept with its time in raw._losses. Reads .env of the current folder.
    """
    from dotenv import load_dotenv

    from dagster_project.raw.connection import connect
    from dagster_project.raw.errors import WarehouseError
    from dagster_project.raw.refusals import confirm, standing_losses
    from dagster_project.raw.schema import create_raw_tables
    from dagster_project.settings import SettingError, Settings
    from dagster_project.spark.session import SparkError
    from dagster_project.spark.small_warehouse import SparkSettings

    load_dotenv(Path.cwd() / ".env")
    try:
        settings = (SparkSettings if on_spark else Settings).from_environment(os.environ)
        with connect(settings) as connection:
            create_raw_tables(connection, (), None)
            standing = standing_losses(connection)
            if unknown := sorted(set(names) - set(standing)):
                known = f"refused are {', '.join(standing)}" if standing else "nothing was refused"
                raise click.ClickException(f"No load of {unknown[0]} was refused; {known}.")
            for name in names:
                source, _, stream = name.partition("/")
                confirm(connection, source, stream, settings.now())
    except (SettingError, SparkError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    if not standing:
        click.echo("No load was refused: nothing is to be confirmed.")
    for name in names or standing:
        for description in standing[name]:
            click.echo(f"{'confirmed' if names else 'refused'}  {name}: {description}")
