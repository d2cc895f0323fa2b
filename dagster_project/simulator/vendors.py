"""The vendors that the simulator is: each package beside this file that has a `VENDOR`, found by itself."""

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
    from dagster_project.simulator.fault_injection import Misbehaviour
    from dagster_project.simulator.simulation import Simulation


@dataclass(frozen=True)
class Vendor:
    """One vendor's API.

    It is served below `prefix` by `routes(simulation)`. `fault(misbehaviour, simulation)` is the vendor's own
    answer for a fault, None where it has none. `environment(simulation, base_url, folder)` are the variables
    of an installation that reads it at `base_url`, `files(simulation, base_url)` what must be in `folder` for
    them, by name. `options` is a dataclass of what can be chosen (see `options.py`).
    """

    prefix: str
    routes: Callable[["Simulation"], Sequence[Route]]
    fault: Callable[["Misbehaviour", "Simulation"], Response | None]
    environment: Callable[["Simulation", str, Path | None], Mapping[str, str]]
    options: type
    files: Callable[["Simulation", str], Mapping[str, str]] = lambda *_: {}


@cache
def vendors() -> tuple[Vendor, ...]:
    """All vendors, by the names of their packages."""
    folder = Path(__file__).parent
    packages = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg)
    modules = [importlib.import_module(f"{__package__}.{name}") for name in packages]
    return tuple(module.VENDOR for module in modules if hasattr(module, "VENDOR"))
