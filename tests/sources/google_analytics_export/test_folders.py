"""The folders of an export: several of one property, object stores, and settings that are wrong."""

from pathlib import Path

import pytest

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.google_analytics_export import SOURCE
from tests.sources.google_analytics_export.exports import (
    Installation,
    day,
    event,
    lines,
    write,
    write_parquet,
)


@pytest.mark.parametrize(
    "names",
    [
        ("a/events_20261115.parquet", "b/events_20261115.json"),
        ("a/events_20261115.json", "b/events_20261115.json"),
        ("a/analytics_1/events_20261115.json", "b/analytics_1/events_20261115.json"),
        ("a/events_20261115.json", "a/events_20261115_backup.json"),
        ("a/events_20261115.json", "a/events_20261115.json.gz"),
        ("a/events_20261115.json", "a/events_20261115 (1).json"),
        ("a/events_20261115.json", "a/old/events_20261115.json"),
        ("a/events_20261115.json", "a/events_20261115/000000000000.json"),
    ],
)
def test_two_exports_of_one_day_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        write(tmp_path, name, lines(event(1)))
    (tmp_path / "b").mkdir(exist_ok=True)
    export = Installation(tmp_path / "home", tmp_path / "a", GA4_EXPORT_FOLDER=f"{tmp_path}/a,{tmp_path}/b")
    with pytest.raises(ConfigurationError, match=r"are both one day of .* would count twice"):
        export.refresh()


def test_folders_that_overlap_give_each_file_once(tmp_path: Path) -> None:
    for number in (14, 15):
        write(tmp_path, f"a/analytics_1/events_202611{number}.json", lines(event(1, number)))
    folders = ",".join(f"{tmp_path}/{name}" for name in ("a/analytics_1", "a", "a/"))
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER=folders)
    export.refresh()
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}


def test_folders_of_one_property_may_hold_different_days(tmp_path: Path) -> None:
    write(tmp_path, "2025/events_20261114.json", lines(event(1, 14)))
    write(tmp_path, "2026/events_20261115.json", lines(event(1, 15)))
    folders = f"{tmp_path}/2025,{tmp_path}/2026"
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER=folders)
    export.refresh()
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}


def test_an_object_store_is_a_folder(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://bucket/analytics_123/events_20261115.json", "wb") as file:
        file.write(lines(event(1)))
    with fsspec.open("memory://bucket/analytics_123/events_20261114.parquet", "wb") as file:
        file.write(write_parquet(tmp_path, "x", event(1, 14)).read_bytes())
    export = Installation(tmp_path / "home", tmp_path, GA4_EXPORT_FOLDER="memory://bucket")
    assert export.refresh() == [day(14), day(15)]
    assert export.days() == {"2026-11-14": 1, "2026-11-15": 1}
    assert export.refresh() == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GA4_EXPORT_FOLDER": "/nowhere/at/all"}, "cannot be listed"),
        ({"GA4_EXPORT_FOLDER": "none://bucket"}, "fsspec driver"),
        ({"GA4_EXPORT_FOLDER": "a", "GA4_EXPORT_DATASETS": "p.analytics_1"}, "configured twice"),
        ({"GA4_EXPORT_DATASETS": "p.analytics_1"}, "set GOOGLE_APPLICATION_CREDENTIALS too"),
        ({"GA4_EXPORT_DATASETS": "analytics_1"}, "is not a data set"),
    ],
)
def test_a_wrong_setting_is_one_sentence(environment: dict[str, str], words: str) -> None:
    def configured() -> None:
        configuration = SOURCE.configure(environment)
        with SOURCE.connect(configuration, lambda: None, lambda _: None) as client:
            SOURCE.verify(client)

    with pytest.raises(ConfigurationError, match=words):
        configured()


def test_a_folder_without_a_day_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    with pytest.raises(ConfigurationError, match="no table or file named events_YYYYMMDD"):
        Installation(tmp_path / "home", tmp_path / "export").refresh()
