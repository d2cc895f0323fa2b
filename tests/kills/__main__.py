"""Refreshes killed with SIGKILL, spread over the whole of a refresh and over its publication: `make kills`.

Half of the kills hit a first refresh, half that of a new day; every fourth hits the publication. After each,
readers must have the state before or the new one; after another refresh the published rows must be those of
an undisturbed one, and nothing may be left over.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import click

from tests.kills.refresh import Home, differences
from tests.simulator_fixture import RunningSimulator, run_simulator

PUBLICATION = "published__milepost"


@dataclass(frozen=True)
class Scenario:
    """A refresh to be killed: from the state `before`, if any, to that of `undisturbed`."""

    name: str
    before: Home | None
    undisturbed: Home
    seconds: float

    def home(self, folder: Path) -> Home:
        """A new home in the state before."""
        home = replace(self.undisturbed, folder=folder)
        if self.before:
            copied(self.before, home)
        return home

    def moment(self, home: Home, share: float, is_publication: bool) -> Callable[[], bool]:
        """Whether that share of the refresh of `home`, or of its publication, is over."""
        length = share * (self.undisturbed.seconds_of(PUBLICATION) if is_publication else self.seconds)
        began = [] if is_publication else [time.monotonic()]

        def is_due() -> bool:
            if not began and home.has_event("STEP_START", PUBLICATION):
                began.append(time.monotonic())
            return bool(began) and time.monotonic() - began[0] >= length

        return is_due

    def faults(self, home: Home) -> list[str]:
        """What is wrong after a kill, with what readers have then and after another refresh."""
        states = [self.undisturbed, *([self.before] if self.before else [])]
        found = []
        if home.published.exists() and all(differences(home.published, state.published) for state in states):
            found.append("readers have neither the state before nor the new one")
        home.refresh()
        rows = differences(home.published, self.undisturbed.published)
        found += [f"{mart}: {number} rows differ" for mart, number in rows.items()]
        return found + home.left_overs()


def copied(home: Home, to: Home) -> Home:
    """A copy of its data, with a run history of its own."""
    shutil.copytree(home.data, to.data, symlinks=True, ignore=shutil.ignore_patterns("dagster"))
    return to


def scenarios(simulator: RunningSimulator, folder: Path) -> list[Scenario]:
    """A first refresh, and that of a new day after one of the day before."""
    now = datetime.fromisoformat(simulator.environment["MILEPOST_NOW"])
    yesterday = {"MILEPOST_NOW": (now - timedelta(days=1)).isoformat()}
    simulator.set_clock(now - timedelta(days=1))
    before = Home(folder / "before", simulator.environment | yesterday)
    before.refresh()
    simulator.set_clock(now)
    first = Home(folder / "first", simulator.environment)
    next_day = copied(before, Home(folder / "next-day", simulator.environment))
    return [
        Scenario("first refresh", None, first, first.refresh()),
        Scenario("new day", before, next_day, next_day.refresh()),
    ]


@click.command(help=__doc__)
@click.option("--kills", default=20, show_default=True)
@click.option("--persons", default=30, show_default=True)
@click.option("--days", default=14, show_default=True)
@click.pass_context
def main(context: click.Context, kills: int, persons: int, days: int) -> None:
    failed = 0
    with (
        run_simulator("--retention-days", "90", persons=persons, days=days) as simulator,
        tempfile.TemporaryDirectory() as folder,
    ):
        known = scenarios(simulator, Path(folder))
        for scenario in known:
            print(f"{scenario.name}: {scenario.seconds:.1f} s undisturbed", flush=True)
        for number in range(kills):
            scenario = known[number % len(known)]
            is_publication = number % 8 in (6, 7)
            share = (number + 0.5) / kills
            home = scenario.home(Path(folder) / f"kill-{number}")
            is_killed = home.refresh_killed(scenario.moment(home, share, is_publication))
            found = scenario.faults(home)
            failed += bool(found)
            what = f"{scenario.name}{', publication' if is_publication else ''} at {share:.0%}"
            outcome = "; ".join(found) or "equal, nothing left over"
            print(f"{number + 1:3} {what:32} {'' if is_killed else '(it was over) '}{outcome}", flush=True)
            shutil.rmtree(home.folder)
    print(f"{kills} kills, {failed} with faults")
    context.exit(bool(failed))


if __name__ == "__main__":
    main()
