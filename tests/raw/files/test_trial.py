"""What is said of a feed that is tried on a sample of its files."""

from pathlib import Path

import pytest

from dagster_project.raw.files import trial
from dagster_project.sources.event_files import Feed

COLUMNS = {"occurred_at": "t", "event_name": "e", "email": "m"}


@pytest.mark.parametrize(
    ("sample_bytes", "is_cut"), [(1 << 20, False), (600, True)], ids=["whole", "first rows"]
)
def test_a_near_copy_is_named_by_the_addresses_of_its_feed(
    sample_bytes: int, is_cut: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SAMPLE_BYTES", sample_bytes)
    files = [tmp_path / f"2026-{month}" / "orders.csv" for month in ("10", "11")]
    for file in files:
        file.parent.mkdir()
        lines = "".join(
            f"2026-10-03 10:00:00,open,a{n:02}@case.ee,{file.parent.name},a note of some length\n"
            for n in range(30)
        )
        file.write_text(f"t,e,m,run,note\n{lines}", encoding="utf-8")
    (tmp_path / "tried").mkdir()
    feed = Feed("orders", f"{tmp_path}/2026-*/orders.csv", "csv", "UTC", COLUMNS)
    tried = trial.try_feed(feed, tmp_path / "tried")
    assert tried.is_cut == is_cut
    assert tried.problem is not None
    assert f"of {files[1]} equal rows of {files[0]} in every mapped column" in tried.problem
    assert str(tmp_path / "tried") not in tried.problem
