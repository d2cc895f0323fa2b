"""Versions of reviews as rows by hand: what became of each, and how they add up to the public totals."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import EXTRACTED_AT
from tests.dbt.rows import Row, key, raw_key

WRITTEN = datetime(2026, 11, 1, 8)
COLUMNS = "version, change, stars, is_shown, occurred_at"


def version(pull: int, id_: str = "r1", **values: Any) -> Row:
    """A record of the pull that many days before the last one was made."""
    given = {"created_at": WRITTEN, "stars": 5, "status": "active", "source": "AFSv2"} | values
    extracted_at = EXTRACTED_AT - timedelta(days=pull)
    return {"id": id_, "_partition": f"{9 - pull:08}", "_extracted_at": extracted_at, **given}


def pulled(pull: int) -> datetime:
    return (EXTRACTED_AT - timedelta(days=pull)).replace(tzinfo=None)


@pytest.fixture
def staged(compiled: CompiledProject) -> Any:
    def build(*rows: Row, units: Sequence[Row] = ()) -> Any:
        models = ("stg_trustpilot__events", "stg_trustpilot__data_quality")
        raw = {"trustpilot__reviews": list(rows), "trustpilot__business_units": list(units)}
        compiled.build(raw, *models)
        return lambda columns, model="stg_trustpilot__reviews": compiled.rows(
            f"select {columns} from staging.{model} order by all"
        )

    return build


def test_versions_that_differ_in_nothing_are_one(staged: Any) -> None:
    rows = staged(version(3), version(2), version(1, language="et", updated_at="2026-11-14T04:00:00Z"))
    assert rows(COLUMNS) == [(1, "review", 5, True, WRITTEN)]


def test_what_became_of_a_review(staged: Any) -> None:
    """An edit at the time that Trustpilot gives, if it is new; anything else when it was read."""
    edited = {"stars": 2, "updated_at": "2026-11-11T09:30:00Z"}
    rows = staged(
        version(5),
        version(4, **edited),
        version(3, **edited, status="Deleted"),
        version(2, **edited),
        version(1, **edited | {"stars": 3, "updated_at": "2026-11-15T16:00:00Z"}),
    )
    assert rows(COLUMNS) == [
        (1, "review", 5, True, WRITTEN),
        (2, "review_edited", 2, True, datetime(2026, 11, 11, 9, 30)),
        (3, "review_removed", 2, False, pulled(3)),
        (4, "review_restored", 2, True, pulled(2)),
        (5, "review_edited", 3, True, pulled(1)),
    ]


def test_another_setting_of_whose_orders_are_named_edits_no_review(staged: Any) -> None:
    linked = {"order_namespace": "checkout"}
    rows = staged(version(5), version(4, **linked), version(3, **linked), version(2, stars=1, **linked))
    assert rows("version, change, order_namespace, stars, occurred_at") == [
        (1, "review", None, 5, WRITTEN),
        (2, "review_relinked", "checkout", 5, pulled(4)),
        (4, "review_edited", "checkout", 1, pulled(2)),
    ]


def test_events_keep_what_they_were_when_later_versions_come(staged: Any) -> None:
    """Else a build of the changed partitions alone would differ from a full one."""
    earlier = staged(version(3), version(2, stars=1))("* exclude (loaded_at)", "stg_trustpilot__events")
    later = staged(version(3), version(2, stars=1), version(1, status="removed"))
    assert set(earlier) < set(later("* exclude (loaded_at)", "stg_trustpilot__events"))
    assert len(earlier) == 2


ORIGINS: tuple[tuple[Row, str | None], ...] = (
    ({"source": "Organic"}, "organic"),
    ({"source": " organic"}, "organic"),
    ({"source": "BasicLink"}, "invited"),
    ({"source": "SomethingNew"}, "invited"),
    ({"source": None, "invited_by_id": "u"}, "invited"),
    ({"source": "DomainLink"}, "redirected"),
    ({"source": "Organic", "verification_level": "Redirected"}, "redirected"),
    ({"source": ""}, None),
    ({"source": None}, None),
)


def test_how_the_writer_came(staged: Any) -> None:
    rows = staged(*(version(1, str(number), **values) for number, (values, _) in enumerate(ORIGINS)))
    assert rows("review_id, origin") == [(str(number), origin) for number, (_, origin) in enumerate(ORIGINS)]


STATUSES = (
    ("active", True, True),
    (None, True, True),
    ("ACTIVE", True, True),
    ("hidden", False, True),
    ("removedByTrustpilot", False, True),
    ("inactive", False, True),
    ("pending", True, False),
)


def test_an_unknown_status_is_reported_and_removes_nothing(staged: Any) -> None:
    rows = staged(*(version(1, str(number), status=status[0]) for number, status in enumerate(STATUSES)))
    expected = [(str(number), *status[1:]) for number, status in enumerate(STATUSES)]
    assert rows("review_id, is_shown, is_status_known") == expected
    assert rows("affected, total", "stg_trustpilot__data_quality") == [(1, 7)]


def test_identifiers_that_name_nothing_name_nothing(staged: Any) -> None:
    address = raw_key("mari@example.com")
    rows = staged(
        version(1, "a", reference_id=" #T-1 ", order_namespace="shop", contact_key=address),
        version(1, "b", reference_id="undefined"),
        version(1, "c", reference_id="{{order.id}}", contact_key=raw_key("null")),
        version(1, "d", reference_id=""),
    )
    columns = "review_id, order_reference, order_namespace, contact_key"
    assert rows(columns) == [
        ("a", "T-1", "shop", key("mari@example.com")),
        ("b", None, None, None),
        ("c", None, None, None),
        ("d", None, None, None),
    ]


def test_stars_that_are_none_are_unknown(staged: Any) -> None:
    rows = staged(version(1, "a", stars=0), version(1, "b", stars=6), version(1, "c", stars=None))
    assert rows("stars") == [(None,), (None,), (None,)]


def test_reviews_are_held_against_the_public_totals(staged: Any) -> None:
    unit = {"id": "u", "one_star": 1, "two_star": 0, "three_star": None, "four_star": 2, "five_star": 2}
    rows = staged(
        version(2, "a", stars=1),
        version(2, "b"),
        version(2, "c"),
        version(1, "c", status="deleted"),
        version(2, "d", stars=4),
        version(2, "e", stars=3),
        version(1, "e", stars=4),
        units=[unit],
    )
    found = rows("unit, affected, total, day", "stg_trustpilot__data_quality")
    day = EXTRACTED_AT.date()
    assert found == [
        ("reviews", 0, 5, (EXTRACTED_AT - timedelta(days=1)).date()),
        ("reviews of 1 star", 0, 1, day),
        ("reviews of 2 stars", 0, 0, day),
        ("reviews of 4 stars", 0, 2, day),
        ("reviews of 5 stars", 1, 2, day),
    ]


def test_nothing_read_is_no_disagreement(staged: Any) -> None:
    assert staged()("count(*)", "stg_trustpilot__data_quality") == [(0,)]
