"""Which property a file is of, and whose ids stand as they are."""

from pathlib import Path

import pytest

from dagster_project.sources.google_analytics_export import SOURCE
from tests.sources.google_analytics_export.exports import (
    TABLE,
    Installation,
    day,
    event,
    lines,
    write,
)


def test_properties_lie_side_by_side(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export", GA4_PROPERTY_ID="456")
    for property_id in ("123", "456"):
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    rows = f"select property_id, id_namespace from {TABLE} order by 1"
    assert export.query(rows) == [("123", "123"), ("456", None)]
    write(export.folder, "analytics_789/events_20261115.json", lines(event(1)))
    assert export.refresh() == [day(15)]
    assert export.query(rows) == [("123", "123"), ("456", None), ("789", "789")]


def test_without_a_named_property_the_oldest_one_keeps_its_ids(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    for property_id in ("1000", "456"):
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE} order by 1") == [
        ("1000", "1000"),
        ("456", None),
    ]


def configured_account(folder: Path, **environment: str) -> str | None:
    return SOURCE.account(SOURCE.configure({"GA4_EXPORT_FOLDER": str(folder), **environment}))


def test_the_property_whose_ids_stand_as_they_are_is_the_account(tmp_path: Path) -> None:
    """Another one is refused: ids that have landed bare would be taken for its own."""
    write(tmp_path, "analytics_200/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 200"
    write(tmp_path, "analytics_1000/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 200"
    write(tmp_path, "analytics_100/events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path) == "property 100"
    assert configured_account(tmp_path, GA4_PROPERTY_ID="200") == "property 200"
    write(tmp_path / "flat", "events_20261115.json", lines(event(1)))
    assert configured_account(tmp_path / "flat") is None


def test_ids_of_properties_other_than_the_named_one_are_never_bare(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export", GA4_PROPERTY_ID="456")
    write(export.folder, "analytics_123/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE}") == [("123", "123")]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (["200"], [("200", "200")]),
        # The first account was taken out, or never was in the Data API.
        (["200", "300"], [("200", "200"), ("300", None)]),
        (["100", "200", "300"], [("100", None), ("200", "200"), ("300", "300")]),
    ],
)
def test_a_property_has_one_name_in_the_export_and_in_the_data_api(
    tmp_path: Path, properties: list[str], expected: list[tuple[str, str | None]]
) -> None:
    """Ids of a further account begin with its number there, so that its browsers are the same here."""
    further = {"GA4_PROPERTY_ID__LV": " properties/200"}
    export = Installation(tmp_path / "home", tmp_path / "export", **further)
    for property_id in properties:
        write(export.folder, f"analytics_{property_id}/events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id, id_namespace from {TABLE} order by 1") == expected
    bare = next((name for name, namespace in expected if namespace is None), None)
    assert configured_account(export.folder, **further) == (f"property {bare}" if bare else None)
    datasets = ",".join(f"shop.analytics_{name}" for name in reversed(properties))
    configuration = SOURCE.configure(
        {"GA4_EXPORT_DATASETS": datasets, "GOOGLE_APPLICATION_CREDENTIALS": "key.json", **further}
    )
    assert configuration.home == ({"100": "300"}.get(bare, bare) if bare else None)


def test_a_folder_above_the_export_names_no_property(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "analytics_2026" / "ga4")
    write(export.folder, "events_20261115.json", lines(event(1)))
    export.refresh()
    assert export.query(f"select property_id from {TABLE}") == [(None,)]


def test_a_folder_of_one_property_needs_no_name(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "events_20260101 [copy]")
    write(export.folder, "events_20261115.json", lines(event(1)))
    assert export.refresh() == [day(15)]
    assert export.query(f"select property_id, id_namespace from {TABLE}") == [(None, None)]
