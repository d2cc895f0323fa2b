"""Routes of the vendor."""

from starlette.responses import Response
from starlette.routing import Route

from dagster_project.simulator.misbehaviour import Misbehaviour
from dagster_project.simulator.simulation import Simulation


def routes(simulation: Simulation) -> list[Route]:
    return []


def fault(misbehaviour: Misbehaviour) -> Response | None:
    return None
