"""The console script as a person calls it: a process of its own, outside the project's folder."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_project.landing import pull
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Page, Request, Stream
from dagster_project.sources.registry import SOURCES, source
from tests.installation import FOREIGN
from tests.landing.streams import NOW, encoded, now

SCRIPT = Path(sys.executable).with_name("milepost")
RECORDS = [{"id": number, "name": f"List {number}"} for number in range(11, 23)]


@dataclass
class CommandLine:
    """Calls `milepost` as a user who has just come: with no other variable of Milepost than `environment`.

    The folder is that user's home, too, in which Dagster would note whom it has greeted.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(self.folder / "data", NOW)

    def __call__(
        self, *arguments: str, changes: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        foreign = {*FOREIGN, *(variable for known in SOURCES for variable in known.variables)}
        environment = {name: value for name, value in os.environ.items() if name not in foreign}
        environment |= {"HOME": str(self.folder), "MILEPOST_HOME": str(self.settings.home)}
        environment |= self.environment | dict(changes or {})
        return subprocess.run(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def milepost(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def lists() -> Stream:
    [stream] = [stream for stream in source("smaily").streams if stream.name == "lists"]
    return stream


@pytest.fixture
def landed_file(milepost: CommandLine, lists: Stream) -> Path:
    """Twelve lists of Smaily, landed and loaded; the one file they are in."""
    root = milepost.settings.landing
    [entry] = pull("smaily", lists, [Page(encoded(RECORDS))], root, now, Request())
    with connect(milepost.settings) as connection:
        create_raw_tables(connection, SOURCES)
        load(connection, root, "smaily", lists, now)
    return root / entry.files[0].path
