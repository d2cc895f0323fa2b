"""Places in a record that hold now a value, now others, and values that JSON writes in odd forms."""

import duckdb
import pytest

from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.settings import Settings
from dagster_project.sources.core.stream import Column, Kind, Page
from tests.landing.streams import encoded, land, now, stream, window
from tests.raw.conftest import rows, source

NUMBER = Column("seq_id", "BIGINT")


@pytest.mark.parametrize(
    ("columns", "values", "expected"),
    [
        # both an object and a list
        (
            (Column("named", path=("place", "x")), Column("first", path=("place", 0))),
            [{"x": "a"}, ["b", "c"], {"y": 1}, None],
            [("a", None), (None, "b"), (None, None), (None, None)],
        ),
        # both a text and an object
        (
            (Column("whole", path=("place",)), Column("part", path=("place", "id"))),
            ["DELETED", {"id": 7}, None, 'a "b"'],
            [("DELETED", None), ('{"id":7}', "7"), (None, None), ('a "b"', None)],
        ),
        # both JSON and a part of it
        (
            (Column("whole", "JSON", path=("place",)), Column("part", path=("place", "id"))),
            ["DELETED", {"id": 7}],
            [('"DELETED"', None), ('{"id":7}', "7")],
        ),
        ((Column("value", "BIGINT", path=("place",)),), [2.0, "3.0", -0.0, 4], [(2,), (3,), (0,), (4,)]),
        (
            (Column("value", "DOUBLE[]", path=("place",)),),
            [[1.5, 2], [], None],
            [([1.5, 2],), ([],), (None,)],
        ),
    ],
    ids=["object or list", "text or object", "JSON and a part", "whole numbers", "lists of numbers"],
)
def test_mixed_places(
    columns: tuple[Column, ...],
    values: list[object],
    expected: list[tuple[object, ...]],
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
) -> None:
    days = stream(Kind.WINDOW, columns=(NUMBER, *columns))
    create_raw_tables(warehouse, [source(days)])
    records = [{"seq_id": number, "place": value} for number, value in enumerate(values)]
    land(settings.landing, days, [Page(encoded(records))], window())
    result = load(warehouse, settings.landing, "esp", days, now)
    assert (result.loaded, rows(warehouse, "select reason from raw._quarantine")) == (len(values), [])
    names = ", ".join(column.name for column in columns)
    assert rows(warehouse, f"select {names} from raw.esp__actions order by seq_id") == expected
