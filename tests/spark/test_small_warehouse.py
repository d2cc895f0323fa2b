"""Where Spark runs and what of its tables is copied, without a session."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from dagster_project.commands.spark_refresh import command
from dagster_project.spark.session import MEANING, USUAL, SparkConfiguration, SparkError
from dagster_project.spark.small_tables import Built, large_marts, take_in
from dagster_project.spark.small_warehouse import SparkSettings


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MILEPOST_SPARK_HOME": "s3a://bucket/milepost"}, "must be a folder that every worker sees"),
        ({"MILEPOST_SPARK_COPIED_ROWS": "many"}, "MILEPOST_SPARK_COPIED_ROWS is 'many'"),
        ({"MILEPOST_SPARK_COPIED_ROWS": "-1"}, "must be a whole number"),
        ({"MILEPOST_SPARK_EXECUTORS": "0"}, "must be a whole number above 0"),
        ({"MILEPOST_SPARK_EXECUTOR_CORES": "two"}, "MILEPOST_SPARK_EXECUTOR_CORES is 'two'"),
        ({"MILEPOST_SPARK_SHUFFLE_PARTITIONS": "1.5"}, "MILEPOST_SPARK_SHUFFLE_PARTITIONS is '1.5'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(environment: Mapping[str, str], sentence: str) -> None:
    def read() -> None:
        SparkSettings.from_environment(environment)
        SparkConfiguration.from_environment(environment)

    with pytest.raises(SparkError, match=sentence):
        read()


def test_what_is_not_set_is_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = SparkSettings.from_environment({"MILEPOST_HOME": "here", "MILEPOST_SPARK_COPIED_ROWS": ""})
    assert settings.warehouse == tmp_path / "here" / "spark" / "warehouse.duckdb"
    assert settings.copied_rows == 1_000_000
    assert settings.landing == SparkSettings.from_environment({"MILEPOST_HOME": "here"}).landing
    relative = SparkSettings.from_environment({"MILEPOST_SPARK_HOME": "there"})
    assert relative.spark_home == tmp_path / "there"
    elsewhere = {"MILEPOST_SPARK_HOME": "/spark/", "MILEPOST_SPARK_COPIED_ROWS": "0"}
    assert SparkSettings.from_environment(elsewhere).copied_rows == 0
    configuration = SparkConfiguration.from_environment(elsewhere)
    assert (configuration.master, configuration.folder("raw")) == ("local[*]", "/spark/raw")


def test_what_sql_means_cannot_be_set() -> None:
    ansi, interface = "spark.sql.ansi.enabled", "spark.ui.enabled"
    given = SparkConfiguration(
        "/spark",
        master="yarn",
        executors=3,
        settings={ansi: "false", interface: "true", "spark.master": "local[1]", "spark.x": "y"},
    ).as_settings()
    assert given.items() >= MEANING.items()
    assert (given[ansi], given[interface], given["spark.x"]) == ("true", "true", "y")
    assert given["spark.master"] == "local[1]"
    assert given["spark.executor.instances"] == "3"
    assert given["spark.sql.warehouse.dir"] == "/spark"
    # Spark's own default, where nothing is said.
    assert (
        not {"spark.executor.memory", "spark.executor.cores", "spark.sql.shuffle.partitions"} & given.keys()
    )
    assert SparkConfiguration("/spark").as_settings().items() >= USUAL.items()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create schema marts; create schema intermediate")
        yield opened


def spark_wrote(home: Path, schema: str, name: str, *persons: int) -> None:
    """A table of two files, of which the second has one row, or none."""
    folder = home / schema / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate((persons[:-1], persons[-1:])):
        rows = " union all ".join(f"select {person} as person_key, 'shop' as source" for person in part)
        query = rows or "select 0 as person_key, '' as source where false"
        duckdb.execute(f"copy ({query}) to '{folder}/part-{number}.parquet' (format parquet)")


def built(name: str, schema: str = "marts", has_contract: bool = True) -> Built:
    columns = {"person_key": ("integer", "Who."), "source": ("marts.event_source", "")}
    return Built(schema, name, "A table.", columns, has_contract)


def test_tables_up_to_a_number_of_rows_are_copied(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spark_wrote(tmp_path, "marts", "at_limit", 1, 2)
    spark_wrote(tmp_path, "marts", "above", 1, 2, 3)
    spark_wrote(tmp_path, "marts", "empty")
    spark_wrote(tmp_path, "intermediate", "at_limit", 1, 2, 3)
    tables = [built("at_limit"), built("above"), built("empty"), built("at_limit", "intermediate", False)]
    take_in(connection, tmp_path, tables, 2)
    kinds = "select table_name, table_type from information_schema.tables order by table_name, table_schema"
    copied, seen = "BASE TABLE", "VIEW"
    assert connection.execute(kinds).fetchall() == [
        ("above", seen), ("at_limit", seen), ("at_limit", copied), ("empty", copied),
    ]  # fmt: skip
    # An enum is text on Spark, and a key is wider; publishing reads marts only.
    [large] = large_marts(connection, tmp_path)
    assert (large.name, large.folder) == ("above", tmp_path / "marts" / "above")
    assert large.columns == {"person_key": "BIGINT", "source": "VARCHAR"}
    described = (
        "select comment from duckdb_columns() where column_name = 'person_key' and comment is not null"
    )
    assert connection.execute(described).fetchall() == [("Who.",)] * 4
    # The next build has other rows: what was copied is seen, and the other way round.
    spark_wrote(tmp_path, "marts", "at_limit", 1, 2, 3)
    spark_wrote(tmp_path, "marts", "above", 1, 2)
    take_in(connection, tmp_path, tables, 2)
    assert connection.execute(kinds).fetchall()[::2] == [("above", copied), ("at_limit", seen)]
    assert connection.execute("select sum(person_key) from marts.at_limit").fetchall() == [(6,)]


@pytest.mark.parametrize(("master", "expected"), [("yarn", "yarn"), ("", "local[*]")])
def test_a_machine_without_spark_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: str, expected: str
) -> None:
    """Without pyspark, or with it and without a Java runtime."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("MILEPOST_SPARK_MASTER", master)
    found = CliRunner().invoke(command)
    assert found.exit_code == 1
    assert "Error: Spark " in found.output
    assert os.environ["MILEPOST_SPARK_MASTER"] == expected
