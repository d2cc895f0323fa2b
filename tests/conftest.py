"""Applies to every test."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def in_project_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in the project's folder: dbt enters its own and stays there, where `tests` means dbt's tests."""
    monkeypatch.chdir(ROOT)


class ByFile(LoadFileScheduling):
    """One process has a whole file, and all of `end_to_end`, whose first refresh takes most of a minute."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "tests/end_to_end/"
        return folder if nodeid.startswith(folder) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """By file unless `--dist` says otherwise, as it does at night for the one file of many histories."""
    return ByFile(config, log) if config.getvalue("dist") == "load" else None


def pytest_make_parametrize_id(val: object) -> str | None:
    """By length, as what is compressed contains the second it was made in: two processes would disagree."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
