"""The console script `milepost`: a module per command, each with its `command`, discovered.

Modules import what is slow (Dagster, dbt, DuckDB) inside the command, so that `milepost --help` does not.
"""

import pkgutil
from importlib import import_module
from typing import NoReturn

import click

from dagster_project.runtime.fast_exit import exit_without_teardown


class DiscoveredCommands(click.Group):
    """The modules of this package as commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command


@click.command(cls=DiscoveredCommands)
@click.version_option(package_name="milepost")
def milepost() -> None:
    """Milepost: e-mail micro-conversions, from the vendors' APIs to published tables."""


def main() -> NoReturn:
    """Run one command. Exit codes: 0 done, 1 failed (a sentence says why), 2 not understood."""
    try:
        milepost.main(prog_name="milepost")
    except SystemExit as end:
        exit_without_teardown(end.code if isinstance(end.code, int) else 1)
    raise AssertionError("click ends a command by SystemExit")
