"""The chain of CONTRIBUTING.md: no package imports one further down, nor what it must not know."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.examples import ROOT

PACKAGE = "dagster_project"
# In the order of the data; what stands at the same step does not import each other.
CHAIN = (
    ("sources",),
    ("landing",),
    ("raw",),
    ("checks", "publishing", "reports"),
    ("defs",),
    ("demo",),
    ("commands",),
)
# Libraries, or packages beside the chain, that a package must not know.
UNKNOWN_TO = {
    "sources": ("dagster", "duckdb", f"{PACKAGE}.runtime"),
    "landing": ("dagster", "duckdb", "requests", f"{PACKAGE}.runtime"),
    "raw": ("dagster", "requests", f"{PACKAGE}.runtime"),
    "statistics": ("dagster", "duckdb", "requests"),
    "checks": ("dagster", "requests"),
    "publishing": ("dagster", "requests"),
    "reports": ("dagster", "requests", f"{PACKAGE}.raw"),
    "defs": ("requests", f"{PACKAGE}.simulator"),
    "simulator": ("dagster",),
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def forbidden(package: str) -> tuple[str, ...]:
    step = next((n for n, packages in enumerate(CHAIN) if package in packages), len(CHAIN))
    later = [name for packages in CHAIN[step:] for name in packages if name != package]
    return (*UNKNOWN_TO.get(package, ()), *(f"{PACKAGE}.{name}" for name in later))


def is_in(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


@pytest.mark.parametrize("package", sorted({*UNKNOWN_TO, *(name for step in CHAIN for name in step)}))
def test_a_package_imports_nothing_further_down(package: str) -> None:
    files = list((ROOT / PACKAGE / package).rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imports(path)
        for name in forbidden(package)
        if is_in(module, name)
    ]
    assert found == []


def test_nothing_shared_names_a_vendor() -> None:
    """`sources/core` and everything below the sources know the declaration of a source, not a source."""
    sources = ROOT / PACKAGE / "sources"
    vendors = {path.parent.name for path in sources.glob("*/client.py")}
    assert len(vendors) > 2
    outside = [path for path in (ROOT / PACKAGE).rglob("*.py") if path.parent.name not in vendors]
    found = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in outside
        for module in imports(path)
        if any(is_in(module, f"{PACKAGE}.sources.{vendor}") for vendor in vendors)
    ]
    assert found == []
