"""One Spark session for the run, and one world that both engines build."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_project.spark.build import SparkProject, parse_project
from dagster_project.spark.session import (
    USUAL,
    SparkConfiguration,
    SparkError,
    refuse_missing_parts,
    start_session,
)
from tests.spark.both import Both

# Tables of a few rows: to compile a plan, to adapt it, or to split it would take longer than to run it. So
# would Java's second compiler: `test_values.py` takes 25 CPU seconds of Java without it, 47 with it. With the
# first one alone Java keeps 48 MB for compiled code, which the whole run fills; then statements fail.
SMALL = {
    "spark.driver.extraJavaOptions": (
        f"{USUAL['spark.driver.extraJavaOptions']} -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    ),
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="session")
def spark_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="session")
def session(spark_home: Path) -> Iterator[Any]:
    try:
        refuse_missing_parts()
    except SparkError as error:
        pytest.skip(str(error))
    session = start_session(
        SparkConfiguration(
            str(spark_home), master="local[2]", driver_memory="2g", shuffle_partitions=1, settings=SMALL
        )
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def project(session: Any, tmp_path_factory: pytest.TempPathFactory) -> SparkProject:
    """The project as dbt reads it for Spark, for which there must be a session."""
    assert session
    return parse_project(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="session")
def both(
    session: Any, project: SparkProject, spark_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Both:
    """The world as DuckDB and as Spark build it, of the same raw tables."""
    return Both.built(session, tmp_path_factory.mktemp("both"), spark_home, project)
