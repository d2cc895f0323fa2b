"""The small warehouse: a DuckDB file next to Spark's tables, with ledgers, all that is counted, and views.

What Spark builds lies in Parquet folders, and is seen here through views; so everything after Spark
(statistics, checks, publishing) runs as it does over a warehouse that DuckDB built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.spark.session import SparkConfiguration, SparkError


@dataclass(frozen=True)
class SparkSettings(Settings):
    """Those of an installation on Spark: landing zone, secret and published file are as without it."""

    spark_home: Path = Path()
    # A table with more rows stays where Spark wrote it, and is read through a view.
    copied_rows: int = 1_000_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SparkSettings":
        """Raises SparkError when the Spark home is an address: tasks write files there."""
        settings = Settings.from_environment(environment)
        home = SparkConfiguration.from_environment(environment).home
        if "://" in home:
            raise SparkError(
                f"MILEPOST_SPARK_HOME is {home}, and must be a folder that every worker sees under the same "
                "path: mount the bucket."
            )
        given = {each.name: getattr(settings, each.name) for each in fields(settings)}
        rows = environment.get("MILEPOST_SPARK_COPIED_ROWS") or str(cls.copied_rows)
        if not rows.isdecimal():
            raise SparkError(f"MILEPOST_SPARK_COPIED_ROWS is {rows!r}; it must be a whole number.")
        return cls(**given, spark_home=Path(home).absolute(), copied_rows=int(rows))

    @property
    def warehouse(self) -> Path:
        return self.spark_home / "warehouse.duckdb"
