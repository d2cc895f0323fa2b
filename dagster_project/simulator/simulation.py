"""State that the vendors' endpoints share: the world, the clock, options, faults and counts."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from starlette.requests import Request

from dagster_project.simulator.clock import Clock, start_of_service
from dagster_project.simulator.database import Database
from dagster_project.simulator.fault_injection import Fault, Faults
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.options import Options

if TYPE_CHECKING:
    from dagster_project.simulator.world import World

Account = TypeVar("Account")


class Simulation:
    """One world as every vendor's account, with new secrets in each simulation."""

    def __init__(self, world: "World", now: datetime | None = None, options: Options | None = None) -> None:
        self.config = world.config
        self.database = Database(world.tables)
        self.clock = Clock(now or start_of_service(world.config.end_date))
        self.options = options or Options()
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.records_served = 0
        self.server_errors = SlidingWindow(seconds=3_600)
        self._accounts: dict[type, Any] = {}

    def account(self, kind: type[Account]) -> Account:
        """A vendor's state of its account in this simulation: secrets and counts."""
        if kind not in self._accounts:
            self._accounts[kind] = kind()
        return cast("Account", self._accounts[kind])

    def take_fault(self, request: Request, *kinds: str) -> Fault | None:
        """The fault of these kinds to inject in this request, if any."""
        return self.faults.take(request.url.path, *kinds)
