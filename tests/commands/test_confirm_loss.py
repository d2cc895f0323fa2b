"""`milepost confirm-loss`: what was refused is listed, confirmed by name, and then loaded."""

from pathlib import Path

import pytest

from dagster_project.landing import pull
from dagster_project.raw.connection import connect
from dagster_project.raw.refusals import LossRefused
from dagster_project.raw.streams.load import load
from dagster_project.sources.core.stream import Page, Request, Stream
from tests.commands.conftest import CommandLine
from tests.landing.streams import now

LOST = "smaily/lists: all of it has 0 records, 12 before\n"


def loaded(milepost: CommandLine, lists: Stream) -> int:
    with connect(milepost.settings) as connection:
        return load(connection, milepost.settings.landing, "smaily", lists, now).loaded


def test_a_refused_loss_is_listed_and_confirmed(
    milepost: CommandLine, lists: Stream, landed_file: Path
) -> None:
    assert landed_file.exists()
    assert milepost("confirm-loss").stdout == "No load was refused: nothing is to be confirmed.\n"
    pull("smaily", lists, [Page([])], milepost.settings.landing, now, Request())
    with pytest.raises(LossRefused):
        loaded(milepost, lists)
    assert milepost("confirm-loss").stdout == f"refused  {LOST}"
    unknown = milepost("confirm-loss", "smaily/actions")
    assert unknown.returncode == 1
    assert unknown.stderr == "Error: No load of smaily/actions was refused; refused are smaily/lists.\n"
    with pytest.raises(LossRefused):
        loaded(milepost, lists)
    reload = milepost("reload")
    assert reload.returncode == 1
    assert "has less of smaily/lists than its raw table; run `milepost refresh`" in reload.stderr
    confirmed = milepost("confirm-loss", "smaily/lists")
    assert (confirmed.returncode, confirmed.stdout) == (0, f"confirmed  {LOST}")
    assert loaded(milepost, lists) == 0
