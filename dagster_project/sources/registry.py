"""All sources, discovered: every package in this folder that has a `SOURCE`."""

import importlib
import pkgutil
from pathlib import Path

from dagster_project.sources.core.stream import Source


def _discovered() -> tuple[Source, ...]:
    """In the order of their packages' names."""
    folder = Path(__file__).parent
    packages = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg)
    modules = [importlib.import_module(f"{__package__}.{name}") for name in packages]
    return tuple(module.SOURCE for module in modules if hasattr(module, "SOURCE"))


SOURCES: tuple[Source, ...] = _discovered()


def source(name: str) -> Source:
    """The source of that name; raises KeyError for an unknown one."""
    return {known.name: known for known in SOURCES}[name]
