"""The layout is the architecture: which package may import which, read from the import statements."""

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "dagster_project"
# The order in which data passes, then what runs it: each imports only itself and what comes before it.
CHAIN = ("settings", "sources", "landing", "raw", "publishing", "reports", "checks", "defs", "commands")
# Packages outside the chain, and what each may import of it.
ASIDE: dict[str, set[str]] = {
    "statistics": set(),
    "alerting": set(),
    "simulator": set(),
    "demo": set(),
    "scaffold": set(),
    "runtime": {"settings", "sources", "landing", "raw"},
    "spark": {"settings", "sources", "landing", "raw", "publishing", "runtime"},
}
DAGSTER, HTTP = {"dagster", "dagster_dbt"}, {"requests", "urllib3"}
# Third-party packages that a package must not import, even inside a function.
FORBIDDEN = {
    "sources": DAGSTER,
    "landing": DAGSTER | HTTP,
    "raw": DAGSTER | HTTP,
    "publishing": DAGSTER | HTTP,
    "checks": DAGSTER | HTTP,
    "statistics": DAGSTER | HTTP | {"duckdb"},
    "reports": DAGSTER | HTTP,
    "alerting": DAGSTER,
    "simulator": DAGSTER,
    "spark": DAGSTER | HTTP,
    "defs": HTTP,
}


def imports(package: str) -> Iterator[tuple[str, str]]:
    """File and full name of every import in the package, at the top of a module or inside a function."""
    for file in sorted((PACKAGE / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((str(file.relative_to(ROOT)), name) for name in names)


def own_imports(package: str) -> set[tuple[str, str]]:
    """File and imported package of this project."""
    return {
        (file, name.split(".")[1]) for file, name in imports(package) if name.startswith("dagster_project.")
    }


@pytest.mark.parametrize("package", CHAIN[1:])
def test_no_package_imports_one_further_down_the_chain(package: str) -> None:
    found = own_imports(package)
    assert found
    later = CHAIN[CHAIN.index(package) + 1 :]
    assert {(file, name) for file, name in found if name in later} == set()


@pytest.mark.parametrize("package", ASIDE)
def test_a_package_aside_imports_only_what_it_may(package: str) -> None:
    allowed = {package, *ASIDE[package]}
    assert {(file, name) for file, name in own_imports(package) if name not in allowed} == set()


@pytest.mark.parametrize("package", FORBIDDEN)
def test_vendor_code_knows_no_dagster_and_dagster_code_no_http(package: str) -> None:
    found = {(file, name.split(".")[0]) for file, name in imports(package)}
    assert found
    assert {(file, name) for file, name in found if name in FORBIDDEN[package]} == set()


def test_every_package_is_in_the_architecture() -> None:
    packages = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()}
    assert packages == {*CHAIN[1:], *ASIDE}
    modules = {file.name for file in PACKAGE.glob("*.py")}
    assert modules == {"__init__.py", "definitions.py", "settings.py"}, "nothing else is loose"


def test_only_a_vendors_own_folders_name_it() -> None:
    """`sources/core` and everything after the sources know the declaration of a source, not a source."""
    vendors = {client.parent.name for client in (PACKAGE / "sources").glob("*/client.py")}
    assert vendors
    packages = [folder.name for folder in PACKAGE.iterdir() if folder.is_dir()]
    found = {
        (file, name)
        for package in packages
        for file, name in imports(package)
        if not vendors & set(file.split("/")) and vendors & set(name.split("."))
    }
    assert found == set()
