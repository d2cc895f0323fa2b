"""`milepost reload`: the raw tables from the landing zone, or nothing at all."""

import shutil
from pathlib import Path

import pytest

from dagster_project.raw.connection import connect
from tests.commands.conftest import RECORDS, CommandLine


def ids(milepost: CommandLine) -> list[str]:
    with connect(milepost.settings) as connection:
        rows = connection.execute("select id from raw.smaily__lists order by id").fetchall()
    return [text for (text,) in rows]


def lose_rows(milepost: CommandLine) -> None:
    with connect(milepost.settings) as connection:
        connection.execute("delete from raw.smaily__lists where id > '11'")


ALL = [str(record["id"]) for record in RECORDS]


@pytest.mark.parametrize("names", [[], ["smaily"]])
def test_lost_rows_are_loaded_again(milepost: CommandLine, landed_file: Path, names: list[str]) -> None:
    assert landed_file.exists()
    lose_rows(milepost)
    result = milepost("reload", *names)
    assert result.returncode == 0, result.stderr
    assert f"smaily/lists: {len(ALL)} records loaded" in result.stdout.splitlines()
    assert ids(milepost) == ALL


def test_a_source_that_is_not_named_is_left_alone(milepost: CommandLine, landed_file: Path) -> None:
    assert landed_file.exists()
    lose_rows(milepost)
    result = milepost("reload", "bitly")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "Nothing has landed of these sources, so their raw tables are empty.\n"
    assert ids(milepost) == ["11"]


def test_a_damaged_file_changes_nothing(milepost: CommandLine, landed_file: Path) -> None:
    landed_file.write_bytes(landed_file.read_bytes()[:-3])
    result = milepost("reload")
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: The landed file {landed_file} was truncated to")
    assert ids(milepost) == ALL


def test_a_landing_zone_that_is_gone_changes_nothing(milepost: CommandLine, landed_file: Path) -> None:
    assert landed_file.exists()
    shutil.rmtree(milepost.settings.landing)
    result = milepost("reload")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: Nothing of smaily/lists is in the landing zone")
    assert ids(milepost) == ALL


def test_an_unknown_source_is_not_understood(milepost: CommandLine) -> None:
    result = milepost("reload", "mailchimp")
    assert result.returncode == 2
    assert "There is no source mailchimp; it is one of " in result.stderr
