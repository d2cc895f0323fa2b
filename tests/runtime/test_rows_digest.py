"""What makes the raw rows others than those of the last build."""

import duckdb
import pytest

from dagster_project.raw.schema import create_raw_tables
from dagster_project.runtime.build_scope import rows_digest


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ("update raw._loads set content_sha256 = 'other' where partition = 'a.csv'", True),
        # a later file hides rows of one that did not change itself
        ("update raw._loads set repeats = 7 where partition = 'a.csv'", True),
        # a record that is quarantined now and was not before
        ("update raw._loads set loaded = 9, quarantined = 1 where partition = 'a.csv'", True),
        ("delete from raw._loads where partition = 'a.csv'", True),
        ("update raw._loads set stream = 'other' where partition = 'a.csv'", True),
        ("update raw._loads set loaded_at = now(), entry_sha256 = 'other'", False),
    ],
)
def test_other_rows_have_another_digest(change: str, differs: bool) -> None:
    with duckdb.connect() as connection:
        create_raw_tables(connection, [])
        for partition in ("a.csv", "b.csv"):
            connection.execute(
                "insert into raw._loads by name select 'files' as source, 'shop' as stream,"
                " $partition as partition, 'x' as content_sha256, 10 as loaded, 0 as quarantined",
                {"partition": partition},
            )
        before = rows_digest(connection)
        connection.execute(change)
        assert (rows_digest(connection) != before) is differs
