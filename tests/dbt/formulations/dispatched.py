"""The names that macros dispatch by engine, read from the macro files, and who formulates them."""

import re
from pathlib import Path

MACROS = Path(__file__).parents[3] / "dbt" / "macros"
DUCKDB, SPARK = MACROS / "engine" / "duckdb", MACROS / "engine" / "spark"


def _found(pattern: str, folder: Path) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.sql"))]
    return sorted(name for text in texts for name in re.findall(pattern, text))


def dispatched_names() -> list[str]:
    return _found(r"adapter\.dispatch\('(\w+)'", MACROS)


def formulated_names(prefix: str, folder: Path = MACROS) -> list[str]:
    """Names with a macro `<prefix>__<name>`, as often as there is one."""
    return _found(rf"{{% macro {prefix}__(\w+)\(", folder)


def formulations(name: str) -> list[str]:
    """Prefixes of the macros that formulate a name, the textbook first."""
    return ["default", *(["duckdb"] if name in formulated_names("duckdb") else [])]
