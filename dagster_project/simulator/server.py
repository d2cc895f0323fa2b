"""The simulator as one HTTP server: a path prefix per vendor, and control endpoints."""

import json
import socket
from datetime import datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import vendors
from dagster_project.simulator.wire import CONTROL, Wire


def make_app(simulation: Simulation) -> ASGIApp:
    """The application that serves a simulation."""
    mounts = [Mount(vendor.prefix, routes=vendor.routes(simulation)) for vendor in vendors()]
    mounts.append(Mount(CONTROL, routes=_controls(simulation)))
    faults = {vendor.prefix: vendor.fault for vendor in vendors()}
    return Wire(Starlette(routes=mounts), simulation, faults)


def open_socket(port: int) -> socket.socket:
    """A loopback socket; port 0 picks a free one. OSError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


def make_server(simulation: Simulation) -> uvicorn.Server:
    """A server to be run on a socket of `open_socket`, with its application already loaded."""
    config = uvicorn.Config(
        make_app(simulation),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
    )
    config.load()
    return uvicorn.Server(config)


def _controls(simulation: Simulation) -> list[Route]:
    async def state(_: Request) -> Response:
        return JSONResponse(
            {
                "now": simulation.clock.now.isoformat(),
                "requests": dict(simulation.requests),
                "records_served": simulation.records_served,
                "faults": simulation.faults.listed(),
                "options": simulation.options.listed(),
            }
        )

    async def set_clock(request: Request) -> Response:
        try:
            simulation.clock.set(datetime.fromisoformat((await _read(request))["now"]))
        except (KeyError, TypeError, ValueError):
            return _error('Send {"now": "2026-11-16T04:00:00Z"}.')
        return JSONResponse({"now": simulation.clock.now.isoformat()})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            simulation.faults.clear()
            return JSONResponse([])
        try:
            content = await _read(request)
            for values in content if isinstance(content, list) else [content]:
                simulation.faults.add(Fault.read(values))
        except (TypeError, ValueError) as error:
            return _error(str(error))
        return JSONResponse(simulation.faults.listed())

    async def options(request: Request) -> Response:
        try:
            simulation.options.change(await _read(request))
        except (AttributeError, TypeError, ValueError) as error:
            return _error(str(error))
        return JSONResponse(simulation.options.listed())

    return [
        Route("/state", state),
        Route("/clock", set_clock, methods=["POST"]),
        Route("/faults", faults, methods=["POST", "DELETE"]),
        Route("/options", options, methods=["POST"]),
    ]


async def _read(request: Request) -> Any:
    return json.loads(await request.body())


def _error(message: str) -> Response:
    return JSONResponse({"error": message}, 400)
