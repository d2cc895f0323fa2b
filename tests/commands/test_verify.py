"""`milepost verify`: landed files against their manifest, and credentials against running vendors."""

import shutil
from pathlib import Path

from dagster_project.sources.registry import SOURCES
from tests.commands.conftest import CommandLine
from tests.simulator_fixture import run_simulator


def test_intact_files_pass(milepost: CommandLine, landed_file: Path) -> None:
    result = milepost("verify")
    assert (result.returncode, result.stdout) == (
        0,
        f"smaily/lists: 1 files, {landed_file.stat().st_size} bytes\n",
    )


def test_every_damaged_file_is_named(milepost: CommandLine, landed_file: Path) -> None:
    content = bytearray(landed_file.read_bytes())
    content[-1] ^= 1
    landed_file.write_bytes(content)
    [entry] = landed_file.parent.glob("manifest/*.json")
    copy = entry.with_name("0000000009.json")
    copy.write_text("{}", encoding="utf-8")
    result = milepost("verify")
    assert result.returncode == 1
    assert f"failed  The manifest entry {copy} is damaged" in result.stdout
    copy.unlink()
    result = milepost("verify")
    assert result.returncode == 1
    assert f"failed  The landed file {landed_file} was altered; restore it from a backup" in result.stdout


def test_an_empty_landing_zone_is_said_to_be_empty(milepost: CommandLine) -> None:
    result = milepost("verify")
    assert (result.returncode, result.stdout) == (
        0,
        f"Nothing is in the landing zone {milepost.settings.landing}.\n",
    )


def test_what_was_loaded_and_is_gone_is_named(milepost: CommandLine, landed_file: Path) -> None:
    shutil.rmtree(milepost.settings.landing)
    result = milepost("verify")
    assert (result.returncode, result.stdout) == (
        1,
        f"Nothing is in the landing zone {milepost.settings.landing}.\n"
        "failed  1 partitions of smaily/lists with 12 loaded records are not in the landing zone "
        f"{milepost.settings.landing} any more; restore it from a backup.\n",
    )
    assert not landed_file.exists()
    milepost.settings.warehouse.write_bytes(b"no warehouse" * 1000)
    result = milepost("verify")
    assert result.returncode == 0
    assert "was not compared, since it is not a readable warehouse of Milepost.\n" in result.stdout


def test_an_invalid_setting_is_one_sentence(milepost: CommandLine) -> None:
    result = milepost("verify", changes={"MILEPOST_NOW": "tomorrow"})
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: MILEPOST_NOW is 'tomorrow'")


def test_the_credentials_of_every_configured_source_are_tried(milepost: CommandLine) -> None:
    with run_simulator(persons=20, days=14) as simulator:
        accepted = milepost("verify", "--sources", changes=simulator.environment)
        refused = milepost(
            "verify", "--sources", changes=simulator.environment | {"SMAILY_PASSWORD": "not-the-password"}
        )
    assert accepted.returncode == 0, accepted.stdout
    configured = [source for source in SOURCES if source.configure(simulator.environment)]
    assert len(configured) > 1
    for source in configured:
        assert f"{source.title}: accepts the credentials" in accepted.stdout
    assert refused.returncode == 1
    assert "failed  Smaily refused the credentials (401)" in refused.stdout
    assert "not-the-password" not in refused.stdout


def test_sources_without_variables_are_not_called(milepost: CommandLine) -> None:
    result = milepost("verify", "--sources")
    assert result.returncode == 0
    for source in SOURCES:
        assert f"{source.title}: not configured" in result.stdout
