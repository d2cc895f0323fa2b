"""The simulated worlds on which the marts are held against the truth, and the warehouse of each."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from dagster_project.simulator.clock import start_of_service
from dagster_project.simulator.world import WorldConfig
from tests.kills.refresh import Home
from tests.simulator_fixture import run_simulator


@dataclass(frozen=True)
class TruthWorld:
    """A world by name; `flags` are further options of the simulator's accounts."""

    name: str
    config: WorldConfig
    flags: tuple[str, ...] = ("--retention-days", "90")

    @property
    def now(self) -> str:
        """When the data were pulled."""
        return start_of_service(self.config.end_date).isoformat()

    def warehouse(self, homes: Path) -> Path:
        """Its warehouse in `homes`, refreshed unless it is there from an earlier run."""
        folder = homes / self.name
        warehouse, done = folder / "data" / "warehouse.duckdb", folder / "refreshed"
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            config = self.config
            share = config.web_first_share
            flags = (*self.flags, *(() if share is None else ("--web-first-share", str(share))))
            flags += ("--proxy-read-odds", str(config.proxy_read_odds))
            flags += ("--images-off-by-person",) if config.images_off_by_person else ()
            with run_simulator(
                *flags, persons=config.persons, days=config.days, seed=config.seed
            ) as simulator:
                _refresh(Home(folder, simulator.environment))
            done.touch()
        return warehouse


def _refresh(home: Home) -> None:
    """A check that blocks publishing leaves the warehouse as it was built, which is what is compared."""
    with home.refreshing() as process:
        output, _ = process.communicate()
    if not home.published.exists() and not (home.data / "warehouse.duckdb").exists():
        raise subprocess.CalledProcessError(process.returncode, "milepost refresh", output)


WORLDS = (
    *(TruthWorld(f"seed {seed}", WorldConfig(persons=2_000, seed=seed)) for seed in (7, 11, 23, 42)),
    TruthWorld("20,000 persons", WorldConfig(persons=20_000, seed=5)),
    TruthWorld("half web-first", WorldConfig(persons=2_000, seed=7, web_first_share=0.5)),
    # What the estimate of open rates takes for granted does not hold here.
    TruthWorld(
        "proxy users read more",
        WorldConfig(persons=2_000, seed=11, proxy_read_odds=4.0, images_off_by_person=True),
    ),
)
