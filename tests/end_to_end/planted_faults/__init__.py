"""One fault per check: each module of this package has the `FAULTS` of a kind of checks."""

from importlib import import_module
from pkgutil import iter_modules

from tests.end_to_end.fault import Fault


def faults() -> tuple[Fault, ...]:
    """The faults of all modules."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return tuple(fault for module in modules for fault in module.FAULTS)


FAULTS = faults()
