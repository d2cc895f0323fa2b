"""What holds for every test."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def in_project_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in the project's folder: dbt enters its own and stays there, where `tests` means dbt's tests."""
    monkeypatch.chdir(ROOT)
