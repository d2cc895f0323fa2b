"""Sources are found by their packages, and what a person reads of them names their variables."""

import re
from pathlib import Path

import pytest

from dagster_project.simulator.vendors import vendors
from dagster_project.sources import registry
from dagster_project.sources.core.stream import Source
from dagster_project.sources.registry import SOURCES
from tests.conftest import ROOT

BY_NAME = pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])


def test_a_source_is_a_package_of_its_name() -> None:
    packages = {path.parent.name for path in Path(registry.__file__).parent.glob("*/__init__.py")}
    assert [source.name for source in SOURCES] == sorted(packages - {"core", "event_files"})


def test_every_source_is_simulated() -> None:
    """Whatever the vendors' prefixes, each source finds its variables in what the simulator hands out."""
    folders = {path.parent.name for path in (ROOT / "dagster_project" / "simulator").glob("*/__init__.py")}
    assert {source.name for source in SOURCES} <= folders
    assert len({vendor.prefix for vendor in vendors()}) == len(vendors()) == len(SOURCES)


@BY_NAME
def test_the_example_of_an_environment_explains_its_variables(source: Source) -> None:
    explained = [line for name, text in source.variables.items() for line in (f"# {text}", f"#{name}=")]
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert "\n".join([f"# {source.title}", *explained]) in example


@BY_NAME
def test_the_readme_says_what_it_needs(source: Source) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| {re.escape(source.title)} \| (.*?) \|", readme, re.MULTILINE)
    named = re.findall(r"`(\w+)`", row)
    assert named
    assert set(named) <= set(source.variables)
