"""What must not be published is refused, and the warehouse and the last state stay as they were."""

from itertools import count
from pathlib import Path

import duckdb
import pytest

from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import publish

MARTS = ("fct_events", "rpt_total")


@pytest.mark.parametrize(
    "value",
    [
        "'jane@example.com'::enum ('jane@example.com', 'other')",
        "{'contact': 'jane@example.com'}",
        "map {'jane@example.com': 1}",
        """'{"contact": "jane@example.com"}'::json""",
        "[{'contact': 'jane%40example.com'}]",
        "'jane%2540example.com'",
        "'jüri&#64;näide.ee'",
        "'\"jane doe\"@example.com'",
        "'jane＠example.com'",
    ],
    ids=[
        "enum",
        "struct",
        "map",
        "json",
        "list of structs",
        "encoded twice",
        "entity",
        "quoted",
        "full-width",
    ],
)
def test_an_address_is_found_in_a_column_of_any_type(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, value: str
) -> None:
    small_warehouse.execute(f"create or replace table marts.rpt_total as select 1 as n, {value} as note")
    with pytest.raises(PublishingRefused, match=r"marts\.rpt_total\.note holds an e-mail address"):
        publish(small_warehouse, tmp_path / "published", MARTS)
    assert list((tmp_path / "published").glob("milepost*")) == []


def test_a_copy_with_other_rows_than_the_mart_is_refused(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """A mart that gives other rows at every reading."""
    readings = count(1)
    small_warehouse.create_function("reading", lambda: next(readings), [], "BIGINT", side_effects=True)
    small_warehouse.execute("drop table marts.rpt_total")
    small_warehouse.execute("create view marts.rpt_total as select 1 as n from range(1) where reading() = 1")
    with pytest.raises(PublishingRefused, match=r"marts\.rpt_total has 0 rows and its copy 1"):
        publish(small_warehouse, tmp_path / "published", MARTS)


def test_a_mart_that_cannot_be_read_leaves_the_warehouse_usable(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    small_warehouse.execute("create view marts.rpt_broken as select error('broken')::integer as n")
    with pytest.raises(duckdb.Error, match="broken"):
        publish(small_warehouse, tmp_path / "published", [*MARTS, "rpt_broken"])
    publication = publish(small_warehouse, tmp_path / "published", MARTS)
    assert publication.rows == {"fct_events": 1000, "rpt_total": 1}
    assert sorted(path.name for path in publication.path.parent.iterdir() if path.is_file()) == [
        "milepost.duckdb"
    ]


def test_the_parquet_files_of_a_killed_run_are_swept(
    small_warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    left_over = tmp_path / "published" / ".parquet-0123456789ab"
    left_over.mkdir(parents=True)
    (left_over / "fct_events.parquet").write_bytes(b"half")
    publish(small_warehouse, tmp_path / "published", MARTS)
    assert not left_over.exists()
