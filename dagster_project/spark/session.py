"""The Spark session in which everything runs: loading, dbt and what is read back.

Spark keeps its catalogue in memory, so that no metastore has to be run: a table is a folder of Parquet files,
and a session finds the raw tables of earlier ones by `register_raw_tables`.
"""

import importlib.util
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dagster_project.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# As DuckDB's; a database is a folder of the Spark home.
SCHEMAS = ("raw", "pii", "staging", "intermediate", "marts")
# What SQL means must not depend on an installation: these cannot be set otherwise.
MEANING = {
    # A cast or an addition that fails is an error, not a null.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # `timestamp` is UTC without a zone, as on DuckDB, also in the files.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # A backslash in a text means the same in every statement.
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",
    "spark.sql.sources.default": "parquet",
    "spark.sql.parquet.compression.codec": "zstd",
}
# What serves most, and may be set otherwise.
USUAL = {
    # Alternatives within a repetition of a regular expression are followed on the stack.
    "spark.driver.extraJavaOptions": "-Xss16m",
    "spark.executor.extraJavaOptions": "-Xss16m",
    "spark.ui.enabled": "false",
    # It would be drawn through the display of `milepost spark-refresh`.
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "true",
}


class SparkError(RuntimeError):
    """Spark cannot be used here. The message is one sentence for a person."""


@dataclass(frozen=True)
class SparkConfiguration:
    """Where Spark runs, with what, and where its tables lie: a folder that every worker sees.

    `settings` are Spark's own, by name, and come before what `master` and the others say.
    """

    home: str
    master: str = "local[*]"
    driver_memory: str = "2g"
    executor_memory: str = ""
    executor_cores: int = 0
    executors: int = 0
    shuffle_partitions: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SparkConfiguration":
        """Read `MILEPOST_SPARK_HOME` (default `spark` in the home), `MILEPOST_SPARK_MASTER` and the like."""
        home = environment.get("MILEPOST_SPARK_HOME") or os.fspath(
            Settings.from_environment(environment).home / "spark"
        )
        return cls(
            home=home,
            master=environment.get("MILEPOST_SPARK_MASTER") or cls.master,
            driver_memory=environment.get("MILEPOST_SPARK_DRIVER_MEMORY") or cls.driver_memory,
            executor_memory=environment.get("MILEPOST_SPARK_EXECUTOR_MEMORY", ""),
            executor_cores=_number(environment, "MILEPOST_SPARK_EXECUTOR_CORES"),
            executors=_number(environment, "MILEPOST_SPARK_EXECUTORS"),
            shuffle_partitions=_number(environment, "MILEPOST_SPARK_SHUFFLE_PARTITIONS"),
        )

    def folder(self, schema: str) -> str:
        """Where the tables of a schema lie, each in a folder of its name."""
        return f"{self.home.rstrip('/')}/{schema}"

    def as_settings(self) -> dict[str, str]:
        """Spark's settings by name."""
        given = {
            "spark.master": self.master,
            "spark.driver.memory": self.driver_memory,
            "spark.executor.memory": self.executor_memory,
            "spark.executor.cores": self.executor_cores,
            "spark.executor.instances": self.executors,
            "spark.sql.shuffle.partitions": self.shuffle_partitions,
            "spark.sql.warehouse.dir": self.home,
        }
        chosen = {name: str(value) for name, value in given.items() if value}
        return {**USUAL, **chosen, **self.settings, **MEANING}


def start_session(configuration: SparkConfiguration) -> "SparkSession":
    """The running session, whose databases stay in its own home, or a new one with those of the project.

    Raises SparkError when pyspark or a Java runtime is missing.
    """
    refuse_missing_parts()
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("milepost")
    for name, value in configuration.as_settings().items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # What fails is raised; the plan of a statement that fails is thousands of lines.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    for schema in SCHEMAS:
        session.sql(f"create database if not exists {schema} location '{configuration.folder(schema)}'")
    return session


def refuse_missing_parts() -> None:
    """Raise SparkError when pyspark or a Java runtime is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise SparkError(
            "Spark is not installed: run `.venv/bin/pip install -c constraints.txt -e '.[spark]'` in "
            "Milepost's folder."
        )
    if not _java():
        raise SparkError(
            "Spark needs a Java runtime of version 17 or later, and there is none here: install one, such as "
            "the package openjdk-17-jre-headless, or set JAVA_HOME."
        )


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")


def _number(environment: Mapping[str, str], variable: str) -> int:
    text = environment.get(variable, "")
    if text and not (text.isdecimal() and int(text) > 0):
        raise SparkError(f"{variable} is {text!r}; it must be a whole number above 0.")
    return int(text or 0)
