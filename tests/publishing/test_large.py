"""Marts that are not copied into the published file: masked part by part, and read through its views."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.large import LargeMart
from dagster_project.publishing.publish import Large, publish
from dagster_project.raw.ledger_tables import create_ledgers
from dagster_project.raw.secret import write_keys
from tests.publishing.test_digests import KNOWN, encoded, hexadecimal
from tests.publishing.test_publish import read

MARTS = ("fct_events", "rpt_total")
# A digest in a longer text whosever it is, alone only a contact's; an order's id that looks like one.
URLS = (
    f"/?h={hexadecimal('md5', 'nobody@elsewhere.example')}",
    hexadecimal("sha256"),
    encoded("sha256"),
    hexadecimal("md5", "nobody@elsewhere.example"),
    "/plain",
)


class Lake:
    """A warehouse in which `fct_events` is a view over Parquet files of another engine."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection, self.files, self.published = connection, folder / "lake", folder / "published"
        self.files.mkdir()
        create_ledgers(connection)
        write_keys(connection, b"a secret of this test")
        connection.execute("insert into pii.contacts (email) values (?)", [KNOWN])
        self.write(0, "/first")
        connection.execute(
            f"create view marts.fct_events as select * from read_parquet('{self.files}/*.parquet')"
        )
        connection.execute("comment on view marts.fct_events is 'What is done.'")
        connection.execute("comment on column marts.fct_events.url is 'Page.'")
        connection.execute("create table marts.rpt_total as select 1 as n")

    def write(self, part: int, *urls: str) -> None:
        """A part of as many rows as `urls`."""
        rows = self.connection.execute(
            f"copy (select {part} * 100 + generate_subscripts($urls, 1) as event_id, unnest($urls) as url) "
            f"to '{self.files}/part-{part}.parquet'",
            {"urls": list(urls)},
        ).fetchall()
        assert rows == [(len(urls),)]

    def publish(self, type_: str = "integer") -> dict[str, int]:
        mart = LargeMart("fct_events", self.files, {"event_id": type_, "url": "varchar"})
        return dict(publish(self.connection, self.published, MARTS, Large([mart])).rows)

    @property
    def path(self) -> Path:
        return self.published / "milepost.duckdb"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        yield Lake(tmp_path, connection)


def test_a_reader_sees_every_mart_in_one_file(lake: Lake) -> None:
    lake.write(1, "/second", "/third")
    assert lake.publish() == {"fct_events": 3, "rpt_total": 1}
    assert read(lake.path, "select count(*), max(event_id) from marts.fct_events") == [(3, 102)]
    assert read(lake.path, "from marts.rpt_total") == [(1,)]
    assert read(lake.path, "select view_name, comment from duckdb_views() where not internal") == [
        ("fct_events", "What is done.")
    ]
    assert read(lake.path, "select column_name, comment from duckdb_columns() where comment is not null") == [
        ("url", "Page.")
    ]
    assert lake.path.stat().st_mode & 0o777 == next(
        file.stat().st_mode & 0o777 for file in (lake.published / "events" / "fct_events").iterdir()
    )


def test_parts_are_masked_as_a_copied_mart_is(lake: Lake, tmp_path: Path) -> None:
    lake.write(1, *URLS)
    lake.publish()
    found = read(lake.path, "select url from marts.fct_events order by event_id")
    copied = publish(lake.connection, tmp_path / "copied", MARTS)
    assert found == read(copied.path, "select url from marts.fct_events order by event_id")
    texts = [url for (url,) in found][1:]
    assert [str(text).count("<digest ") for text in texts] == [1, 1, 1, 0, 0]


def test_an_address_in_a_part_publishes_nothing(lake: Lake) -> None:
    lake.publish()
    lake.write(1, "/?to=jane@mail.example.com")
    with pytest.raises(PublishingRefused, match=r"marts\.fct_events\.url holds an e-mail address"):
        lake.publish()
    assert read(lake.path, "select count(*) from marts.fct_events") == [(1,)]
    assert not [path for path in lake.published.iterdir() if path.name.startswith(".milepost")]


def test_a_reader_of_the_last_file_keeps_its_events(lake: Lake) -> None:
    lake.publish()
    with duckdb.connect(str(lake.path), read_only=True) as reader:
        lake.write(1, "/second")
        lake.publish()
        assert reader.execute("select count(*) from marts.fct_events").fetchall() == [(1,)]
    assert read(lake.path, "select count(*) from marts.fct_events") == [(2,)]
    lake.publish()
    generations = [path.name for path in lake.published.glob("events-*")]
    assert len(generations) == 2


def test_what_a_killed_publication_left_is_swept(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.publish()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("create_views", "_put_file", "write_large_marts", "put_folder", "create_views"):
        with monkeypatch.context() as patch:
            patch.setattr(f"dagster_project.publishing.publish.{step}", killed)
            with pytest.raises(KeyboardInterrupt):
                lake.publish()
        assert read(lake.path, "select count(*) from marts.fct_events") == [(1,)]
    lake.publish()
    assert not list(lake.published.glob(".*"))


def test_the_columns_have_the_types_of_the_mart(lake: Lake) -> None:
    lake.publish("bigint")
    types = read(lake.path, "select column_name, column_type from (describe marts.fct_events)")
    assert types == [("event_id", "BIGINT"), ("url", "VARCHAR")]
