"""The step that asks every question over one connection."""

import os
from collections.abc import Iterator

import dagster as dg
import duckdb

from dagster_project.checks.catalogue import QUESTIONS
from dagster_project.checks.check import Answer, Morning, Question
from dagster_project.checks.scans import scan
from dagster_project.defs.failures import explained
from dagster_project.defs.ingestion import unconfigured_sources
from dagster_project.defs.resources import WRITER_POOL, Warehouse, settings
from dagster_project.sources.registry import SOURCES


def check_specs() -> list[dg.AssetCheckSpec]:
    """The checks of this step; those that can be an ERROR block publishing."""
    return [question.spec for question in QUESTIONS]


def ask_all(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Question, Answer]]:
    """Every question with its answer, of the sources that the environment configures."""
    left_out = {source.name for source in unconfigured_sources(os.environ)}
    scan(connection, {source.name for source in SOURCES} - left_out)
    morning = Morning(connection, settings().now())
    for question in QUESTIONS:
        yield question, question.ask(morning)


@dg.definitions
def validation() -> dg.Definitions:
    @dg.multi_asset_check(specs=check_specs(), pool=WRITER_POOL)
    def morning_questions(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult]:
        with explained(context), warehouse.opened() as connection:
            for question, answer in ask_all(connection):
                yield question.result(answer)

    return dg.Definitions(asset_checks=[morning_questions])
