"""A folder in which the scenarios of one test module are built one after the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.sources.event_files import Feed
from tests.dbt.actions.audience_feeds import Audiences
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.identity.identified import FEED


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("milepost")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The project without feeds, compiled once; a module that uses it builds its own rows first."""
    return CompiledProject(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def with_feeds(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The same with three feeds."""
    names = ("site", "checkout", "news")
    feeds = [Feed(name, f"{name}/*.csv", "csv", "UTC", {"occurred_at": "t"}) for name in names]
    return CompiledProject(tmp_path_factory.mktemp("with_feeds"), feeds)


@pytest.fixture(scope="session")
def identified(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The same with the feed of made-up rows of `tests.dbt.identity.identified`."""
    return CompiledProject(tmp_path_factory.mktemp("identified"), [FEED])


@pytest.fixture
def audiences(with_feeds: CompiledProject, tmp_path: Path) -> Iterator[Audiences]:
    """Rows of a feed as audiences, of which none was exported before."""
    with with_feeds.connect() as connection:
        connection.execute("delete from raw._audience_assignments")
    yield Audiences(with_feeds, tmp_path)
    with_feeds.replace_seed("action_holdouts", [])
