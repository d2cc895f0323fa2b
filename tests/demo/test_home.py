"""The demo's folder: the last demo stays until one succeeds, and two do not share it."""

import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.demo.accounts import SimulatorFailed, simulated_accounts
from dagster_project.demo.home import DemoRunning, in_new_home

DEMO = """
import sys, time
from pathlib import Path
from dagster_project.demo.home import in_new_home
home = Path(sys.argv[1])
def demo():
    (home / "half").write_text("x")
    print("running", flush=True)
    time.sleep(600)
in_new_home(home, demo)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "data" / "demo"


def run(home: Path, name: str, succeeds: bool = True) -> bool:
    def demo() -> bool:
        assert list(home.iterdir()) == [], "it begins empty"
        (home / name).write_text("x", encoding="utf-8")
        return succeeds

    return in_new_home(home, demo)


def content(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_the_last_demo_stays_until_one_succeeds(home: Path) -> None:
    assert run(home, "first")
    assert not run(home, "second", succeeds=False)
    assert content(home) == ["first"]
    with pytest.raises(SimulatorFailed):
        in_new_home(home, lambda: (_ for _ in ()).throw(SimulatorFailed("No.")))
    assert content(home) == ["first"]
    assert run(home, "third")
    assert content(home) == ["third"]
    assert home.stat().st_mode & 0o777 == 0o700
    assert content(home.parent) == ["demo", "demo.lock"]


def test_a_first_demo_that_fails_is_there_to_be_looked_at(home: Path) -> None:
    assert not run(home, "failed", succeeds=False)
    assert content(home) == ["failed"]


def test_one_demo_at_a_time_and_a_killed_one_loses_nothing(home: Path) -> None:
    assert run(home, "first")
    other = subprocess.Popen([sys.executable, "-c", DEMO, str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "running\n"
        with pytest.raises(DemoRunning, match="Another demo is running in"):
            run(home, "second")
        assert content(home) == ["half"]
    finally:
        other.kill()
        other.communicate()
    assert not run(home, "third", succeeds=False)
    assert content(home) == ["first"]


def test_the_log_of_the_simulator_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "accounts"
    with (
        pytest.raises(SimulatorFailed),
        simulated_accounts(folder, persons=20, days=5, seed=1, options=("--no-such-option",)) as ready,
    ):
        ready()
    assert "no-such-option" in (folder / "simulator.log").read_text(encoding="utf-8").lower()
    assert {path.name: path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())} == {
        "accounts": 0,
        "simulator.log": 0,
    }
