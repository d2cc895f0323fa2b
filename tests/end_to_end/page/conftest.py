"""The page of the shared world, as its refresh made it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_project.reports.page.result import PAGE_NAME
from tests.end_to_end.conftest import Refreshed


@dataclass(frozen=True)
class Page:
    path: Path
    published: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(refreshed: Refreshed) -> Page:
    published = refreshed.installation.published
    return Page(published.with_name(PAGE_NAME), published)
