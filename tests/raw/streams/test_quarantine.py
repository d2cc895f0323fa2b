"""Invalid records are quarantined with a reason, all others are loaded, and the counts add up."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Kind, Page
from tests.landing.streams import FIRST_DAY, day, encoded, land, now, page, record, stream, window
from tests.raw.conftest import source

DAYS = stream(Kind.WINDOW, span="range")
TABLE = "select * exclude (_landed_file) from raw.esp__actions order by all"

INVALID_RECORDS = {
    b'{"seq_id": "five"}': "seq_id is not a BIGINT: five",
    b'{"seq_id": ""}': "seq_id is not a BIGINT: ",
    b'{"seq_id": 1.5}': "seq_id is not a BIGINT: 1.5",
    b'{"seq_id": 1e-1}': "seq_id is not a BIGINT: 0.1",
    b'{"seq_id": "1_000"}': "seq_id is not a BIGINT: 1_000",
    b'{"seq_id": " -1_0 "}': "seq_id is not a BIGINT:  -1_0 ",
    b'{"seq_id": "0x10"}': "seq_id is not a BIGINT: 0x10",
    b'{"seq_id": "0B11"}': "seq_id is not a BIGINT: 0B11",
    b'{"seq_id": true}': "seq_id is not a BIGINT: true",
    b'{"seq_id": 99999999999999999999}': "seq_id is not a BIGINT: 99999999999999999999",
    b'{"seq_id": {"value": 1}}': 'seq_id is not a BIGINT: {"value":1}',
    b'{"amount": "1,5"}': "amount is not a DOUBLE: 1,5",
    b'{"tags": "DELETED"}': '$."tags" should be ARRAY and is VARCHAR',
    b'{"dimensions": {"value": "EE"}}': '$."dimensions" should be ARRAY and is OBJECT',
    b'{"dimensions": ["EE"]}': '$."dimensions"[0] should be OBJECT and is VARCHAR',
    b"null": "the record is not a JSON object but NULL",
    b"[1]": "the record is not a JSON object but ARRAY",
    b"7": "the record is not a JSON object but UBIGINT",
    b'{"seq_id": 9': "the record is not valid JSON",
    b'{"time": "\xff"}': "the record is not UTF-8",
}


@pytest.mark.parametrize("invalid", INVALID_RECORDS, ids=INVALID_RECORDS.values())
def test_an_invalid_record_is_quarantined_with_its_reason(
    invalid: bytes, warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    records = [*encoded([record(1)]), invalid, *encoded([record(2)])]
    land(settings.landing, DAYS, [Page(records, partition=day(0)), page([3], partition=day(1))], window(2))
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    assert (result.fetched, result.landed, result.loaded, result.quarantined) == (4, 4, 3, 1)
    loaded = warehouse.execute("select list(seq_id order by seq_id) from raw.esp__actions").fetchall()
    assert loaded == [([1, 2, 3],)]
    [found] = warehouse.execute(
        "select source, stream, partition, reason, record from raw._quarantine"
    ).fetchall()
    assert found[:4] == ("esp", "actions", day(0), INVALID_RECORDS[invalid])
    assert found[4] == invalid.decode("ascii", "replace").replace("\ufffd", "?")


def test_a_partition_pulled_again_replaces_its_quarantined_records(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    land(settings.landing, DAYS, [Page([b"null", b'{"seq_id":1}'])], window())
    load(warehouse, settings.landing, "esp", DAYS, now)
    land(settings.landing, DAYS, [page([1, 2])], window())
    result = load(warehouse, settings.landing, "esp", DAYS, now)
    assert (result.loaded, result.quarantined) == (2, 0)
    assert warehouse.execute("select count(*) from raw._quarantine").fetchall() == [(0,)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
ANYTHING = st.none() | TEXT | NUMBER
DIMENSION = st.fixed_dictionaries({}, optional={"value": ANYTHING})
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "seq_id": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers().map(str),
        "email": st.none() | TEXT,
        "time": ANYTHING,
        "value": ANYTHING,
        "amount": st.none() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False),
        "tags": st.none() | st.lists(ANYTHING, max_size=3),
        "template": ANYTHING | st.dictionaries(TEXT, ANYTHING, max_size=2),
        "dimensions": st.none() | st.lists(DIMENSION, max_size=3),
        "unknown": ANYTHING,
    },
)


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(st.lists(RECORDS, max_size=4), min_size=1, max_size=4), random=st.randoms())
def test_any_order_and_invalid_records_give_the_same_rows(
    days: list[list[dict[str, Any]]], random: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The fast path, by day in any order, gives the rows of the slow path that invalid records force."""
    folder = tmp_path_factory.mktemp("orders")
    bodies = [[json.dumps(item, ensure_ascii=False).encode() for item in records] for records in days]
    tables = []
    for name, order, extra in (
        ("at once", list(range(len(days))), []),
        ("shuffled", random.sample(range(len(days)), len(days)), []),
        ("with invalid records", list(range(len(days))), [b"null"]),
    ):
        settings = Settings(folder / name, now())
        pages = [Page(bodies[at] + extra, partition=day(at)) for at in order]
        with connect(settings) as connection:
            create_raw_tables(connection, [source(DAYS)])
            if name == "shuffled":
                for at, part in zip(order, pages, strict=True):
                    land_day(settings.landing, at, part)
                    result = load(connection, settings.landing, "esp", DAYS, now)
            else:
                land(settings.landing, DAYS, pages, window(len(days)))
                result = load(connection, settings.landing, "esp", DAYS, now)
            tables.append(connection.execute(TABLE).fetchall())
            rejected = connection.execute(
                "select reason, count(*) from raw._quarantine where record <> 'null' group by all"
            ).fetchall()
        assert result.is_complete
        assert result.fetched == sum(map(len, bodies)) + len(extra) * len(days)
        assert result.loaded + sum(number for _, number in rejected) == sum(map(len, bodies))
    assert tables[0] == tables[1] == tables[2]


def land_day(root: Path, at: int, of_day: Page) -> None:
    land(root, DAYS, [of_day], window(1, FIRST_DAY + timedelta(days=at)))


def test_integers_as_vendors_write_them_are_loaded(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    create_raw_tables(warehouse, [source(DAYS)])
    written = [b"1", b'"+2"', b'" 3 "', b"4.0", b'"00005"', b"6e0", b"-7", b"null"]
    records = [b'{"seq_id": %b}' % text for text in written]
    land(settings.landing, DAYS, [Page(records, partition=day(0))], window(1))
    assert load(warehouse, settings.landing, "esp", DAYS, now).quarantined == 0
    loaded = warehouse.execute("select list(seq_id order by seq_id) from raw.esp__actions").fetchall()
    assert loaded == [([-7, 1, 2, 3, 4, 5, 6, None],)]
