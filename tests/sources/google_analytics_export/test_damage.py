"""What becomes of files and records that are damaged, and of files that are rewritten while they are read."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dagster_project.sources.core.errors import ProtocolError, UnavailableError
from dagster_project.sources.google_analytics_export import files
from tests.sources.google_analytics_export.exports import (
    DAYS,
    Installation,
    day,
    event,
    lines,
    write,
    write_parquet,
)

DAMAGE: dict[str, tuple[str, bytes]] = {
    "a Parquet file cut off": ("parquet", b"PAR1" + b"\x15\x04" * 500),
    "a Parquet file without an end": ("parquet", b"PAR1"),
    "a gzip file cut off": ("json.gz", gzip.compress(lines(*(event(n) for n in range(500))))[:-50]),
    "a gzip file with a wrong byte": ("json.gz", gzip.compress(lines(event(1)))[:-6] + b"\0\0\0\0\0\0"),
    "text cut off": ("json", lines(event(1), event(2))[:-40]),
    "zstd cut off": ("json.zst", zstandard.compress(lines(*(event(n) for n in range(5000))))[:-500]),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_named_and_days_before_it_are_kept(tmp_path: Path, kind: str) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    suffix, content = DAMAGE[kind]
    write(export.folder, "analytics_123/events_20261114.json", lines(event(1, 14), event(2, 14)))
    damaged = write(export.folder, f"analytics_123/events_20261115.{suffix}", content)
    with pytest.raises(ProtocolError, match=rf"{damaged.name} of GA4's BigQuery export (is damaged|ends in)"):
        export.refresh()
    assert export.days() == {"2026-11-14": 2}
    damaged.unlink()
    write_parquet(export.folder, "analytics_123/events_20261115.parquet", event(1, 15))
    assert export.refresh() == [day(15)]
    assert export.days() == DAYS


def test_a_damaged_new_version_leaves_the_last_good_one(export: Installation) -> None:
    export.refresh()
    write(export.folder, "analytics_123/events_20261115.parquet", b"PAR1 and nothing else")
    with pytest.raises(ProtocolError, match="copy it again"):
        export.refresh()
    assert export.days() == DAYS


def test_records_that_are_none_are_quarantined_with_a_reason(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    ahead = event(1, 15) | {"event_timestamp": 1_794_744_000_000_000 + 86_400_000_000 * 5}
    content = lines(
        event(1, 15),
        event(1) | {"event_timestamp": 0},
        event(1) | {"event_timestamp": "9999999999999999999"},
        event(1) | {"event_timestamp": None},
        event(1) | {"event_timestamp": 1_794_744_000_000},
        ahead,
        event(2, 15) | {"device": "mobile", "items": "none", "geo": 7, "user_pseudo_id": 5},
    )
    write(
        export.folder,
        "analytics_123/events_20261115.json",
        content + b'not json\n[1]\n{"a":\xff}\n' + lines(event(3)),
    )
    export.refresh()
    assert export.days() == {"2026-11-15": 3}
    found = sorted(reason.split(": ")[0] for reason in export.reasons())
    assert found == [
        "occurred_at is not a TIMESTAMP",
        "occurred_at is not a TIMESTAMP",
        "occurred_at is not a plausible time",
        "occurred_at is not a plausible time",
        "occurred_at is not a plausible time",
        "the record is not UTF-8",
        "the record is not a JSON object but ARRAY",
        "the record is not valid JSON",
    ]


def test_a_day_that_is_rewritten_while_it_is_read_is_read_again(
    export: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export.folder / "analytics_123/events_20261114.json"
    read = files._lines

    rewritten: list[bool] = []

    def rewritten_once(file: Any) -> Any:
        yield from read(file)
        if not rewritten:
            rewritten.append(True)
            path.write_bytes(lines(event(1, 14), event(2, 14), event(3, 14)))

    monkeypatch.setattr(files, "_lines", rewritten_once)
    export.refresh()
    assert export.days()["2026-11-14"] == 3
    assert export.refresh() == []


def test_a_day_that_is_always_rewritten_waits_for_the_next_run(
    export: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = export.folder / "analytics_123/events_20261114.json"
    read = files._lines

    def appended(file: Any) -> Any:
        yield from read(file)
        path.write_bytes(path.read_bytes() + lines(event(9, 14)))

    monkeypatch.setattr(files, "_lines", appended)
    with pytest.raises(UnavailableError, match="rewrote 2026-11-14 in each of 5 attempts"):
        export.refresh()
    assert export.days() == {}
