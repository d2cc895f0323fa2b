"""Absence is not deletion: what a stream's landing zone or a pull lacks is refused until it is confirmed."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dagster_project.landing import read_manifest
from dagster_project.landing.manifest import manifest_directory, remove_entry
from dagster_project.raw.ledger import contents
from dagster_project.raw.refusals import LossRefused, standing_losses
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.absence import refuse_missing_partitions
from dagster_project.raw.streams.load import load
from dagster_project.raw.verify import not_landed
from dagster_project.sources.core.stream import Column, Kind, Page, Stream
from tests.landing.streams import COLUMNS, NOW, day, encoded, now, page, record, stream
from tests.raw.conftest import rows, source
from tests.raw.streams.loaded import TABLE, Loaded

DAYS = stream(Kind.WINDOW, span="range")
LOG = stream(Kind.CURSOR)
LIST = stream(Kind.SNAPSHOT)


def full(of: Loaded) -> None:
    """Two partitions, of forty records each; of a list, one of eighty."""
    if of.stream.kind is Kind.WINDOW:
        of.pull(page(range(40), partition=day(0)), page(range(40, 80), partition=day(1)), days=2)
    elif of.stream.kind is Kind.CURSOR:
        of.pull(page(range(40), cursor="39"))
        of.pull(page(range(40, 80), cursor="79"))
    else:
        of.pull(page(range(80)))
    of.load()


def zone(of: Loaded) -> None:
    shutil.rmtree(of.root)


def folder(of: Loaded) -> None:
    shutil.rmtree(of.root / "esp" / "actions")


def emptied_folder(of: Loaded) -> None:
    folder(of)
    manifest_directory(of.root, "esp", "actions").mkdir(parents=True)


def first_entry(of: Loaded) -> None:
    remove_entry(of.root, read_manifest(of.root, "esp", "actions")[0])


def last_entry(of: Loaded) -> None:
    remove_entry(of.root, read_manifest(of.root, "esp", "actions")[-1])


@pytest.mark.parametrize(
    ("kind", "lose", "words"),
    [
        *(
            (of, lose, "of 2 loaded partitions")
            for of in (DAYS, LOG)
            for lose in (zone, folder, emptied_folder)
        ),
        *((of, lose, "1 of 2 loaded") for of in (DAYS, LOG) for lose in (first_entry, last_entry)),
        *(
            (LIST, lose, "the last list, of 80 records, is not in the landing zone")
            for lose in (zone, folder, emptied_folder, last_entry)
        ),
    ],
)
def test_what_the_landing_zone_lacks_is_kept_and_named(
    kind: Stream,
    lose: Callable[[Loaded], None],
    words: str,
    loaded: Callable[[Stream], Loaded],
    tmp_path: Path,
) -> None:
    of = loaded(kind)
    full(of)
    shutil.copytree(of.root, tmp_path / "backup")
    before = rows(of.warehouse, TABLE)
    lose(of)
    sentence = of.refused()
    assert words in sentence
    assert str(of.root) in sentence
    assert "milepost confirm-loss esp/actions" in sentence
    shutil.rmtree(of.root, ignore_errors=True)
    shutil.copytree(tmp_path / "backup", of.root)
    assert of.load().partitions_loaded == ()
    assert standing_losses(of.warehouse) == {}
    assert rows(of.warehouse, TABLE) == before


def ten(**changes: Any) -> Page:
    return Page(encoded(record(number, **changes) for number in range(10)), partition=day(0))


def some(filled: int, of: int, name: str, nothing: Any = None) -> Page:
    records = [record(n, **({name: nothing} if n >= filled else {})) for n in range(of)]
    return Page(encoded(records), partition=day(0))


@pytest.mark.parametrize("kind", [DAYS, LIST])
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (page(range(10), partition=day(0)), page(range(2), partition=day(0)), None),  # a fifth is left
        (page(range(10), partition=day(0)), page([1], partition=day(0)), "has 1 records, 10 before"),
        (page(range(10), partition=day(0)), Page([], partition=day(0)), "has 0 records, 10 before"),
        (page([1], partition=day(0)), Page([], partition=day(0)), "has 0 records, 1 before"),
        (page(range(10), partition=day(0)), Page([b"null"] * 10, partition=day(0)), "has 0 records"),
        (ten(), ten(tags=...), "has tags in 0 of 10 records, in 10 of 10 before"),
        (ten(), ten(email=""), "has contact_key (from email) in 0 of 10 records"),
        (ten(), ten(value="(not set)"), "has value in 0 of 10 records"),
        (ten(), ten(dimensions=[{}]), "has country (from dimensions.0.value) in 0 of 10 records"),
        (ten(), ten(template=...), "has template in 0 of 10"),
        (ten(), ten(amount=1e99), "has amount in 0 of 10"),  # left out as implausible
        (some(6, 10, "value"), some(0, 10, "value"), "has value in 0 of 10 records, in 6 of 10 before"),
        (some(5, 10, "value"), some(0, 10, "value"), None),  # only half of it was filled
        (ten(), some(1, 20, "value", ""), None),  # a twentieth is left
        (ten(), some(1, 21, "value", ""), "has value in 1 of 21 records, in 10 of 10 before"),
        (ten(), ten(seq_id=7), "has 1 distinct records of 10, since ids are repeated, 10 of 10 before"),
        (ten(), page([1, 2] * 5, partition=day(0)), None),  # a fifth is left
        (page([1] * 10, partition=day(0)), ten(), None),
        (page([1] * 10, partition=day(0)), page([1], partition=day(0)), "has 1 records, 10 before"),
    ],
)
def test_a_partition_is_compared_with_what_it_replaces(
    kind: Stream, before: Page, after: Page, words: str | None, loaded: Callable[[Stream], Loaded]
) -> None:
    of = loaded(kind)
    of.pull(before)
    of.load()
    of.pull(after)
    if words is None:
        assert of.load().partitions_changed
        assert standing_losses(of.warehouse) == {}
    else:
        place = day(0) if kind is DAYS else "the list"
        assert f"{place} {words}" in of.refused()


def test_a_new_day_is_compared_with_nothing(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(DAYS)
    one = Page(encoded([record(77, tags=None)]), partition=day(1))
    of.pull(page(range(50), partition=day(0)))
    of.load()
    of.pull(page(range(50), partition=day(0)), one, days=2)
    assert of.load().loaded == 51


def test_an_increment_is_compared_with_nothing(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(LOG)
    of.pull(page(range(50), cursor="49"))
    of.load()
    of.pull(Page(encoded([record(77, tags=None)]), cursor="77"))
    assert of.load().loaded == 51


@pytest.mark.parametrize(
    ("again", "words"),
    [
        (range(60), None),  # the log read again from its start, and more
        (range(1, 200), "0000000001 has 49 records, 50 before"),  # its first record is not there any more
        ([*range(25), *range(26, 99)], "0000000001 has 49 records, 50 before"),
    ],
)
def test_a_log_read_again_has_every_record(
    again: Sequence[int], words: str | None, loaded: Callable[[Stream], Loaded]
) -> None:
    of = loaded(LOG)
    of.pull(page(range(50), cursor="49"))
    of.load()
    first_entry(of)
    of.pull(page(again, cursor=str(max(again))))
    if words is None:
        assert of.load().loaded == 60
    else:
        assert words in of.refused()


def test_a_day_that_is_pulled_again_replaces_its_missing_entry(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(DAYS)
    full(of)
    first_entry(of)
    of.pull(page(range(40), partition=day(0)))
    assert of.load().loaded == 80


def test_a_day_without_records_is_no_loss(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(DAYS)
    of.pull(Page([], partition=day(0)), page([1], partition=day(1)), days=2)
    of.load()
    first_entry(of)
    assert not_landed(of.warehouse, of.root) == []
    assert of.load().partitions_removed == (day(0),)


def test_a_pull_into_an_empty_landing_zone_is_refused_before(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(LOG)
    refuse_missing_partitions(of.warehouse, of.root, "esp", LOG, now)  # nothing was loaded either
    full(of)
    refuse_missing_partitions(of.warehouse, of.root, "esp", LOG, now)
    zone(of)
    for _ in range(2):
        with pytest.raises(
            LossRefused, match="2 of 2 loaded partitions with 80 records, the first of them 0000000001"
        ):
            refuse_missing_partitions(of.warehouse, of.root, "esp", LOG, now)
    assert not of.root.exists()
    of.confirm()
    refuse_missing_partitions(of.warehouse, of.root, "esp", LOG, now)
    of.pull(page(range(70, 90), cursor="89"))
    assert of.load().loaded == 20


def test_a_confirmed_loss_is_loaded_and_recorded(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(DAYS)
    full(of)
    of.pull(page([1], partition=day(0)))
    of.refused()
    assert of.confirm() == [f"{day(0)} has 1 records, 40 before"]
    assert of.load().loaded == 41
    recorded = "select partition, records_before, records_now, confirmed_at, ended_at from raw._losses"
    assert rows(of.warehouse, recorded) == [(day(0), 40, 1, NOW, NOW)]
    assert of.confirm() == []


def worse(of: Loaded) -> None:
    of.pull(Page([], partition=day(0)))


def another_day(of: Loaded) -> None:
    of.pull(page([41], partition=day(1)), page([1, 2], partition=day(0)), days=2)


def the_same_later(of: Loaded) -> None:
    """The data came back and are lost again."""
    of.pull(page(range(40), partition=day(0)))
    of.load()
    of.pull(page([1, 2], partition=day(0)))


def all_of_it(of: Loaded) -> None:
    zone(of)


def after_it_was_loaded(of: Loaded) -> None:
    of.load()
    of.pull(Page([], partition=day(0)))


@pytest.mark.parametrize("later", [worse, the_same_later, all_of_it, after_it_was_loaded])
def test_a_confirmation_is_for_no_later_loss(
    later: Callable[[Loaded], None], loaded: Callable[[Stream], Loaded]
) -> None:
    of = loaded(DAYS)
    full(of)
    of.pull(page([1, 2], partition=day(0)))
    of.refused()
    of.confirm()
    later(of)
    of.refused()


def test_a_confirmation_of_one_day_is_for_that_day(loaded: Callable[[Stream], Loaded]) -> None:
    of = loaded(DAYS)
    full(of)
    of.pull(page([1, 2], partition=day(0)))
    of.refused()
    of.confirm()
    of.pull(page([1, 2], partition=day(0)), page([41], partition=day(1)), days=2)
    sentence = of.refused()
    assert f"{day(1)} has 1 records, 40 before" in sentence


def test_a_landing_zone_that_comes_back_ends_the_confirmation(
    loaded: Callable[[Stream], Loaded], tmp_path: Path
) -> None:
    of = loaded(LOG)
    full(of)
    for _ in range(2):
        of.root.rename(tmp_path / "unmounted")
        of.refused()
        of.confirm()
        (tmp_path / "unmounted").rename(of.root)
        assert of.load().loaded == 80
    [(open_ones,)] = rows(of.warehouse, "select count(*) from raw._losses where ended_at is null")
    assert open_ones == 0


def test_a_confirmed_partition_needs_no_confirmation_of_its_columns(
    loaded: Callable[[Stream], Loaded],
) -> None:
    """What comes in the place of a lost landing zone may lack columns too."""
    of = loaded(DAYS)
    full(of)
    zone(of)
    of.refused()
    of.confirm()
    bare = [record(number, tags=None, value=None) for number in range(40)]
    of.pull(Page(encoded(bare), partition=day(0)), Page([], partition=day(1)), days=2)
    assert of.load().loaded == 40


def test_a_table_dropped_for_a_new_declaration_is_compared_with_what_it_had(
    loaded: Callable[[Stream], Loaded],
) -> None:
    of = loaded(DAYS)
    full(of)
    zone(of)
    wider = stream(Kind.WINDOW, columns=(*COLUMNS, Column("colour")))
    for _ in range(2):
        create_raw_tables(of.warehouse, [source(wider)])
        with pytest.raises(LossRefused, match="2 of 2 loaded partitions with 80 records"):
            load(of.warehouse, of.root, "esp", wider, now)
    of.pull(page(range(40), partition=day(0)), page(range(40, 80), partition=day(1)), days=2)
    assert load(of.warehouse, of.root, "esp", wider, now).loaded == 80
    assert {content.records for content in contents(of.warehouse, "esp", "actions").values()} == {40}


def test_a_confirmation_ends_with_the_content_it_was_for_while_another_day_is_refused(
    loaded: Callable[[Stream], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day is loaded in a transaction of its own here."""
    monkeypatch.setattr("dagster_project.raw.streams.load.MAX_BATCH_RECORDS", 1)
    of = loaded(DAYS)
    full(of)
    of.pull(page([1, 2], partition=day(0)))
    of.refused()
    of.confirm()
    for again, words in (
        ([1, 2], f"{day(1)} has 1 records, 40 before"),
        (range(39), f"{day(1)} has 1 records, 40 before"),
        ([1, 2], f"{day(0)} has 2 records, 39 before"),
    ):
        of.pull(page(again, partition=day(0)), page([41], partition=day(1)), days=2)
        with pytest.raises(LossRefused, match=words):
            of.load()
