"""A folder in which the scenarios of one test module are built one after the other."""

from pathlib import Path

import pytest

from tests.dbt.compiled_project import CompiledProject


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("milepost")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The project without feeds, compiled once; a module that uses it builds its own rows first."""
    return CompiledProject(tmp_path_factory.mktemp("compiled"))
