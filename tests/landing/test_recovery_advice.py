"""What a damaged manifest entry says to do: only what can be pulled again may be deleted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.landing import Entry, LandingError, read_manifest
from dagster_project.landing.manifest import LandedFile, manifest_directory, write_entry
from dagster_project.raw.verify import verify_files

AGAIN = "or delete it and pull again"
LOG = "and do not delete it: a log is only read on from its end"
COPIED = "or delete it: the event file is copied again"
CASES = [
    ("window", "2026-11-01", AGAIN, AGAIN),
    ("cursor", "0000000001", LOG, "but only if it is no part of a log"),
    ("snapshot", "0000000001", AGAIN, "but only if it is no part of a log"),
    ("file", "0f" * 16, COPIED, COPIED),
]


@pytest.mark.parametrize(("kind", "name", "altered", "erased"), CASES)
def test_advice_on_a_damaged_entry(kind: str, name: str, altered: str, erased: str, tmp_path: Path) -> None:
    entry = Entry(
        source="esp",
        stream="actions",
        kind=kind,
        partition=name,
        name=name,
        extracted_at=datetime(2026, 11, 16, tzinfo=UTC),
    )
    manifest_directory(tmp_path, "esp", "actions").mkdir(parents=True)
    write_entry(tmp_path, entry)
    path = manifest_directory(tmp_path, "esp", "actions") / f"{name}.json"
    whole = path.read_bytes()
    for content, advice in ((whole.replace(b'"records":0', b'"records":1'), altered), (b"", erased)):
        path.write_bytes(content)
        with pytest.raises(LandingError) as raised:
            read_manifest(tmp_path, "esp", "actions")
        assert advice in str(raised.value)


def test_advice_on_a_missing_file_of_a_log(tmp_path: Path) -> None:
    entry = Entry(
        source="esp",
        stream="actions",
        kind="cursor",
        partition="0000000001",
        name="0000000001",
        extracted_at=datetime(2026, 11, 16, tzinfo=UTC),
        files=[LandedFile("esp/actions/x.ndjson.zst", "0", 1, 1)],
    )
    with pytest.raises(LandingError, match="and do not delete the manifest entry 0000000001"):
        verify_files(tmp_path, [entry])
