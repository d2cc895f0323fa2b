"""What is compared: each module of this package has `FIGURES`, functions from a connection to outcomes.

The connection is that of `comparison.compared`: `warehouse`, `world` and `truth` are schemas or databases.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.truth_worlds.outcome import Compare


def figures() -> list[Compare]:
    """The figures of all modules."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return [figure for module in modules for figure in module.FIGURES]
