"""Mappings that fit nothing, named by feed, file, field and column; revenue that no rule matches."""

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from tests.landing.streams import NOW

Load = tuple[str, str, str, int, dict[str, int] | None]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("""
            create schema raw;
            create schema marts;
            create table raw._loads (
                source varchar, stream varchar, partition varchar, loaded bigint,
                filled struct(field varchar, path varchar, records bigint)[],
                absent_columns varchar[], loaded_at timestamptz
            );
            create table raw._feed_settings (feed varchar, setting varchar, value varchar);
            create temp table _streams as
            select 'vendor' as source, unnest(['days', 'log']) as stream,
                unnest(['window', 'cursor']) as kind;
        """)
        yield connection


def outcome(name: str, connection: duckdb.DuckDBPyConnection) -> CheckOutcome:
    [check] = [check for check in CHECKS if check.name == name]
    return check.evaluate(CheckContext(connection, NOW))


def load(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], absent: Mapping[str, list[str]] = {}
) -> None:
    for source, stream, partition, loaded, filled in loads:
        fields = filled and [
            {"field": field, "path": f"the {field}", "records": records} for field, records in filled.items()
        ]
        connection.execute(
            "insert into raw._loads values (?, ?, ?, ?, ?, ?, ?)",
            [source, stream, partition, loaded, fields, absent.get(partition, []), NOW],
        )


def file(name: str, loaded: int, **filled: int) -> Load:
    return "event_files", "shop", name, loaded, filled


def day(name: str, loaded: int, client_id: int, stream: str = "days") -> Load:
    return "vendor", stream, name, loaded, {"client_id": client_id}


@pytest.mark.parametrize(
    ("loads", "named"),
    [
        ([file("a.csv", 3, url=3, revenue=1), file("b.csv", 2, url=1, revenue=2)], []),
        (
            [file("a.csv", 30, revenue=30), file("b.csv", 8, revenue=0), file("c.csv", 20, revenue=10)],
            ["feed shop, b.csv: no value in the column the revenue, which revenue is mapped to"],
        ),
        # one row without a value is ordinary, and so are a few of which one in ten has one
        ([file("a.csv", 3, revenue=3), file("b.csv", 1, revenue=0), file("c.csv", 1, revenue=1)], []),
        ([file("a.csv", 100, revenue=10), file("b.csv", 40, revenue=0), file("c.csv", 1, revenue=1)], []),
        ([file("a.csv", 90, revenue=90), *(file(f"b{n}.csv", 1, revenue=0) for n in range(5))], []),
        (
            [file("a.csv", 90, revenue=90), *(file(f"b{n}.csv", 1, revenue=0) for n in range(6))],
            [
                "feed shop: no value in the column the revenue, which revenue is mapped to, in the latest 6 "
                "files"
            ],
        ),
        (
            [file("a.csv", 30, revenue=0, url=30), file("b.csv", 20, revenue=0, url=0)],
            [
                "feed shop, b.csv: no value in the column the url, which url is mapped to",
                "feed shop: no file has a value in the column the revenue, which revenue is mapped to",
            ],
        ),
        ([file("empty.csv", 0, revenue=0)], []),
        ([("event_files", "shop", "old.csv", 9, None), file("a.csv", 1, url=1)], []),  # of an older version
    ],
)
def test_columns_of_event_files(
    loads: Sequence[Load], named: list[str], connection: duckdb.DuckDBPyConnection
) -> None:
    load(connection, loads)
    found = outcome("every_mapped_column_is_filled", connection)
    assert (found.status is Status.WARN) is bool(named)
    if named:
        assert found.summary.endswith(f"{'; '.join(named)}.")


def test_a_file_without_the_column_is_named_however_small(connection: duckdb.DuckDBPyConnection) -> None:
    load(
        connection,
        [file("a.csv", 30, revenue=30), file("b.csv", 1, revenue=0), file("c.csv", 1, revenue=0)],
        {"b.csv": ["the revenue"], "c.csv": ["another"]},
    )
    found = outcome("every_mapped_column_is_filled", connection)
    assert found.summary.endswith(
        " feed shop, b.csv: no value in the column the revenue, which revenue is mapped to."
    )


@pytest.mark.parametrize(
    ("rows", "distinct", "warns"),
    [(50, 50, False), (50, 25, False), (50, 24, True), (10, 1, True), (9, 1, False), (50, None, False)],
)
def test_ids_that_identify_nothing(
    rows: int, distinct: int | None, warns: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    load(connection, [file("a.csv", 50, url=50), file("b.csv", rows, url=rows)])
    connection.execute("alter table raw._loads add column distinct_records bigint default 50")
    connection.execute("update raw._loads set distinct_records = ? where partition = 'b.csv'", [distinct])
    found = outcome("event_ids_distinguish_rows", connection)
    assert (found.status is Status.WARN) is warns
    if warns:
        assert found.summary.endswith(
            f" feed shop, b.csv: its {rows} rows have {distinct} different event_ids."
        )


@pytest.mark.parametrize(
    ("settings", "absent", "named"),
    [
        ([("shop", "exclude", "sent_at")], {"a.csv": ["sent_at"], "b.csv": []}, None),
        (
            [("shop", "exclude", "typo")],
            {"a.csv": ["typo"], "b.csv": ["typo"]},
            "feed shop: no file has the column typo, which exclude names.",
        ),
        ([("shop", "order_namespace", "shop"), ("crm", "order_namespace", "shop")], {}, None),
        ([("shop", "order_namespace", "eshop"), ("crm", "order_namespace", "eshop")], {}, None),
        ([("shop", "order_namespace", "vendor")], {}, None),
        (
            [("shop", "order_namespace", "shop"), ("crm", "order_namespace", "shpo")],
            {},
            "feed crm: its order_namespace shpo is not of another feed or source.",
        ),
    ],
)
def test_settings_that_name_nothing(
    settings: list[tuple[str, str, str]],
    absent: dict[str, list[str]],
    named: str | None,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(connection, [file("a.csv", 1, url=1), file("b.csv", 1, url=1)], absent)
    connection.executemany("insert into raw._feed_settings values (?, ?, ?)", settings)
    found = outcome("feed_settings_name_what_exists", connection)
    assert (found.status is Status.WARN) is (named is not None)
    assert named is None or found.summary.endswith(named)


@pytest.mark.parametrize(
    ("revenue_is", "lines", "amount_of_second", "status"),
    [
        ("order_total", 1, 20, Status.WARN),
        ("order_total", 1, 10, Status.PASSED),  # the order's total on every line
        ("order_total", 0, 20, Status.PASSED),
        ("order_total", 5, 20, Status.WARN),
        ("line_amount", 5, 20, Status.EMPTY),
    ],
)
def test_orders_with_several_amounts(
    revenue_is: str, lines: int, amount_of_second: int, status: Status, connection: duckdb.DuckDBPyConnection
) -> None:
    """Ten orders of one row; `lines` of them have a second one."""
    connection.execute("insert into raw._feed_settings values ('shop', 'revenue_is', ?)", [revenue_is])
    connection.execute(
        """
        create table marts.fct_events as
        select 'shop' as feed, i::varchar as order_id, 10 as revenue from range(10) as orders(i)
        union all select 'shop', i::varchar, ? from range(?) as second(i)
        union all select 'shop', null, 30 from range(3)
        union all select null, '1', 40
        """,
        [amount_of_second, lines],
    )
    found = outcome("orders_of_feeds_have_one_amount", connection)
    assert found.status is status
    assert ("feed shop: orders have rows of several amounts" in found.summary) is (status is Status.WARN)


def test_a_few_orders_may_have_changed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into raw._feed_settings values ('shop', 'revenue_is', 'order_total')")
    connection.execute("""
        create table marts.fct_events as
        select 'shop' as feed, i::varchar as order_id, 10 as revenue from range(20) as orders(i)
        union all select 'shop', '1', 20
    """)
    assert outcome("orders_of_feeds_have_one_amount", connection).status is Status.PASSED
    connection.execute("insert into marts.fct_events values ('shop', '2', 20)")
    assert outcome("orders_of_feeds_have_one_amount", connection).status is Status.WARN


@pytest.mark.parametrize(
    ("loads", "warns"),
    [
        ([day("2026-11-01", 100, 90), day("2026-11-02", 100, 4)], True),
        ([day("2026-11-01", 100, 90), day("2026-11-02", 100, 5)], False),
        ([day("2026-11-01", 100, 50), day("2026-11-02", 100, 0)], False),
        ([day("2026-11-01", 100, 90), day("2026-11-02", 19, 0)], False),
        ([day("2026-11-01", 100, 90), day("2026-11-02", 20, 0)], True),
        ([day("2026-11-01", 100, 0), day("2026-11-02", 100, 90)], False),
        ([day("2026-11-01", 100, 90), day("2026-11-02", 100, 0), day("2026-11-03", 0, 0)], True),
        ([day("2026-11-02", 100, 0)], False),  # nothing before
        ([day("1", 100, 90, "log"), day("2", 100, 0, "log")], False),
    ],
)
def test_columns_of_streams(
    loads: Sequence[Load], warns: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    load(connection, loads)
    found = outcome("columns_stay_filled", connection)
    assert (found.status is Status.WARN) is warns
    if warns:
        assert "vendor/days 2026-11-02: client_id (from the client_id)" in found.summary


def test_names_that_nothing_declares(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.fct_events as
        select 'event_files' as source, * from (values
            ('web', 'page_view', 1, true),
            ('web', 'assigned', 2, false),
            ('web', 'send', 1, false),
            ('app', 'assigned', 1, false),
            ('app', 'opened_all', 1, true),
            ('crm', 'create', 3, false)
        ) as events (feed, event_name, event_count, is_person_action);
        create schema if not exists intermediate;
        create table intermediate.int_event_name_kinds as from (values
            ('event_files', 'page_view', true),
            ('event_files', 'send', false),
            ('app', 'assigned', false),
            ('event_files', 'create', null)
        ) as kinds (reporter, event_name, is_person_action);
    """)
    found = outcome("every_event_name_is_declared", connection)
    assert (found.status, found.n) == (Status.WARN, 9)
    assert "no act of a person: crm: create (3 events), web: assigned (2 events); add" in found.summary


def test_revenue_that_no_rule_matches(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.fct_events as
        select 'event_files' as source, row_number() over () as event_id, * from (values
            ('shop', 'purchase', null, 1, 99.0),
            ('web', 'purchase', 'purchase', 1, 40.0),
            ('web', 'Purchase', null, 1, 40.0),
            ('web', 'Purchase', null, 2, 2.5),
            ('web', 'visit', null, 1, null),
            ('web', 'gift', null, 1, 0),
            ('web', 'order', null, 1, -5.0),
            (null, 'refund', null, 1, 5.0)
        ) as events (feed, event_name, micro_conversion, event_count, revenue);
        create schema if not exists staging;
        create table staging.event_kinds as
        select 'event_files' as source, 'refund' as event_name, 'refund' as order_role;
        create schema if not exists intermediate;
        create table intermediate.int_order_events as from (values (1, true), (2, false), (3, false))
        as orders (event_id, is_voided);
    """)
    found = outcome("every_event_with_revenue_is_matched", connection)
    # What is given back needs no rule, nor what the shop voided.
    assert (found.status, found.n) == (Status.WARN, 4)
    assert found.summary.endswith("No rule matches web: Purchase (3 events, 42.50).")
