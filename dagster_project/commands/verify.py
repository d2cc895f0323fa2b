"""`milepost verify`: whether landed files are intact, and whether the sources accept the credentials."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dagster_project.settings import Settings


@click.command(short_help="Check the landed files against their manifest.")
@click.option("--sources", "with_sources", is_flag=True, help="Also log in to every configured source.")
@click.pass_context
def command(context: click.Context, with_sources: bool) -> None:
    """Check every landed file against the size and the checksum of its manifest entry, and that nothing is
    gone that the warehouse was loaded from.

    Reads .env of the current folder and changes nothing. With --sources every configured source is asked once
    whether it accepts the credentials. Exit code 1: at least one problem, each printed as a sentence.
    """
    from dotenv import load_dotenv

    from dagster_project.settings import SettingError, Settings

    load_dotenv(Path.cwd() / ".env")
    try:
        settings = Settings.from_environment(os.environ)
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    problems = [*landing_problems(settings.landing), *missing_problems(settings)]
    if with_sources:
        problems += source_problems(settings)
    for problem in problems:
        click.echo(f"failed  {problem}")
    context.exit(1 if problems else 0)


def landing_problems(root: Path) -> Iterator[str]:
    """A sentence for each damaged entry or file; how much was checked is printed stream by stream."""
    from dagster_project.landing import LandingError, read_manifest
    from dagster_project.raw.verify import verify_files

    streams = sorted((path.parts[-3], path.parts[-2]) for path in root.glob("*/*/manifest"))
    if not streams:
        click.echo(f"Nothing is in the landing zone {root}.")
    for source, stream in streams:
        try:
            entries = read_manifest(root, source, stream)
        except LandingError as error:
            yield str(error)
            continue
        files = [file for entry in entries for file in entry.files]
        click.echo(f"{source}/{stream}: {len(files)} files, {sum(file.bytes for file in files):,} bytes")
        for entry in entries:
            try:
                verify_files(root, [entry])
            except LandingError as error:
                yield str(error)


def missing_problems(settings: "Settings") -> Iterator[str]:
    """A sentence for each stream of which the landing zone has less than the warehouse was loaded from."""
    import duckdb

    from dagster_project.landing import LandingError
    from dagster_project.raw.verify import not_landed

    if not settings.warehouse.exists():
        return
    try:
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            missing = not_landed(connection, settings.landing)
    except LandingError:
        return  # said already
    except duckdb.Error as error:
        busy = "lock" in str(error)
        why = "another program has it open" if busy else "it is not a readable warehouse of Milepost"
        click.echo(f"What was loaded into {settings.warehouse} was not compared, since {why}.")
        return
    for name, partitions, records in missing:
        yield (
            f"{partitions:,} partitions of {name} with {records:,} loaded records are not in the landing "
            f"zone {settings.landing} any more; restore it from a backup."
        )


def source_problems(settings: "Settings") -> Iterator[str]:
    """A sentence for each configured source that refuses or cannot be reached."""
    from dagster_project.sources.core.accounts import accounts
    from dagster_project.sources.core.errors import SourceError
    from dagster_project.sources.registry import SOURCES

    for source in SOURCES:
        configured = accounts(source, os.environ)
        if not configured:
            click.echo(f"{source.title}: not configured")
        for account in configured:
            try:
                with (
                    account.explained(),
                    source.connect(account.configure(), settings.now, time.sleep) as client,
                ):
                    source.verify(client)
            except SourceError as error:
                yield str(error)
            else:
                click.echo(f"{account.title}: accepts the credentials")
