"""Seeds as Spark's tables, read by DuckDB: dbt-spark takes the text `null` for none, and does not escape."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dagster_project.raw.sql import literal, quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = "staging"


@dataclass(frozen=True)
class Seed:
    """A CSV file of the project; `types` are DuckDB's, by column."""

    name: str
    file: Path
    types: Mapping[str, str]


def load_seeds(session: "SparkSession", seeds: Iterable[Seed]) -> None:
    """Put every seed into a table of its name."""
    with duckdb.connect() as connection:
        for seed in seeds:
            columns = ", ".join(f"{quoted(name)} {type_}" for name, type_ in seed.types.items())
            connection.execute(f"create or replace table seed ({columns})")
            connection.execute(f"copy seed from {literal(str(seed.file))} (format csv, header true)")
            rows = session.createDataFrame(connection.sql("from seed").to_arrow_table())
            rows.write.mode("overwrite").saveAsTable(f"{SCHEMA}.{seed.name}")
