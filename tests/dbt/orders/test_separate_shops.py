"""Two shops that both number their orders from 1000, and a payment provider that reports them, too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dagster_project.checks.check import CheckOutcome, Status
from tests.checks.test_edges import outcome
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.loaded_feeds import loaded, written_feeds

FEED = """
  - name: {name}
    path: {name}.csv
    format: csv
    columns: {{occurred_at: ts, event_name: event, email: mail, order_id: order, revenue: total}}
    constants: {{currency: EUR}}
    {declared}
"""
HEADER = ("ts", "event", "mail", "order", "total")
NUMBERS = range(20)
FOUND = """
    select order_namespaces, match_rule, count(*), sum(revenue)::double from marts.fct_macro_conversions
    group by all order by all
"""
BY_LOOKS, BY_ID = "person_amount_time", "order_id"
SEPARATE = {"tallinn": "separate_from: [riga]"}
Row = tuple[object, ...]


def order(time: str, mail: str | None, number: object, total: float) -> Row:
    return (f"2026-10-06 {time}", "purchase", mail, number, total)


def orders(shop: str, total: float, hour: int) -> list[Row]:
    """Each by a customer of its own."""
    return [order(f"{hour}:{n:02}", f"{shop}{n}@shops.ee", 1000 + n, total + n) for n in NUMBERS]


def paid(rows: list[Row], prefix: str) -> list[Row]:
    """The same as the provider reports them, by numbers of its own and half a minute later."""
    return [(f"{ts}:30", event, mail, f"{prefix}{number}", total) for ts, event, mail, number, total in rows]


@contextmanager
def systems(
    project: CompiledProject, folder: Path, declared: dict[str, str], files: dict[str, list[Row]]
) -> Iterator[CompiledProject]:
    yaml = "feeds:" + "".join(FEED.format(name=name, declared=declared.get(name, "")) for name in files)
    feeds = written_feeds(folder, yaml, {f"{name}.csv": [HEADER, *rows] for name, rows in files.items()})
    with loaded(project, folder, feeds, "fct_macro_conversions") as built:
        yield built


def checked(project: CompiledProject) -> CheckOutcome:
    with project.connect() as connection:
        return outcome("order_ids_of_two_shops_do_not_collide", connection)


TALLINN, RIGA = orders("tallinn", 100, 8), orders("riga", 200, 12)
WITH_PROVIDER = {"tallinn": TALLINN, "riga": RIGA, "wallet": paid(TALLINN, "pi_t") + paid(RIGA, "pi_r")}
ALL = [("riga, wallet", BY_LOOKS, 20, 4190.0), ("tallinn, wallet", BY_LOOKS, 20, 2190.0)]
# Separate from everything is separate from the provider, too: its orders count twice.
TWICE = [
    ("riga", None, 20, 4190.0),
    ("tallinn, wallet", BY_LOOKS, 20, 2190.0),
    ("wallet", None, 20, 4190.0),
]


@pytest.mark.parametrize(
    ("declared", "expected", "status", "n"),
    [
        ({}, ALL, Status.ERROR, 40),
        (SEPARATE, ALL, Status.EMPTY, 0),
        ({"riga": "separate_from: [tallinn]"}, ALL, Status.EMPTY, 0),
        ({"riga": "same_orders_as: separate"}, TWICE, Status.PASSED, 40),
    ],
)
def test_the_provider_reports_the_orders_of_both_shops(
    with_feeds: CompiledProject,
    tmp_path: Path,
    declared: dict[str, str],
    expected: list[tuple[str, str | None, int, float]],
    status: Status,
    n: int,
) -> None:
    with systems(with_feeds, tmp_path, declared, WITH_PROVIDER) as project:
        assert project.rows(FOUND) == expected
        found = checked(project)
    assert (found.status, found.n) == (status, n)


@pytest.mark.parametrize(
    ("declared", "status", "n"),
    [
        ({}, Status.ERROR, 40),
        (SEPARATE, Status.PASSED, 40),
        ({"riga": "separate_from: [tallinn]"}, Status.PASSED, 40),
    ],
)
def test_the_check_asks_for_the_two_shops_alone(
    with_feeds: CompiledProject, tmp_path: Path, declared: dict[str, str], status: Status, n: int
) -> None:
    """The provider has only Tallinn's orders, by their numbers, and its higher amounts count."""
    payments = [order(f"8:{n:02}", f"tallinn{n}@shops.ee", 1000 + n, 105 + n) for n in NUMBERS]
    files = {"tallinn": TALLINN, "riga": RIGA, "payments": payments}
    with systems(with_feeds, tmp_path, declared, files) as project:
        assert project.rows(FOUND) == [
            ("payments, tallinn", BY_ID, 20, 2290.0),
            ("riga", None, 20, 4190.0),
        ]
        found = checked(project)
    assert (found.status, found.n) == (status, n)


def test_the_check_prints_the_line_to_add(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """A namespace is no name of a feed: the line has that of a feed of it."""
    declared = {"tallinn": "order_namespace: baltic_north", "riga": "order_namespace: baltic_south"}
    with systems(with_feeds, tmp_path, declared, {"tallinn": TALLINN, "riga": RIGA}) as project:
        found = checked(project)
        assert found.summary == (
            "1 pairs of namespaces share order ids. 20 of 20 order ids of baltic_north and baltic_south "
            "belong to different persons: add to the feed tallinn `same_orders_as: [riga]` where both report "
            "the same orders, `separate_from: [riga]` where each has its own; `same_orders_as: separate` "
            "where no other feed or source reports its orders either."
        )
    declared["tallinn"] += "\n    separate_from: [riga]"
    with systems(with_feeds, tmp_path, declared, {"tallinn": TALLINN, "riga": RIGA}) as project:
        assert checked(project).status is Status.EMPTY


@pytest.mark.parametrize(
    ("payment", "shop"),
    [
        # Of the person, else of about the amount, else the nearest.
        (order("13:00", "tallinn0@shops.ee", 1000, 300), "tallinn"),
        (order("9:00", "riga0@shops.ee", 1000, 100), "riga"),
        (order("13:00", None, 1000, 100), "tallinn"),
        (order("9:00", None, 1000, 130), "tallinn"),
        (order("11:00", None, 1000, 130), "riga"),
    ],
)
def test_a_payment_with_the_number_of_two_orders_is_of_one(
    with_feeds: CompiledProject, tmp_path: Path, payment: Row, shop: str
) -> None:
    files = {
        "tallinn": [order("8:00", "tallinn0@shops.ee", 1000, 100)],
        "riga": [order("12:00", "riga0@shops.ee", 1000, 150)],
        "payments": [payment],
    }
    other = {"tallinn": "riga", "riga": "tallinn"}[shop]
    with systems(with_feeds, tmp_path, SEPARATE, files) as project:
        found = project.rows(
            "select order_namespaces, match_rule from marts.fct_macro_conversions order by all"
        )
    assert found == sorted([(f"payments, {shop}", BY_ID), (other, None)])


def test_who_buys_from_both_shops_has_bought_twice(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """The same person, number, amount and minutes, and one payment of each."""
    ann = "ann@shops.ee"
    files = {
        "tallinn": [order("8:00", ann, 1000, 50), order("9:00", ann, 1001, 50)],
        "riga": [order("8:02", ann, 1000, 50), order("9:02", ann, 2001, 50)],
        "payments": [
            order(time, ann, f"pi{n}", 50) for n, time in enumerate(("8:01", "8:03", "9:01", "9:03"))
        ],
    }
    with systems(with_feeds, tmp_path, SEPARATE, files) as project:
        assert project.rows(FOUND) == [
            ("payments, riga", BY_LOOKS, 2, 100.0),
            ("payments, tallinn", BY_LOOKS, 2, 100.0),
        ]


def test_a_provider_by_shop_knows_whose_number_it_has(with_feeds: CompiledProject, tmp_path: Path) -> None:
    """Two feeds of one provider by the shops' numbers, and amounts that do not agree."""
    files = {
        "tallinn": TALLINN,
        "riga": RIGA,
        "paid_tallinn": [order(f"8:{n:02}", None, 1000 + n, 10) for n in NUMBERS],
        "paid_riga": [order(f"12:{n:02}", None, 1000 + n, 20) for n in NUMBERS],
    }
    declared = {
        "tallinn": "separate_from: [riga, paid_riga]",
        "paid_tallinn": "same_orders_as: [tallinn]\n    separate_from: [riga, paid_riga]",
        "paid_riga": "same_orders_as: [riga]",
    }
    with systems(with_feeds, tmp_path, declared, files) as project:
        assert project.rows(FOUND) == [
            ("paid_riga, riga", "same_orders_as", 20, 4190.0),
            ("paid_tallinn, tallinn", "same_orders_as", 20, 2190.0),
        ]
        assert checked(project).status is Status.EMPTY
