"""`milepost demo`: 90 days of 2,000 simulated persons, from the vendors' APIs to findings."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

PERSONS, DAYS, SEED = 2_000, 90, 7
# No rate limit to keep, and the action log of an installation that has run daily since the first day.
OPTIONS = (
    *("--requests-per-second", "0", "--retention-days", str(DAYS + 1)),
    *("--hubspot-emails", "transactional"),
    *("--ga4-export", "parquet"),
)
# A folder of its own, so that simulated persons never mix with real ones.
HOME = Path("data/demo")


@click.command(short_help="The whole pipeline on simulated accounts, in about a minute.")
@click.pass_context
def command(context: click.Context) -> None:
    """Refresh from simulated accounts: 90 days of 2,000 persons, in about a minute.

    Needs no account, and reads none that is configured. Writes to data/demo of the current folder, where the
    last demo stays until one succeeds.
    """
    from rich.console import Console

    from dagster_project.demo.accounts import SimulatorFailed
    from dagster_project.demo.home import DemoRunning, in_new_home

    home = HOME.absolute()
    try:
        succeeded = in_new_home(home, lambda: run_demo(Console(), home))
    except (DemoRunning, SimulatorFailed) as error:
        raise click.ClickException(str(error)) from None
    context.exit(0 if succeeded else 1)


def run_demo(console: "Console", home: Path) -> bool:
    """Run everything in the empty folder `home`; True when it was published."""
    from dagster_project.demo.accounts import simulated_accounts
    from dagster_project.sources.registry import SOURCES

    started = time.monotonic()
    world = f"{PERSONS:,} simulated persons over {DAYS} days"
    vendors = " and ".join(", ".join(source.title for source in SOURCES).rsplit(", ", 1))
    console.print(f"Serving {world} as {vendors} do …")
    with simulated_accounts(home / "accounts", PERSONS, DAYS, SEED, OPTIONS) as ready:
        alone = demo_environment(os.environ, home)
        os.environ.clear()
        os.environ.update(alone)
        # Importing Dagster and parsing the models takes as long as simulating does, on the other core.
        import dagster as dg

        from dagster_project.commands.refresh import run_refresh
        from dagster_project.defs.manifest import dbt_project, prepared

        prepared(dbt_project())
        os.environ.update(ready())
        console.print(
            "Refreshing: every source over HTTP, raw tables, models and tests, checks, publishing …"
        )
        with dg.DagsterInstance.ephemeral() as instance:
            succeeded = run_refresh(console, instance, f"Milepost: {world}")
    if succeeded:
        console.print(f"  took       {time.monotonic() - started:.0f} seconds")
    return succeeded


def demo_environment(own: Mapping[str, str], home: Path) -> dict[str, str]:
    """`own` without what Milepost reads there, accounts of its sources included, for a demo in `home`.

    Otherwise real accounts and files of events would be pulled into it, and it would be published where
    readers expect the real figures. Writes a configuration without feeds, in place of the folder's.
    """
    from dagster_project.sources.core.accounts import SEPARATOR
    from dagster_project.sources.event_files.configuration import VARIABLE as EVENT_FILES
    from dagster_project.sources.registry import SOURCES

    variables = {variable for source in SOURCES for variable in source.variables}
    foreign = {
        name: value
        for name, value in own.items()
        if not name.startswith("MILEPOST_") and name.partition(SEPARATOR)[0] not in variables
    }
    feeds = home / "event_files.yml"
    feeds.write_text("feeds: []\n", encoding="utf-8")
    ours = {"MILEPOST_HOME": str(home), "MILEPOST_COLUMN_LINEAGE": "off", EVENT_FILES: str(feeds)}
    return foreign | ours
