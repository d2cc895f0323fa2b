"""Event files from the loader to the models: made-up or given files of any feeds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, list_files, read_feeds
from dagster_project.sources.registry import SOURCES
from tests.dbt.compiled_project import CompiledProject
from tests.landing.streams import now


@contextmanager
def loaded(
    project: CompiledProject, folder: Path, feeds: Sequence[Feed], *models: str
) -> Iterator[CompiledProject]:
    """`models` of the files of `feeds` alone, in place of the project's; `folder` takes what lands."""
    settings = Settings(folder / "data", now())
    project.build({})
    try:
        with project.connect() as connection:
            create_raw_tables(connection, SOURCES, feeds)
            for feed in feeds:
                copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, now)
                load_feed(connection, settings.landing, feed, now)
            assert connection.execute("select reason from raw._quarantine").fetchall() == []
        project.make(*models)
        yield project
    finally:
        with project.connect() as connection:
            create_raw_tables(connection, SOURCES, project.feeds)


def written_feeds(
    folder: Path, yaml: str, files: Mapping[str, Sequence[Sequence[object]]]
) -> tuple[Feed, ...]:
    """The feeds of `yaml`, whose CSV files have these rows, of which the first is the header."""
    for name, rows in files.items():
        lines = (",".join("" if cell is None else str(cell) for cell in row) for row in rows)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    configuration = folder / "event_files.yml"
    configuration.write_text(yaml, encoding="utf-8")
    return read_feeds(configuration)
