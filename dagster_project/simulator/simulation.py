"""Everything the vendors' endpoints share: the world, the clock, the options, the faults, the counts."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from starlette.requests import Request

from dagster_project.simulator.clock import Clock, start_of_service
from dagster_project.simulator.database import Database
from dagster_project.simulator.fault_injection import Misbehaviour, Misbehaviours
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.options import Options

if TYPE_CHECKING:
    from dagster_project.simulator.world import World

Account = TypeVar("Account")


class Simulation:
    """One world as every vendor's account. Each simulation makes its own secrets."""

    def __init__(self, world: "World", now: datetime | None = None, options: Options | None = None) -> None:
        self.config = world.config
        self.database = Database(world.tables)
        self.clock = Clock(now or start_of_service(world.config.end_date))
        self.options = options or Options()
        self.misbehaviours = Misbehaviours()
        self.requests: Counter[str] = Counter()
        self.records_served = 0
        self.server_errors = SlidingWindow(seconds=3_600)
        self._accounts: dict[type, Any] = {}

    def account(self, kind: type[Account]) -> Account:
        """What a vendor keeps of its account in this simulation: its secrets, its counts."""
        if kind not in self._accounts:
            self._accounts[kind] = kind()
        return cast("Account", self._accounts[kind])

    def strikes(self, request: Request, *kinds: str) -> Misbehaviour | None:
        """The fault of these kinds that this request meets, if any."""
        return self.misbehaviours.take(request.url.path, *kinds)
