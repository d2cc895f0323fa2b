"""One simulated world and one refresh of it, shared by every test here: a refresh takes most of a minute."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import duckdb
import pytest

from dagster_project.simulator.world import WorldConfig, make_world
from tests.end_to_end import shop_feed
from tests.end_to_end.hostile.attacks import NOW
from tests.end_to_end.hostile.world import CONFIG, write_feeds
from tests.installation import Installation
from tests.kills.refresh import Home
from tests.simulator_fixture import RunningSimulator, run_simulator

PERSONS, DAYS = 300, 35


@dataclass
class Refreshed:
    """An installation after its first refresh."""

    simulator: RunningSimulator
    installation: Installation
    result: dg.ExecuteInProcessResult
    config: WorldConfig


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    """Its action log keeps every day, so that everything that happened can be read."""
    with run_simulator("--retention-days", "90", persons=PERSONS, days=DAYS) as running:
        yield running


# What the vendors' descriptions leave open, otherwise than the simulator's defaults have it.
OTHER_DIALECTS = {
    "smaily-views": "object",
    "smaily-sections": "test",
    "smaily-page-maximum": "40",
    "smaily-lists": "subscribed",
    "smaily-ids": "mixed",
    "smaily-changes": "many",
    "smaily-retry-after": "seconds",
    "bitly-days": "sparse",
    "bitly-deleted": "by_path",
    "bitly-back-halves": "own_endpoint",
}


@pytest.fixture(scope="session")
def refreshed_in_other_dialects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    """A world of which half comes to the site first, read from accounts that speak the other dialects.

    They are often throttled, too, and a shop exports its orders.
    """
    config = WorldConfig(persons=PERSONS, days=DAYS, web_first_share=0.5)
    flags = [text for name, value in OTHER_DIALECTS.items() for text in (f"--{name}", value)]
    flags += ["--web-first-share", str(config.web_first_share)]
    with run_simulator("--retention-days", "90", *flags, persons=PERSONS, days=DAYS) as running:
        running.inject_fault("rate_limit", path="/smaily", skip=3, count=2)
        now = running.environment["MILEPOST_NOW"]
        till = shop_feed.write(tmp_path_factory.mktemp("till"), make_world(config), now)
        installation = Installation(tmp_path_factory.mktemp("home"), dict(running.environment) | till)
        yield Refreshed(running, installation, installation.run(), config)


@pytest.fixture(scope="session")
def refreshed(simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    installation = Installation(tmp_path_factory.mktemp("home"), dict(simulator.environment))
    config = WorldConfig(persons=PERSONS, days=DAYS)
    return Refreshed(simulator, installation, installation.run(), config)


@dataclass(frozen=True)
class CalmWorld:
    """A small world, and a home that was refreshed from it by the command."""

    environment: dict[str, str]
    home: Home

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.published), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalmWorld]:
    folder = tmp_path_factory.mktemp("calm")
    flags = (
        "--retention-days",
        "90",
        "--end-date",
        CONFIG.end_date.isoformat(),
        "--now",
        f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
    )
    with run_simulator(*flags, persons=CONFIG.persons, days=CONFIG.days, seed=CONFIG.seed) as simulator:
        feeds = {"MILEPOST_EVENT_FILES": str(write_feeds(folder, is_hostile=False))}
        home = Home(folder / "home", simulator.environment | feeds)
        home.refresh()
        yield CalmWorld(simulator.environment | feeds, home)
