"""State that the vendors' endpoints share: the world, the clock, options, faults and counts."""

import secrets
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request

from dagster_project.simulator.clock import Clock, start_of_service
from dagster_project.simulator.database import Database
from dagster_project.simulator.fault_injection import Fault, Faults
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.options import Options

if TYPE_CHECKING:
    from dagster_project.simulator.world import World

PROPERTY_ID: Final = "123456"
SUBDOMAIN: Final = "simulator"
USERNAME: Final = "milepost"


class Simulation:
    """One world as three vendors' accounts, with new secrets in every process."""

    def __init__(self, world: "World", now: datetime | None = None, options: Options | None = None) -> None:
        self.config = world.config
        self.database = Database(world.tables)
        self.clock = Clock(now or start_of_service(world.config.end_date))
        self.options = options or Options()
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.records_served = 0
        self.server_errors = SlidingWindow(seconds=3_600)
        self.bitly_hourly = SlidingWindow(seconds=3_600)
        self._bitly_months: Counter[str] = Counter()
        self.smaily_password = secrets.token_urlsafe(16)
        self.bitly_token = secrets.token_hex(20)
        self.service_account_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def take_fault(self, request: Request, *kinds: str) -> Fault | None:
        """The fault of these kinds to inject in this request, if any."""
        return self.faults.take(request.url.path, *kinds)

    def count_bitly_request(self) -> None:
        self._bitly_months[self.clock.running.strftime("%Y-%m")] += 1

    def bitly_month(self) -> int:
        """Requests to Bitly in the current calendar month."""
        return self._bitly_months[self.clock.running.strftime("%Y-%m")]
