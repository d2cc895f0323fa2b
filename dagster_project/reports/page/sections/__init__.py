"""A module per section, found by itself: `ORDER`, the `MARTS` it reads, and `section(reader)`.

A section for a new mart is a new file here; a file published before that mart existed leaves it out.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from dagster_project.reports.page.elements import Section
from dagster_project.reports.page.reader import Reader


def read_sections(reader: Reader) -> Iterator[Section]:
    """Every section whose marts are in the file, in their declared order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    for module in sorted(modules, key=lambda module: (module.ORDER, module.__name__)):
        if all(reader.has(mart) for mart in module.MARTS):
            yield module.section(reader)
