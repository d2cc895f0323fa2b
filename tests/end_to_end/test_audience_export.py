"""An audience from the refresh to a file, and its arms from the file back to the experiments."""

import csv
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from dagster_project.commands import milepost
from tests.end_to_end.conftest import Refreshed
from tests.installation import Installation

AUDIENCE = "segment.prospects"


@pytest.fixture(scope="module")
def installation(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the home that others use; half of one audience is to be held out."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(refreshed.installation.home, home, dirs_exist_ok=True)
    copied = Installation(home, refreshed.installation.environment)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            f"update marts.dim_audiences set holdout_share = 0.5 where audience_id = '{AUDIENCE}'"
        )
    return copied


def call(installation: Installation, *arguments: str) -> Result:
    with installation.entered():
        return CliRunner().invoke(milepost, ["audience", *arguments])


def addresses(installation: Installation, name: str, column: str) -> list[str]:
    path = installation.home / "audiences" / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with path.open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def test_an_audience_is_exported_and_its_arms_are_an_experiment(installation: Installation) -> None:
    listed = call(installation, "list")
    assert listed.exit_code == 0, listed.output
    assert AUDIENCE in listed.output
    assert "recommended" in listed.output
    assert len(listed.output.splitlines()) < 40, "it stays one screen"

    exported = call(installation, "export", AUDIENCE, "--for", "klaviyo")
    assert exported.exit_code == 0, exported.output
    assert "@" not in exported.output
    treated = addresses(installation, f"{AUDIENCE}.klaviyo.csv", "Email")
    [held_out] = [int(found) for found in re.findall(r"(\d+) held out", exported.output)]
    assert held_out > 10
    assert len(treated) == len(set(treated)) > 10

    unsubscribed = installation.read_warehouse(
        "select email from pii.contacts join staging.stg_smaily__contacts using (contact_key)"
        " where is_unsubscribed"
    )
    assert unsubscribed
    assert {email for (email,) in unsubscribed}.isdisjoint(treated)

    again = call(installation, "export", AUDIENCE, "--for", "smaily")
    assert f"{held_out} held out" in again.output
    assert addresses(installation, f"{AUDIENCE}.smaily.csv", "email") == treated

    assert installation.run().success
    arms = installation.read(
        f"select variant, persons, verdict from marts.rpt_experiments where experiment = '{AUDIENCE}'"
        " and role = 'primary' order by variant"
    )
    assert [(variant, persons) for variant, persons, _ in arms] == [
        ("holdout", held_out),
        ("treated", len(treated)),
    ]
    assert {verdict for *_, verdict in arms} == {"wait 14 days"}
    assert dict(
        installation.read(
            f"select arm, count(*) from marts.fct_audience_members where audience_id = '{AUDIENCE}'"
            " and arm is not null group by all"
        )
    ) == {"holdout": held_out, "treated": len(treated)}


def test_what_there_is_not_is_named(installation: Installation, tmp_path: Path) -> None:
    unknown = call(installation, "export", "action.none", "--for", "hubspot")
    assert (unknown.exit_code, "no audience 'action.none'" in unknown.output) == (1, True)
    empty = Installation(tmp_path / "data", {})
    for arguments in (("list",), ("export", AUDIENCE, "--for", "hubspot")):
        found = call(empty, *arguments)
        assert (found.exit_code, "run `milepost refresh` first" in found.output) == (1, True)
    assert not (empty.home / "audiences").exists()
    with duckdb.connect(str(installation.home / "warehouse.duckdb")) as connection:
        connection.execute("update raw._builds set built_at = null")
    unfinished = call(installation, "export", AUDIENCE, "--for", "hubspot")
    assert (unfinished.exit_code, "build was not finished" in unfinished.output) == (1, True)
    assert not (installation.home / "audiences" / f"{AUDIENCE}.hubspot.csv").exists()
