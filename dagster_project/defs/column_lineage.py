"""Tracing columns through the models' SQL, for Dagster's catalogue."""

import logging
from collections.abc import Mapping


def with_column_lineage(environment: Mapping[str, str]) -> bool:
    """Whether to trace columns through the SQL: about 0.3 s per model, which demo and tests save."""
    return environment.get("MILEPOST_COLUMN_LINEAGE", "on").strip().lower() not in ("off", "0", "false", "no")


class PythonModelsHaveNoSql(logging.Filter):
    """Drops dagster-dbt's complaint, a stack trace each, that a Python model cannot be parsed as SQL."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return not ("column lineage metadata" in message and ".py`" in message)
