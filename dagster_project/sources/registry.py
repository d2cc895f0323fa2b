"""Every source there is: the packages beside this file that have a `SOURCE`, found by themselves."""

import importlib
import pkgutil
from pathlib import Path

from dagster_project.sources.core.stream import Source


def _discovered() -> tuple[Source, ...]:
    """By the names of their packages."""
    folder = Path(__file__).parent
    packages = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg)
    modules = [importlib.import_module(f"{__package__}.{name}") for name in packages]
    return tuple(module.SOURCE for module in modules if hasattr(module, "SOURCE"))


SOURCES: tuple[Source, ...] = _discovered()


def source(name: str) -> Source:
    """The source of that name; raises KeyError when there is none."""
    return {known.name: known for known in SOURCES}[name]
