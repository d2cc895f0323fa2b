"""dagster_dbt imported without dbt.

dagster_dbt 0.29 imports `dbt.version` where it finds it, and works without it, as it has to for dbt Fusion.
Dagster's process runs no dbt (see worker.py), and importing it costs 2.7 s CPU, a tenth of a day's run.
"""

import sys
from typing import Any


def import_dagster_dbt_without_dbt() -> None:
    """Import dagster_dbt; whether or not dbt is imported afterwards makes no difference to it."""
    modules: dict[str, Any] = sys.modules
    if "dbt.version" in modules:
        return
    modules["dbt.version"] = None  # makes an import of it fail
    try:
        import dagster_dbt  # noqa: F401
    finally:
        del modules["dbt.version"]
