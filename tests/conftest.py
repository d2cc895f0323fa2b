"""Applies to every test."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from dagster_project.runtime.garbage import collect_less_often
from tests.shared import shared_folder

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def in_project_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in the project's folder: dbt enters its own and stays there, where `tests` means dbt's tests."""
    monkeypatch.chdir(ROOT)


def pytest_configure(config: pytest.Config) -> None:
    """What all processes of a run share is this one's, which starts the others."""
    collect_less_often()
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        stack.enter_context(shared_folder())
        config.add_cleanup(stack.close)


# Folders whose tests share what takes a minute to make: one process has all of them. They begin first, in
# this order, as one process is left alone with what begins last.
TOGETHER = ("tests/end_to_end/", "tests/dbt/histories/", "tests/spark/")
# Their files begin next: each test in them builds models.
LONG = ("tests/dbt/", "tests/docs/")


class ByFile(LoadFileScheduling):
    """One process has a whole file, or a whole folder of `TOGETHER`; the long ones begin first."""

    def _split_scope(self, nodeid: str) -> str:
        together = [folder for folder in TOGETHER if nodeid.startswith(folder)]
        return together[0] if together else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        for scope in sorted(self.workqueue, key=place):
            self.workqueue.move_to_end(scope)
        super()._assign_work_unit(node)


def place(scope: str) -> int:
    """Among scopes, of which those of one place keep their order: by how many tests they have."""
    return TOGETHER.index(scope) if scope in TOGETHER else len(TOGETHER) + (not scope.startswith(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """By file unless `--dist` says otherwise, as it does at night for the one file of many histories."""
    return ByFile(config, log) if config.getvalue("dist") == "load" else None


def pytest_make_parametrize_id(val: object) -> str | None:
    """By length, as what is compressed contains the second it was made in: two processes would disagree."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
