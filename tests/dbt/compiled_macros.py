"""The SQL that the project's macros give, rendered by dbt itself."""

from collections.abc import Mapping
from pathlib import Path

from tests.dbt.harness import Warehouse

SEPARATOR = "\n-- next macro\n"


def compile_macros(home: Path, calls: Mapping[str, str]) -> dict[str, str]:
    """Each call, such as `sessionize('acts')`, as DuckDB's SQL by its name; one run of dbt for all.

    Raises AssertionError with dbt's message when one does not compile.
    """
    inline = SEPARATOR.join("{{ " + call + " }}" for call in calls.values())
    outcome = Warehouse(home).dbt("compile", "--inline", inline)
    assert outcome.success, outcome.exception
    [compiled] = [result.node.compiled_code for result in outcome.result.results]  # type: ignore[union-attr]
    return dict(zip(calls, compiled.split(SEPARATOR), strict=True))
