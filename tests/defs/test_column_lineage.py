"""Python models have no SQL to trace, and say nothing about it."""

import logging

import dagster as dg
import pytest

from dagster_project.definitions import definitions

COMPLAINT = "An error occurred while building column lineage metadata for the dbt resource `models/{}`."


def test_only_python_models_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    definitions()
    logger = dg.get_dagster_logger()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING):
            logger.warning(COMPLAINT.format("int_rate_intervals.py"))
            logger.warning(COMPLAINT.format("int_events.sql"))
    finally:
        logger.removeHandler(caplog.handler)
    assert {record.getMessage() for record in caplog.records} == {COMPLAINT.format("int_events.sql")}
