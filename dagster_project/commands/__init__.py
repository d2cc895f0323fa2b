"""The console script `milepost`: a module per command, each with its `command`, discovered.

Modules import what is slow (Dagster, dbt, DuckDB) inside the command, so that `milepost --help` does not.
"""

import os
import pkgutil
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from dagster_project.runtime.fast_exit import exit_without_teardown
from dagster_project.runtime.garbage import collect_less_often

TRACEBACK_FILE = "last_error.log"


class DiscoveredCommands(click.Group):
    """The modules of this package as commands. An error of any kind ends one with a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise click.ClickException(explain(f"milepost {ctx.invoked_subcommand}", error)) from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command


def explain(subject: str, error: Exception) -> str:
    """The sentence for an error that no command expects; its traceback goes to a file of the owner's."""
    from dagster_project.runtime.unexpected import redacted_traceback, sentence

    path = Path(os.environ.get("MILEPOST_HOME") or "data").absolute() / TRACEBACK_FILE
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(redacted_traceback(error, os.environ))
    return sentence(subject, error, os.environ, str(path))


@click.command(cls=DiscoveredCommands)
@click.version_option(package_name="milepost")
def milepost() -> None:
    """Milepost: e-mail micro-conversions, from the vendors' APIs to published tables."""


def main() -> NoReturn:
    """Run one command. Exit codes: 0 done, 1 failed (a sentence says why), 2 not understood."""
    collect_less_often()
    try:
        milepost.main(prog_name="milepost")
    except SystemExit as end:
        exit_without_teardown(end.code if isinstance(end.code, int) else 1)
    raise AssertionError("click ends a command by SystemExit")
