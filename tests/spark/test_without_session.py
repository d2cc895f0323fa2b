"""Loading on Spark as far as it needs no session: which task gets which files, and what the tasks load."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project.landing import Entry, LandingError, read_manifest
from dagster_project.landing.manifest import LandedFile
from dagster_project.raw.connection import connect
from dagster_project.raw.refusals import LossRefused
from dagster_project.raw.schema import FEED_VIEWS, create_raw_tables
from dagster_project.sources.event_files import Feed
from dagster_project.spark import plan
from dagster_project.spark.load import landed_streams, place_of, stage
from dagster_project.spark.raw_tables import put_feed_views, put_rows
from dagster_project.spark.tasks import ROWS, Done, Place, run_task
from tests.landing.streams import NOW, day, land, page, window
from tests.spark.loads import DAYS, ESP, Loads, land_streams

PLACE = Place(Path("landing"), Path("staging"), ("a", "b"), NOW)
FEED = Feed("shop", "shop/*.csv", "csv", "UTC", {"occurred_at": "t"})


def entry(partition: str, *sizes: int) -> Entry:
    """Of one file of each size, with as many records as bytes."""
    files = [LandedFile(f"{partition}/{place}", "", size, size) for place, size in enumerate(sizes)]
    return Entry(
        source="esp",
        stream="days",
        kind="window",
        partition=partition,
        name=partition,
        extracted_at=NOW,
        files=files,
        records=sum(sizes),
    )


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], []),
        # As many as fit, to the last byte; what does not fit begins the next task.
        ([entry("a", 4), entry("b", 6), entry("c", 1)], [["a 4", "b 6"], ["c 1"]]),
        ([entry("a", 9), entry("b", 2), entry("c", 1)], [["a 9"], ["b 2", "c 1"]]),
        # A partition is loaded in parts only where it is too large for a task, and then by file.
        ([entry("a", 4, 6)], [["a 10"]]),
        ([entry("a", 4, 7), entry("b", 3)], [["a 4"], ["a 7", "b 3"]]),
        ([entry("a", 11), entry("b", 0)], [["a 11"], ["b 0"]]),
    ],
)
def test_a_task_has_as_many_files_as_fit(entries: list[Entry], expected: list[list[str]]) -> None:
    tasks = plan.stream_tasks(PLACE, "esp", DAYS, entries, 10)
    assert [[f"{part.partition} {part.records}" for part in task.entries] for task in tasks] == expected
    assert [task.name for task in tasks] == [f"{number:06}" for number in range(len(expected))]
    # A function does not reach the workers: what asks the source is left out.
    assert all(task.stream.extract is not DAYS.extract for task in tasks)


def test_files_of_a_feed_are_never_taken_apart() -> None:
    files = [(entry(name, *sizes), (name, name)) for name, sizes in (("a", (4, 7)), ("b", (3,)), ("c", (7,)))]
    tasks = plan.feed_tasks(PLACE, FEED, files, 10)
    assert [[name for _, (name, _) in task.files] for task in tasks] == [["a"], ["b", "c"]]


def test_only_a_file_above_the_limit_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LARGE_FILE_BYTES", 10)
    assert plan.large_files([entry("a", 10), entry("b", 6, 6), entry("c", 1, 11)]) == ["esp/days c"]


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loads:
    """A partition has several files."""
    monkeypatch.setattr("dagster_project.landing.files.MIN_FILE_BYTES", 1)
    loads = Loads(tmp_path / "data", None, [ESP], [])
    land_streams(loads.settings.landing)
    return loads


def test_tasks_of_single_files_load_what_duckdb_loads(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.stream_tasks, "__defaults__", (1,))
    results = loads.load_by_tasks()
    assert len(list((loads.spark_settings.spark_home / "raw" / "esp__days").glob("*.parquet"))) > 3
    by_name = {(each.source, each.stream): each for each in loads.load_on_duckdb()}
    assert {(each.source, each.stream): each for each in results} == by_name
    assert loads.differences() == {}
    assert not any((loads.spark_settings.spark_home / "raw" / "esp__nothing").glob("part-0000*"))


def test_a_second_load_leaves_nothing_of_the_first(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer tasks than before; a day that shrinks and one that is gone are refused."""
    with monkeypatch.context() as many_tasks:
        many_tasks.setattr(plan.stream_tasks, "__defaults__", (1,))
        loads.load_by_tasks()
    staging = loads.spark_settings.spark_home / "raw.staging"
    (staging / "esp__log" / "rows").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as seq_id) to '{staging}/esp__log/rows/999999.parquet'")
    loads.load_by_tasks()
    loads.load_on_duckdb()
    assert loads.differences() == {}
    land(loads.settings.landing, DAYS, [page([21], partition=day(0))], window())
    with pytest.raises(LossRefused, match="records"):  # 1 of 16
        loads.load_by_tasks()
    for path in (loads.settings.landing / "esp" / "days" / "manifest").glob(f"{day(0)}*"):
        path.unlink()
    with pytest.raises(LossRefused, match="1 of 3 loaded partitions"):
        loads.load_by_tasks()


def test_a_task_that_is_run_again_leaves_what_it_loads_now(loads: Loads) -> None:
    with connect(loads.spark_settings) as connection:
        create_raw_tables(connection, (), None)
        place = place_of(connection, loads.settings.landing, loads.spark_settings.spark_home, NOW)
    [task] = [
        task for each in landed_streams(place, [ESP]) for task in each.tasks if task.table == "esp__list"
    ]
    for entries in (task.entries, []):
        run_task(replace(task, entries=entries))
        assert any((place.staging / task.table / ROWS).glob("*.parquet")) is bool(entries)


def test_a_damaged_file_stops_the_load_before_anything_is_written(loads: Loads) -> None:
    loads.load_by_tasks()
    [damaged] = [each for each in read_manifest(loads.settings.landing, "esp", "days") if each.name == day(1)]
    path = loads.settings.landing / damaged.files[0].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LandingError, match=r"was truncated to \d+ of \d+ bytes"):
        loads.load_by_tasks()


def test_a_raw_table_has_its_own_types_whatever_wrote_the_files(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create table raw.esp__days (seq_id ubigint, amount double)")
        (tmp_path / "rows").mkdir()
        for number in range(2):
            query = f"select {number}::decimal(20, 0) as seq_id, 1 as amount, {number}::smallint as _row"
            connection.execute(f"copy ({query}) to '{tmp_path}/rows/{number}.parquet'")
        put_rows(connection, "esp__days", [tmp_path / "rows"], tmp_path, {"_row": "BIGINT"})
        found = connection.execute("describe raw.esp__days").fetchall()
        counted = connection.execute("select count(*) from raw.esp__days").fetchall()
    assert [(name, type_) for name, type_, *_ in found] == [
        ("seq_id", "UBIGINT"), ("amount", "DOUBLE"), ("_row", "BIGINT"),
    ]  # fmt: skip
    assert counted == [(2,)]


@pytest.mark.parametrize("is_damage", [True, False])
def test_the_first_failure_of_a_task_is_raised_as_what_it_is(tmp_path: Path, is_damage: bool) -> None:
    failed = [Done({"a.csv": "no text"}), Done(error="first", is_damage=is_damage), Done(error="second")]
    with pytest.raises(Exception, match=r"^first$") as raised:
        stage(replace(PLACE, staging=tmp_path), [], lambda *_: failed)
    assert isinstance(raised.value, LandingError) is is_damage
    assert stage(
        replace(PLACE, staging=tmp_path), [], lambda *_: [Done({"a": "1"}), Done(), Done({"b": "2"})]
    ) == {"a": "1", "b": "2"}


def test_views_over_feeds_take_the_place_of_empty_folders(loads: Loads) -> None:
    home = loads.spark_settings.spark_home
    with connect(loads.spark_settings) as connection:
        create_raw_tables(connection, (), [FEED])
        put_feed_views(connection, [], home)
        assert all((home / "raw" / view).is_dir() for view in FEED_VIEWS)
        connection.execute("alter table raw.event_files__shop add column _row bigint")
        put_feed_views(connection, ["shop"], home)
        assert not any((home / "raw" / view).exists() for view in FEED_VIEWS)
        connection.execute("""
            insert into raw.event_files__shop (event_name, _is_repeated, _row)
            values ('kept', false, 1), ('copy', true, 2)
        """)
        found = [
            connection.execute(f"select feed, event_name, _row from raw.{view}").fetchall()
            for view in FEED_VIEWS
        ]
    assert found == [[("shop", "kept", 1)], [("shop", "copy", 2)]]
