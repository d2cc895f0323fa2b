"""Every check there is, discovered: `CHECKS` of each module of each package of this folder, its kind."""

import pkgutil
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from types import ModuleType

import duckdb

from dagster_project import checks
from dagster_project.checks.check import Check, CheckContext, CheckOutcome
from dagster_project.checks.scans import scan


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(module.name)


def _discovered() -> Iterator[tuple[str, tuple[Check, ...]]]:
    for package in _modules(checks):
        if hasattr(package, "__path__"):
            kind = package.__name__.rpartition(".")[2].replace("_", " ")
            yield kind, tuple(check for module in _modules(package) for check in module.CHECKS)


CHECKS_BY_KIND: Mapping[str, tuple[Check, ...]] = dict(_discovered())
KINDS: Mapping[str, str] = {check.name: kind for kind, of_kind in CHECKS_BY_KIND.items() for check in of_kind}
CHECKS = tuple(check for of_kind in CHECKS_BY_KIND.values() for check in of_kind)


def run_checks(
    connection: duckdb.DuckDBPyConnection, now: datetime, configured: Collection[str]
) -> Iterator[tuple[Check, CheckOutcome]]:
    """Every check with its outcome; `configured` names the accounts that are pulled daily."""
    scan(connection, configured)
    context = CheckContext(connection, now)
    for check in CHECKS:
        yield check, check.evaluate(context)
