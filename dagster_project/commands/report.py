"""`milepost report`: the page over the published file, without a refresh."""

import os
from pathlib import Path

import click


@click.command(short_help="Make the report page from what is published.")
@click.option(
    "--pdf", "as_pdf", is_flag=True, help="Also print it to report.pdf, by a Chromium that is installed."
)
def command(as_pdf: bool) -> None:
    """Make report.html next to the published file, of that file alone.

    Reads .env of the current folder. `milepost refresh` makes the page by itself whenever it publishes; this
    makes it where it is missing, or after an upgrade. A page of this publication stays as it is.
    """
    from dotenv import load_dotenv

    from dagster_project.landing.private import share
    from dagster_project.publishing.publish import FILE_NAME
    from dagster_project.reports.page.build import write_report
    from dagster_project.reports.page.pdf import PdfFailed, print_pdf
    from dagster_project.reports.page.result import PAGE_NAME
    from dagster_project.settings import SettingError, Settings

    load_dotenv(Path.cwd() / ".env")
    try:
        folder = Settings.from_environment(os.environ).published
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    if not (folder / FILE_NAME).exists():
        raise click.ClickException(f"Nothing is published in {folder}; run `milepost refresh` first.")
    made = write_report(folder / FILE_NAME, folder / PAGE_NAME)
    share(made.path)
    click.echo(
        f"{made.path}: {'made' if made.is_new else 'of this publication already'}, {made.size_bytes:,} bytes"
    )
    if as_pdf:
        try:
            printed = print_pdf(made.path)
        except PdfFailed as error:
            raise click.ClickException(str(error)) from None
        share(printed)
        click.echo(f"{printed}: {printed.stat().st_size:,} bytes")
