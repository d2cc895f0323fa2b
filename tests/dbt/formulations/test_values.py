"""Textbook and DuckDB's formulation of a value are the same, or what Python says, on made-up rows."""

from collections.abc import Mapping
from hashlib import md5
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.dispatched import formulations
from tests.dbt.formulations.store import SMALL, Store
from tests.dbt.formulations.values import CASES, Case, Row

VALUES = {
    f"{prefix} {key} {number}": f"milepost.{prefix}__{key.partition('/')[0]}({arguments})"
    for key, case in CASES.items()
    for prefix in formulations(key.partition("/")[0])
    for number, arguments in enumerate(case.arguments)
}


# What DuckDB has in the textbook's words, too, is compared with Spark's (tests/spark/test_values.py).
COMPARED = [
    key for key, case in CASES.items() if case.expected or len(formulations(key.partition("/")[0])) > 1
]


@pytest.fixture(scope="session")
def values(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_macros(tmp_path_factory.mktemp("values"), VALUES)


def _results(
    connection: duckdb.DuckDBPyConnection, expressions: list[str], case: Case, rows: list[Row]
) -> list[Row]:
    declared = ", ".join(f"{name} {type_}" for name, type_ in case.columns.items())
    connection.execute(f"create or replace temp table made_up (row_number integer, {declared})")
    marks = ", ".join("?" * (len(case.columns) + 1))
    connection.executemany(f"insert into made_up values ({marks})", [(n, *row) for n, row in enumerate(rows)])
    listed = ", ".join(expressions)
    return connection.execute(f"select {listed} from made_up order by row_number").fetchall()


@pytest.mark.parametrize("key", COMPARED)
@SMALL
@given(data=st.data())
def test_formulations_agree(values: Mapping[str, str], store: Store, key: str, data: st.DataObject) -> None:
    case, name = CASES[key], key.partition("/")[0]
    rows = data.draw(st.lists(case.rows, min_size=1, max_size=30))
    for number in range(len(case.arguments)):
        expressions = [values[f"{prefix} {key} {number}"] for prefix in formulations(name)]
        results = _results(store.connection, expressions, case, rows)
        if case.expected:
            assert results == [(case.expected(row),) * len(expressions) for row in rows]
        else:
            assert [row[0] for row in results] == [row[1] for row in results]


@pytest.mark.parametrize(
    ("key", "row", "expected"),
    [
        ("displayed_length", ("a👨‍👩‍👧🇪🇪",), 3),
        ("text_fits", ("a paid one",), "false"),
        ("text_fits", ("paid one",), "true"),
        ("json_text", ('{"a.b": "x", "a": {"b": "y"}}', "a.b"), "x"),
        ("json_object_of", ('a "quote"', None), '{"one":"a \\"quote\\""}'),
        ("json_object_of", (None, None), None),
        ("to_utc", ("2026-10-25 03:30:00", "Europe/Tallinn"), "2026-10-25 01:30:00"),
        ("to_utc", ("2026-10-25 02:30:00", "Europe/Tallinn"), "2026-10-24 23:30:00"),
        ("epoch_milliseconds", (1_500,), "1970-01-01 00:00:01.5"),
        ("parse_timestamp", ("202602282359",), "2026-02-28 23:59:00"),
        ("parse_timestamp", ("202602300000",), None),
        ("seconds_between", ("2026-01-01 00:00:00", "2026-01-02 00:00:00.5"), 86_400.5),
        ("seconds_between", ("2026-01-01 00:00:00.5", "2026-01-01 00:00:00"), -0.5),
        ("periods_between/week", ("2026-11-23", "2026-11-30"), 1),
        ("periods_between/month", ("2026-11-01", "2026-12-31"), 1),
        ("stable_key", (None, 5), int.from_bytes(md5(b"journey||5").digest()[:8], "little") >> 1),
    ],
)
def test_known_values(values: Mapping[str, str], store: Store, key: str, row: Row, expected: Any) -> None:
    texts = [values[f"{prefix} {key} 0"] for prefix in formulations(key.partition("/")[0])]
    results = _results(store.connection, [f"cast({text} as varchar)" for text in texts], CASES[key], [row])
    assert results == [(None if expected is None else str(expected),) * len(texts)]
