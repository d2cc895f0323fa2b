"""`milepost audience`: whom to mail now, as files that an e-mail service imports."""

import os
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

import click

from dagster_project.publishing.audiences.importers import IMPORTERS

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_project.settings import Settings

# Rows of the list, a screen of them.
SHOWN = 30
NAME_LETTERS = 60
REASONS = {
    "no_address": "without a known address",
    "complained": "complained",
    "consent_denied": "denied marketing consent",
    "unsubscribed": "unsubscribed",
    "hard_bounced": "bounced",
    "held_out": "in the holdout of another audience",
    "unknown_consent": "of unknown consent",
    "other_action": "kept for an action of higher priority, or for none",
    "not_importable": "with an address that the importer or a spreadsheet would not take as it is",
    "same_mailbox": "with a mailbox that is in the file already",
}


@click.group(short_help="List audiences, or export one for an e-mail service.")
def command() -> None:
    """Whom to mail now: an audience for each action and each segment. Reads .env of the current folder."""


@command.command("list", short_help="Audiences, how many may be mailed, and who is left out.")
@click.option("--all", "shows_all", is_flag=True, help="Also those without anyone to mail.")
def list_audiences(shows_all: bool) -> None:
    """List the audiences of the last publication with their sizes, those of actions first, by priority."""
    import duckdb

    from dagster_project.publishing.publish import FILE_NAME

    path = _settings().published / FILE_NAME
    if not path.exists():
        raise click.ClickException(f"Nothing is published at {path}; run `milepost refresh` first.")
    with duckdb.connect(str(path), read_only=True) as connection:
        try:
            rows = connection.execute("""
                select audience_id, status, to_mail, persons - to_mail, holdout_share, name, known_until
                from marts.dim_audiences
                order by kind, priority nulls last, to_mail desc, audience_id
            """).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            raise click.ClickException(
                f"{path} was published by a version without audiences; run `milepost refresh` first."
            ) from None
    shown = rows if shows_all else [row for row in rows if row[2]][:SHOWN]
    click.echo(f"{'audience':<40} {'status':<20} {'to mail':>8} {'left out':>9} {'holdout':>8}  name")
    for audience_id, status, to_mail, left_out, share, name, _ in shown:
        held = f"{share:.0%}" if share else ""
        counts = f"{to_mail:>8,} {left_out:>9,} {held:>8}"
        click.echo(f"{audience_id:<40} {status:<20} {counts}  {shorten(name, NAME_LETTERS)}")
    if len(shown) < len(rows):
        click.echo(f"{len(rows) - len(shown)} more have fewer or no people to mail; --all shows them.")
    if rows:
        click.echo(_known(rows[0][-1]))


@command.command("export", short_help="Write an audience to data/audiences/, as CSV.")
@click.argument("audience")
@click.option(
    "--for",
    "importer",
    required=True,
    type=click.Choice(list(IMPORTERS)),
    help="The e-mail service whose importer is to read the file.",
)
@click.option(
    "--with-unknown-consent",
    is_flag=True,
    help="Also persons who stated no consent and whom no e-mail service lists as subscribed.",
)
@click.option(
    "--stale",
    "accepts_stale",
    is_flag=True,
    help="Also when unsubscribes and complaints of the last two days are not known.",
)
def export(audience: str, importer: str, with_unknown_consent: bool, accepts_stale: bool) -> None:
    """Write the addresses of AUDIENCE, of the last build, to a file for its owner alone.

    Persons who may not be written to are left out, and so is the holdout that seed action_holdouts declares
    for the audience; who is in which arm is recorded, stays, and is compared by rpt_experiments.
    """
    from dagster_project.publishing.audiences.export import ExportRefused, export_audience, missing_tables
    from dagster_project.raw.connection import connect
    from dagster_project.raw.errors import WarehouseError
    from dagster_project.raw.schema import create_raw_tables
    from dagster_project.runtime.build_scope import last_build

    settings = _settings()
    try:
        with connect(settings) as connection:
            create_raw_tables(connection, (), None)
            if missing := missing_tables(connection):
                raise click.ClickException(
                    f"The warehouse has no {missing[0]} yet; run `milepost refresh` first."
                )
            last = last_build(connection)
            if last is None or last.built_at is None:
                raise click.ClickException(
                    "The last build was not finished: who may be mailed is unknown; run `milepost refresh`."
                )
            exported = export_audience(
                connection, settings, audience, IMPORTERS[importer], with_unknown_consent, accepts_stale
            )
    except (ExportRefused, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{exported.path}: {exported.addresses:,} addresses")
    click.echo(_known(exported.known_until))
    if exported.held_out:
        click.echo(f"{exported.held_out:>8,} held out, to measure the effect")
    for reason, count in sorted(exported.left_out.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"{count:>8,} left out: {REASONS[reason]}")


def _known(until: "datetime | None") -> str:
    if until is None:
        return "Until when unsubscribes and complaints are known is not known."
    return f"Unsubscribes and complaints are known until {until:%Y-%m-%d %H:%M} UTC."


def _settings() -> "Settings":
    from dotenv import load_dotenv

    from dagster_project.settings import SettingError, Settings

    load_dotenv(Path.cwd() / ".env")
    try:
        return Settings.from_environment(os.environ)
    except SettingError as error:
        raise click.ClickException(str(error)) from None
