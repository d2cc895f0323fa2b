"""Which build a run needs: what it finds decides, not what it did."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.landing import pull
from dagster_project.landing.manifest import last_cursor, read_manifest, remove_entry
from dagster_project.raw.connection import connect
from dagster_project.raw.refusals import LossRefused, confirm
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.runtime.build_scope import (
    BuildRecord,
    BuildScope,
    last_build,
    mark_published,
    missing_tables,
    project_digest,
    record,
    required_scope,
    rows_digest,
)
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page, Request
from tests.landing.streams import NOW, day, page, stream, window
from tests.raw.conftest import source

DAYS, LOG, FULL = (
    stream(Kind.WINDOW, "days", span="range"),
    stream(Kind.CURSOR, "log"),
    stream(Kind.SNAPSHOT, "full"),
)
BUILT = BuildRecord("rows", "project", begun_at=NOW, built_at=NOW, published_at=NOW)


def ingest(settings: Settings, hour: int, days: list[Page], log: list[Page], full: list[Page]) -> str:
    """A run at that hour, as far as the raw tables; the digest of what they hold then."""
    at = NOW + timedelta(hours=hour)
    root = settings.landing
    with connect(settings) as connection:
        create_raw_tables(connection, [source(DAYS, LOG, FULL)])
        for one, pages, request in (
            (DAYS, days, window(2)),
            (LOG, log, Request(cursor=last_cursor(root, "esp", "log"))),
            (FULL, full, Request()),
        ):
            pull("esp", one, pages, root, lambda: at, request)
            load(connection, root, "esp", one, lambda: at)
        return rows_digest(connection)


def file_identities(settings: Settings) -> dict[str, tuple[int, int]]:
    """Changes when the warehouse or a manifest entry is written again."""
    found = [settings.warehouse, *settings.landing.rglob("*.json")]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def test_the_same_answers_write_nothing_and_any_other_changes_the_digest(settings: Settings) -> None:
    days, full = [page([1], partition=day(0))], [page([1, 2])]
    first = ingest(settings, 0, days, [page([1], cursor="1")], full)
    before = file_identities(settings)
    again = [replace(days[0], metadata={"quota_left": 7})]
    assert ingest(settings, 1, again, [Page([], cursor="1")], full) == first
    assert file_identities(settings) == before
    digests = [
        first,
        ingest(settings, 2, [page([3], partition=day(0))], [], full),
        ingest(settings, 3, days, [page([2], cursor="2")], full),
        ingest(settings, 4, days, [], [page([1])]),
        ingest(settings, 5, [page([1], partition=day(0)), page([9], partition=day(1))], [], [page([1])]),
    ]
    assert len(set(digests)) == len(digests)


def test_another_flag_of_the_source_is_another_answer(settings: Settings) -> None:
    ingest(settings, 0, [page([1], partition=day(0), metadata={"is_sampled": False})], [], [])
    ingest(settings, 1, [page([1], partition=day(0), metadata={"is_sampled": True})], [], [])
    [first_day, second_day] = read_manifest(settings.landing, "esp", "days")
    assert first_day.metadata == {"is_sampled": True}
    assert (first_day.extracted_at, second_day.extracted_at) == (NOW + timedelta(hours=1), NOW)


def test_a_partition_that_is_gone_on_purpose_changes_the_digest(settings: Settings) -> None:
    pages = [page([1], partition=day(0)), page([2], partition=day(1))]
    first = ingest(settings, 0, pages, [], [])
    remove_entry(settings.landing, read_manifest(settings.landing, "esp", "days")[1])
    with connect(settings) as connection:
        with pytest.raises(LossRefused):
            load(connection, settings.landing, "esp", DAYS)
        assert rows_digest(connection) == first
        confirm(connection, "esp", "days", NOW)
        load(connection, settings.landing, "esp", DAYS)
        assert rows_digest(connection) != first


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, BuildScope.FULL),
        (replace(BUILT, built_at=None, published_at=None), BuildScope.FULL),
        (replace(BUILT, project="another"), BuildScope.FULL),
        (replace(BUILT, rows="others"), BuildScope.INCREMENTAL),
        (replace(BUILT, published_at=None), BuildScope.INCREMENTAL),
        (BUILT, BuildScope.NONE),
    ],
)
def test_the_required_scope_follows_from_the_last_build(
    last: BuildRecord | None, expected: BuildScope
) -> None:
    assert required_scope(last, "rows", "project") is expected


def test_only_a_finished_build_is_marked_as_published(warehouse: duckdb.DuckDBPyConnection) -> None:
    later = NOW + timedelta(minutes=1)
    assert last_build(warehouse) is None
    mark_published(warehouse, NOW)
    assert last_build(warehouse) is None
    found: list[datetime | None] = []
    for built_at in (None, NOW):
        record(warehouse, BuildRecord("rows", "project", NOW, built_at))
        mark_published(warehouse, later)
        build = last_build(warehouse)
        assert build is not None
        found.append(build.published_at)
    assert found == [None, later]


def test_a_table_that_an_incremental_build_starts_from_is_found_missing(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    tables = [("raw", "_loads"), ("marts", "fct_events"), ("intermediate", "_loads")]
    assert missing_tables(warehouse, tables) == ["intermediate._loads", "marts.fct_events"]


def test_one_seed_row_is_another_project(tmp_path: Path) -> None:
    seeds, settings_file = tmp_path / "seeds", tmp_path / "dbt_project.yml"
    seeds.mkdir()
    (seeds / "rules.csv").write_text("name,points\na,1\n")
    settings_file.write_text("vars: {}\n")
    parts = [seeds, settings_file]
    digests = [project_digest(parts, ["duckdb 2.0.0"])]
    assert project_digest(parts, ["duckdb 2.0.0"]) == digests[0]
    (seeds / "rules.pyc").write_bytes(b"written by Python itself")
    assert project_digest(parts, ["duckdb 2.0.0"]) == digests[0]
    digests.append(project_digest(parts, ["duckdb 2.0.1"]))
    (seeds / "rules.csv").write_text("name,points\na,2\n")
    digests.append(project_digest(parts, ["duckdb 2.0.0"]))
    (seeds / "rules.csv").rename(seeds / "others.csv")
    digests.append(project_digest(parts, ["duckdb 2.0.0"]))
    settings_file.write_text("vars: {gap: 30}\n")
    digests.append(project_digest(parts, ["duckdb 2.0.0"]))
    assert len(set(digests)) == len(digests)
