"""`milepost reload`: the raw tables rebuilt from the landing zone, without a call to any source."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import duckdb

    from dagster_project.raw.streams.load import LoadResult
    from dagster_project.settings import Settings


@click.command(short_help="Rebuild the raw tables from the landing zone.")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
def command(names: Sequence[str]) -> None:
    """Rebuild the raw tables of each SOURCE (of all, if none is named) from the landing zone.

    No source is called. Reads .env of the current folder. When a landed file is damaged, or nothing is in the
    landing zone of what a raw table was loaded from, nothing is changed and the exit code is 1. Afterwards
    `milepost refresh` builds and publishes.
    """
    from dotenv import load_dotenv

    from dagster_project.landing import LandingError
    from dagster_project.raw.errors import WarehouseError
    from dagster_project.settings import SettingError, Settings
    from dagster_project.sources.core.errors import ConfigurationError

    load_dotenv(Path.cwd() / ".env")
    try:
        results = reload_sources(Settings.from_environment(os.environ), names)
    except (ConfigurationError, LandingError, SettingError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    if not any(result.fetched for result in results):
        click.echo("Nothing has landed of these sources, so their raw tables are empty.")
    for result in filter(lambda each: each.fetched, results):
        text = f"{result.source}/{result.stream}: {result.loaded:,} records loaded"
        text += f", {result.quarantined:,} quarantined" if result.quarantined else ""
        click.echo(text + (f", {result.repeated:,} of them repeats" if result.repeated else ""))


def reload_sources(settings: "Settings", names: Collection[str]) -> "list[LoadResult]":
    """Reload the sources of these names, all if there are none.

    Raises click.BadParameter for a name that is unknown, LandingError when a landed file is damaged or gone,
    WarehouseError when the salt of contact keys changed and some are named only.
    """
    from dagster_project.landing.accounts import landed_accounts
    from dagster_project.raw.connection import connect
    from dagster_project.raw.errors import WarehouseError
    from dagster_project.raw.files.absence import refuse_lost_feeds
    from dagster_project.raw.ledger import loaded_accounts
    from dagster_project.raw.reload import reload
    from dagster_project.raw.schema import create_raw_tables
    from dagster_project.raw.secret import has_salt
    from dagster_project.sources.event_files import SOURCE_NAME, feeds_from_environment
    from dagster_project.sources.registry import SOURCES

    known = [*(source.name for source in SOURCES), SOURCE_NAME]
    if unknown := sorted(set(names) - set(known)):
        raise click.BadParameter(f"There is no source {unknown[0]}; it is one of {', '.join(known)}.")
    chosen = set(names or known)
    sources = [source for source in SOURCES if source.name in chosen]
    feeds = feeds_from_environment(os.environ) if SOURCE_NAME in chosen else ()
    with connect(settings, accepts_salt=True) as connection:
        create_raw_tables(connection, (), None)
        streams = [
            (account, stream.name)
            for source in sources
            for account in sorted(
                {*landed_accounts(settings.landing, source), *loaded_accounts(connection, source.name)}
            )
            for stream in source.streams
        ]
        streams += [(SOURCE_NAME, feed.name) for feed in feeds]
        if SOURCE_NAME in chosen:
            refuse_lost_feeds(connection, feeds, settings.now)
        salt = None if has_salt(connection, settings.contact_key_salt) else settings.contact_key_salt
        if salt is not None and chosen != set(known):
            raise WarehouseError(
                "MILEPOST_CONTACT_KEY_SALT has changed, and all sources must have contact keys of one salt; "
                "run `milepost reload` without naming sources."
            )
        refuse_to_lose(connection, settings.landing, streams)
        return reload(connection, settings.landing, sources, feeds, settings.now, salt)


def refuse_to_lose(
    connection: "duckdb.DuckDBPyConnection", root: Path, streams: Sequence[tuple[str, str]]
) -> None:
    """Raise LandingError unless all that is loaded of the streams is in the landing zone, intact.

    A load that was refused left in the raw table what the landing zone does not have.
    """
    from dagster_project.landing import LandingError, current_entries
    from dagster_project.raw.ledger import contents
    from dagster_project.raw.refusals import standing_losses
    from dagster_project.raw.verify import verify_files

    refused = standing_losses(connection)
    for source, stream in streams:
        name = f"{source}/{stream}"
        entries = current_entries(root, source, stream)
        known = {key for key, content in contents(connection, source, stream).items() if content.records}
        is_snapshot = any(entry.kind == "snapshot" for entry in entries)
        missing = set() if is_snapshot else known - {entry.partition for entry in entries}
        if known and not entries:
            raise LandingError(
                f"Nothing of {name} is in the landing zone {root}, but its raw table was loaded "
                "from there; restore the landing zone, or name the sources to reload."
            )
        if missing or name in refused:
            raise LandingError(
                f"The landing zone {root} has less of {name} than its raw table"
                + (f" (of {len(missing):,} partitions nothing, {min(missing)} among them)" if missing else "")
                + "; run `milepost refresh`, which says what is gone and what to do, or name other sources."
            )
        verify_files(root, entries)
