"""`milepost refresh` as a person calls it, on an installation that was refreshed before."""

import shutil
from pathlib import Path

import duckdb

from dagster_project.reports.page.result import PAGE_NAME as REPORT_NAME
from dagster_project.reports.terminal import PAGE_NAME
from tests.commands.conftest import CommandLine
from tests.end_to_end.conftest import Refreshed


def test_a_publishing_refresh_shows_and_writes_findings(refreshed: Refreshed, tmp_path: Path) -> None:
    milepost = CommandLine(tmp_path, dict(refreshed.installation.environment))
    shutil.copytree(refreshed.installation.home, milepost.settings.home, symlinks=True)
    with duckdb.connect(str(milepost.settings.warehouse)) as connection:
        connection.execute("update raw._builds set published_at = null")
    page = milepost.settings.published / PAGE_NAME

    published = milepost("refresh")
    assert published.returncode == 0, published.stdout + published.stderr
    assert published.stderr == "", "no warning of a library on the screen"
    assert "What do people complete?" in published.stdout
    assert str(page) in published.stdout
    assert "What do people complete?" in page.read_text(encoding="utf-8")
    report = milepost.settings.published / REPORT_NAME
    assert str(report) in published.stdout
    assert "<h1" in report.read_text(encoding="utf-8")

    page.unlink()
    made_at = report.stat().st_mtime_ns
    nothing_new = milepost("refresh")
    assert nothing_new.returncode == 0, nothing_new.stdout + nothing_new.stderr
    assert nothing_new.stderr == ""
    assert "What do people complete?" not in nothing_new.stdout
    assert not page.exists()
    assert report.stat().st_mtime_ns == made_at, "nothing new, no new page"

    failed = milepost("refresh", changes={"SMAILY_PASSWORD": "not-the-password", "BITLY_ACCESS_TOKEN": ""})
    assert failed.returncode == 1
    assert "Smaily refused the credentials (401)" in " ".join(failed.stdout.split())
    assert "readers keep the last good state" in failed.stdout
    # The BigQuery export is not configured in this installation at all.
    assert "left out: Bitly, GA4's BigQuery export." in " ".join(failed.stdout.split())
    assert "left out: GA4's BigQuery export." in " ".join(nothing_new.stdout.split())
