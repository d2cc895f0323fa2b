"""A copy of the project in which a test may change files, and pytest in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.shared import VARIABLE

ROOT = Path(__file__).parents[1]
COPIED = ("dagster_project", "dbt", "tests", "pyproject.toml", "README.md", "CONTRIBUTING.md", ".env.example")
IGNORED = shutil.ignore_patterns("target", "logs", "__pycache__", ".user.yml")


def copy_project(folder: Path) -> Path:
    """The tracked parts of the project below `folder`, without what tools have written there."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=IGNORED)
        else:
            shutil.copy(source, folder / name)
    return folder


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python on the copy: its packages come before the installed ones, and what it makes is of the copy."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
