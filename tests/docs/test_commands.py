"""Every command in the documentation exists and takes the options given there."""

import re
import shlex
import shutil
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from click.testing import CliRunner
from dagster._cli import create_dagster_cli
from dbt.cli.main import cli as dbt_cli

from dagster_project.commands import milepost
from tests.docs.examples import ROOT, commands

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def understands(command: Any, arguments: Sequence[str]) -> None:
    """The command parses: with `--help` it stops after that."""
    outcome = CliRunner().invoke(command, [*arguments, "--help"])
    assert outcome.exit_code == 0, outcome.output


def run_module(arguments: Sequence[str]) -> None:
    flag, module, *further = arguments
    if flag == "-c":
        compile(module, flag, "exec")
        return
    found = find_spec(module)
    assert found is not None
    if found.submodule_search_locations:
        understands(import_module(f"{module}.__main__").main, further)


def make(arguments: Sequence[str]) -> None:
    assert [name for name in arguments if "=" not in name and name not in TARGETS] == []
    for variable in (name.partition("=")[0] for name in arguments if "=" in name):
        assert f"$({variable})" in MAKEFILE or f",$({variable}))" in MAKEFILE


def paths_exist(arguments: Sequence[str]) -> None:
    assert [name for name in arguments if name.startswith("tests/") and not (ROOT / name).exists()] == []


PROGRAMS = {
    "make": make,
    "milepost": lambda arguments: understands(milepost, arguments),
    "dagster": lambda arguments: understands(create_dagster_cli(), arguments),
    "dbt": lambda arguments: understands(dbt_cli, arguments),
    "pytest": paths_exist,
    "python": run_module,
}
# Part of every system that the project runs on, or of what a user may have.
SYSTEM = ("cd", "du", "python3", "pre-commit")


def simple_commands(line: str) -> list[list[str]]:
    """The commands of a line, without variables set for them."""
    found = []
    for part in line.split(" && "):
        words = shlex.split(part, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        found.append(words)
    return found


@pytest.mark.parametrize(("line", "where"), commands(), ids=lambda value: value[:60])
def test_a_command_of_the_documentation_exists(line: str, where: str) -> None:  # noqa: ARG001
    for program, *arguments in simple_commands(line):
        name = program.rpartition("/")[2]
        if program == ".ci/run":
            assert (ROOT / program).stat().st_mode & 0o100
        elif name in PROGRAMS:
            PROGRAMS[name](arguments)
        else:
            assert name in SYSTEM or shutil.which(str(ROOT / program)), f"{program} is not tested"


def test_a_wrong_command_is_noticed() -> None:
    with pytest.raises(AssertionError):
        test_a_command_of_the_documentation_exists("make nothing", "")
    with pytest.raises(AssertionError):
        test_a_command_of_the_documentation_exists(".venv/bin/dbt build --no-such-option", "")
