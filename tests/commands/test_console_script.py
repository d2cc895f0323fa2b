"""The console script: its commands are discovered, and asking for help imports nothing slow."""

import subprocess
import sys

import pytest

from dagster_project import commands
from tests.commands.conftest import CommandLine

SLOW = {"dagster", "dbt", "duckdb", "numpy", "requests", "rich", "statsmodels"}
NAMES = [
    "audience", "confirm-loss", "demo", "feed", "new-mart", "new-source", "refresh", "reload", "report",
    "spark-refresh", "verify",
]  # fmt: skip


def test_every_module_is_a_command_with_a_help_text(milepost: CommandLine) -> None:
    result = milepost("--help")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.partition("Commands:\n")[2].splitlines()] == NAMES
    for name in NAMES:
        assert len(milepost(name, "--help").stdout.splitlines()) > 5, name


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in NAMES)])
def test_help_imports_nothing_slow(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        f"from {commands.__name__} import milepost\n"
        f"try: milepost.main({arguments!r})\n"
        "except SystemExit: pass\n"
        "print('imported', *{name.split('.')[0] for name in sys.modules})"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *_, last = ended.stdout.splitlines()
    assert last.startswith("imported ")
    assert not SLOW & set(last.split())


def test_an_unknown_command_is_not_understood(milepost: CommandLine) -> None:
    result = milepost("publish")
    assert result.returncode == 2
    assert "No such command 'publish'" in result.stderr
