"""An error that no command knows ends it with one sentence, and its traceback with a file of the owner's."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dagster_project.commands import TRACEBACK_FILE, DiscoveredCommands
from tests.commands.conftest import CommandLine

SECRET = "s3cr3t-T0ken"


def test_an_unexpected_error_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("SMAILY_PASSWORD", SECRET)

    class Commands(DiscoveredCommands):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
            @click.command(name=cmd_name)
            def failing() -> None:
                raise OverflowError(f"date value out of range\nwith {SECRET}")

            return failing

    ended = CliRunner().invoke(Commands("milepost"), ["verify"])
    assert ended.exit_code == 1
    [line] = ended.output.splitlines()
    assert line.startswith("Error: milepost verify failed for a reason that Milepost has no sentence for")
    assert "OverflowError: date value out of range with •••" in line
    file = tmp_path / "data" / TRACEBACK_FILE
    assert str(file) in line
    assert "Traceback" in file.read_text(encoding="utf-8")
    assert SECRET not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["verify", "reload"])
@pytest.mark.parametrize("now", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+10:00", "0001-01-01"])
def test_an_impossible_clock_is_one_sentence(milepost: CommandLine, command: str, now: str) -> None:
    ended = milepost(command, changes={"MILEPOST_NOW": now})
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"Error: MILEPOST_NOW is '{now}', which is not an ISO 8601 instant of the years")


def test_a_deep_configuration_of_feeds_is_one_sentence(milepost: CommandLine) -> None:
    file = milepost.folder / "event_files.yml"
    file.write_text("feeds: " + "[" * 3000 + "]" * 3000, encoding="utf-8")
    ended = milepost("reload")
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.endswith("event_files.yml is nested too deeply; correct it.")
