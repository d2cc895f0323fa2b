"""What a refresh asks of the folder that it is started in and of Dagster's own settings."""

from pathlib import Path

import pytest

from dagster_project.runtime.job_run import is_recorded, recorded_instance
from tests.commands.conftest import CommandLine


@pytest.mark.parametrize("home", ["missing", "relative"])
def test_a_dagster_home_that_is_no_folder_is_refused_in_a_sentence(
    milepost: CommandLine, tmp_path: Path, home: str
) -> None:
    (tmp_path / "relative").mkdir()
    named = home if home == "relative" else str(tmp_path / home)
    result = milepost("refresh", changes={"DAGSTER_HOME": named})
    assert result.returncode == 1
    assert f"DAGSTER_HOME is {named}" in result.stderr
    assert "copy of dagster.yaml" in " ".join(result.stderr.split())


def test_a_run_is_recorded_where_a_configuration_gives_it_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert not is_recorded()
    (tmp_path / "dagster.yaml").touch()
    assert is_recorded()
    (tmp_path / "dagster.yaml").unlink()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert is_recorded()


def test_an_instance_without_a_configuration_sends_no_telemetry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    with recorded_instance() as instance:
        assert not instance.telemetry_enabled
