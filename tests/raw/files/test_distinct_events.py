"""A feed is compared by the events that its rows are, since rows with one id, or equal ones, are repeats."""

from collections.abc import Callable

import pytest

from dagster_project.raw.files.near_copies import NearCopyError
from dagster_project.raw.refusals import LossRefused, confirm
from dagster_project.raw.schema import create_raw_tables, drop_stream
from dagster_project.sources.event_files import SOURCE_NAME
from tests.landing.streams import NOW
from tests.raw.files.feed_folder import COLUMNS, FeedFolder
from tests.raw.files.test_absence import HEAD, refused, rows_of


def with_ids(ids: Callable[[int], object], day: int = 1, count: int = 20, amount: str = "5") -> str:
    """A file of orders with the ids that `ids` gives its rows."""
    lines = [f"{ids(n)},2026-11-{day:02d} 10:{n:02d},buy,a@b.ee,{amount}\n" for n in range(count)]
    return "id,ts,event,mail,amount\n" + "".join(lines)


def with_event_ids(feed_folder: FeedFolder, column: str = "id") -> None:
    columns = {name: at for name, at in COLUMNS.items() if name != "url"}
    feed_folder.configure("csv", columns | {"event_id": column})


def test_ids_that_become_one_id_are_refused(feed_folder: FeedFolder) -> None:
    with_event_ids(feed_folder)
    feed_folder.write("a.csv", with_ids(lambda n: f"a{n}"))
    feed_folder.load()
    for ids, words in (
        (lambda _: "x", "has 1 distinct records of 20, since ids are repeated, 20 of 20 before"),
        (lambda n: f"k{n % 3}", "has 3 distinct records of 20"),
    ):
        feed_folder.write("a.csv", with_ids(ids))
        assert words in refused(feed_folder)
    feed_folder.write("a.csv", with_ids(lambda n: f"k{n % 4}"))  # a fifth is left
    assert feed_folder.load().repeated == 16
    feed_folder.write("a.csv", with_ids(lambda _: "x"))
    assert feed_folder.load().repeated == 19  # a quarter of what was there is left


@pytest.mark.parametrize("reload", [False, True])
def test_a_mapping_to_a_column_that_is_no_id_is_refused(reload: bool, feed_folder: FeedFolder) -> None:
    with_event_ids(feed_folder)
    for number, name in enumerate("abcdef", 1):
        feed_folder.write(f"{name}.csv", with_ids(lambda n, name=name: f"{name}{n}", day=number))
    feed_folder.load()
    with_event_ids(feed_folder, "event")
    if reload:
        drop_stream(feed_folder.warehouse, SOURCE_NAME, "shop")
        create_raw_tables(feed_folder.warehouse, [], [feed_folder.feed])
    with pytest.raises(LossRefused) as raised:
        feed_folder.load()
    assert "has 1 distinct records of 20" in str(raised.value)
    assert "119 of 120 rows count as repeats of others" in str(raised.value)
    assert "have the same event, which event_id is mapped to" in str(raised.value)
    confirm(feed_folder.warehouse, SOURCE_NAME, "shop", NOW)
    assert feed_folder.load().repeated == 119


def test_ids_that_start_again_in_each_file_are_refused(feed_folder: FeedFolder) -> None:
    """Each file has as many ids as before; the feed has not."""
    with_event_ids(feed_folder)
    for number, name in enumerate("abcdef", 1):
        feed_folder.write(f"{name}.csv", with_ids(lambda n, name=name: f"{name}{n}", day=number))
    feed_folder.load()
    for number, name in enumerate("abcdef", 1):
        feed_folder.write(f"{name}.csv", with_ids(lambda n: n + 1, day=number))
    assert "the whole feed has 20 records, 120 before (100 of 120 rows count as repeats" in refused(
        feed_folder
    )


def test_a_whole_export_under_a_new_name_is_judged_by_what_counts(feed_folder: FeedFolder) -> None:
    """Its rows stand for those of the files before, which may go, but not with an empty column."""
    with_event_ids(feed_folder)
    for day in range(1, 8):
        feed_folder.write(f"export{day}.csv", with_ids(lambda n: f"a{n}"))
        feed_folder.load()
    feed_folder.write("export8.csv", with_ids(lambda n: f"a{n}", amount=""))
    assert "the whole feed has revenue (from amount) in 0 of 20 records, in 20 of 20 before" in refused(
        feed_folder
    )
    feed_folder.write("export8.csv", with_ids(lambda n: f"a{n}", amount="7"))
    assert feed_folder.load().loaded - feed_folder.load().repeated == 20
    for day in range(1, 8):
        (feed_folder.path / f"export{day}.csv").unlink()
    assert feed_folder.load().loaded == 20


def test_a_file_that_becomes_a_near_copy_counts_as_there(feed_folder: FeedFolder) -> None:
    feed_folder.write("a.csv", HEAD + rows_of(2))
    feed_folder.write("b.csv", HEAD + rows_of(20, day=2))
    feed_folder.load()
    copy = HEAD.replace("page", "page,status") + rows_of(2).replace("\n", ",new\n")
    feed_folder.write("b.csv", copy + rows_of(18, day=2).replace("\n", ",old\n"))
    with pytest.raises(NearCopyError, match="differ in status"):
        feed_folder.load()
