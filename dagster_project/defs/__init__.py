"""Definitions for Dagster, all of which `definitions.py` loads.

dagster_dbt imports dbt where it finds it, and works without, as it has to beside dbt Fusion. This process
runs no dbt (see runtime/worker.py) and would spend a tenth of a day's run on importing it.
"""

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
if "dbt.version" not in _modules:
    _modules["dbt.version"] = None  # what makes an import of it fail
    try:
        import dagster_dbt  # noqa: F401
    finally:
        del _modules["dbt.version"]
