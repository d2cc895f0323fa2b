"""The simulated vendors, discovered: every package in this folder that has a `VENDOR`."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from dagster_project.simulator.fault_injection import Fault
    from dagster_project.simulator.simulation import Simulation


@dataclass(frozen=True)
class Vendor:
    """One vendor's API.

    It is served below `prefix` by `routes(simulation)`. `fault(injected, simulation)` is the vendor's
    response for a fault, None where it has none. `environment(simulation, base_url, folder)` returns the
    variables of an installation that reads it at `base_url`, `files(simulation, base_url)` the files that
    these need in `folder`, by name or path in it. `options` is a dataclass of the vendor's options (see
    `options.py`).
    """

    prefix: str
    routes: Callable[["Simulation"], Sequence[Route]]
    fault: Callable[["Fault", "Simulation"], Response | None]
    environment: Callable[["Simulation", str, Path | None], Mapping[str, str]]
    options: type
    files: Callable[["Simulation", str], Mapping[str, str | bytes]] = lambda *_: {}


@cache
def vendors() -> tuple[Vendor, ...]:
    """All vendors, in the order of their packages' names."""
    folder = Path(__file__).parent
    packages = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg)
    modules = [importlib.import_module(f"{__package__}.{name}") for name in packages]
    return tuple(module.VENDOR for module in modules if hasattr(module, "VENDOR"))
