"""The cost of a day: `python -m tests.benchmarks.daily` runs the demo and the refreshes of the next days.

Every command runs as a user starts it, in a fresh copy of the project. CPU is that of the command and its
child processes; the simulated vendors are another process, which is not counted.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from dagster_project.commands.demo import DAYS, PERSONS, SEED
from tests.benchmarks.measuring import measure, verdict
from tests.simulator_fixture import run_simulator

ROOT = Path(__file__).parents[2]
DEMO_SECONDS, NOTHING_NEW_SECONDS, ONE_DAY_SECONDS = 60, 8, 25


def copy_project(target: Path) -> None:
    """Copy the files that a commit of the working tree would contain, as a fresh clone has them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in names.strip("\0").split("\0"):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def run(project: Path, command: str, environment: Mapping[str, str]) -> None:
    """Start `milepost COMMAND` in the copy, whose folder is the first on Python's path."""
    log = project / f"{command}.log"
    with log.open("w", encoding="utf-8") as output:
        ended = subprocess.run(
            [sys.executable, "-c", "from dagster_project.commands import main; main()", command],
            cwd=project,
            env=os.environ | {"DAGSTER_DISABLE_TELEMETRY": "1"} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise SystemExit(f"{command} failed:\n{log.read_text(encoding='utf-8')[-4000:]}")


def written(home: Path) -> dict[str, tuple[int, int]]:
    """Inode and modification time of the warehouse and of the published files."""
    files = [home / "warehouse.duckdb", *(home / "published").rglob("*.*")]
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-demo", action="store_true")
    arguments = parser.parse_args()
    held = []
    with tempfile.TemporaryDirectory() as folder:
        project, home = Path(folder) / "project", Path(folder) / "home"
        copy_project(project)
        if not arguments.without_demo:
            demo = measure("demo in a fresh clone", 0, lambda: run(project, "demo", {}))
            held.append(verdict("demo, seconds", demo.wall, DEMO_SECONDS, at_least=False))
        retention = ("--retention-days", str(DAYS + 2))
        with run_simulator(*retention, persons=PERSONS, days=DAYS + 1, seed=SEED) as simulator:
            today = datetime.fromisoformat(simulator.environment["MILEPOST_NOW"])

            def refresh(name: str, now: datetime) -> float:
                simulator.set_clock(now)
                pinned = {"MILEPOST_HOME": str(home), "MILEPOST_NOW": now.isoformat()}
                environment = simulator.environment | pinned
                return measure(name, 0, lambda: run(project, "refresh", environment)).wall

            yesterday = today - timedelta(days=1)
            refresh(f"first run, {DAYS} days", yesterday)
            before = written(home)
            nothing = refresh("second run, nothing new", yesterday)
            held.append(verdict("nothing new, seconds", nothing, NOTHING_NEW_SECONDS, at_least=False))
            touched = sum(written(home).get(file) != mark for file, mark in before.items())
            held.append(verdict("nothing new, files written", touched, 0, at_least=False))
            day = refresh("one new day", today)
            held.append(verdict("one new day, seconds", day, ONE_DAY_SECONDS, at_least=False))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
