"""The dispatched macros over single values give the same on Spark, where it could be silently wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.spark.build import SparkProject
from dagster_project.spark.session import MEANING
from tests.dbt.compiled_macros import SEPARATOR, compile_macros
from tests.dbt.formulations.store import Store
from tests.dbt.formulations.values import CASES, Case, Row

CALLS = {
    f"{key} {number}": f"adapter.dispatch('{key.partition('/')[0]}', 'milepost')({arguments})"
    for key, case in CASES.items()
    for number, arguments in enumerate(case.arguments)
}
# Few draws of many rows, since a statement takes a tenth of a second; the first has the simplest alone. What
# differs is shown by row: to look for fewer rows that differ would take hundreds of statements.
FEW = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# The silent traps by name: macro, rows, and what each must give.
TRAPS: dict[str, tuple[str, list[Row], list[Any]]] = {
    "a JSON key with a dot": (
        "json_text 0",
        [('{"a.b": "x", "a": {"b": "y"}}', "a.b"), ('{"c d": "z"}', "c d"), ('{"a": "n"}', "a.b")],
        ["x", "z", None],
    ),
    "numbers, lists and escapes in JSON": (
        "json_text 0",
        [
            ('{"a": 12345678901234567890}', "a"),
            ('{"a": [1, {"b": "ü"}]}', "a"),
            ('{"a": "\\ud83d\\ude00 \\"q\\" \\\\ \\n"}', "a"),
            ('{"a": null}', "a"),
        ],
        ["12345678901234567890", '[1,{"b":"ü"}]', '😀 "q" \\ \n', None],
    ),
    "both passes of the repeated hour": (
        "to_utc 0",
        [
            (datetime(2026, 10, 25, 3, 30), "Europe/Tallinn"),
            (datetime(2026, 10, 25, 2, 59, 59, 999_999), "Europe/Tallinn"),
            (datetime(2026, 10, 25, 4, 0), "Europe/Tallinn"),
            (datetime(2026, 3, 29, 3, 30), "Europe/Tallinn"),
        ],
        [
            datetime(2026, 10, 25, 1, 30),
            datetime(2026, 10, 24, 23, 59, 59, 999_999),
            datetime(2026, 10, 25, 2, 0),
            datetime(2026, 3, 29, 1, 30),
        ],
    ),
    "the order of bytes of a digest": ("stable_key 0", [(None, 5)], [3182032123365685455]),
    "seconds that are not whole": (
        "seconds_between 0",
        [
            (datetime(2026, 1, 1, 0, 0, 0, 900_000), datetime(2026, 1, 1, 0, 0, 2, 100_000)),
            (datetime(2026, 1, 1, 0, 0, 0, 500_000), datetime(2026, 1, 1)),
        ],
        [1.2, -0.5],
    ),
    "words that Spark takes for times": (
        "instant_to_utc 0",
        [("yesterday",), ("now",), ("epoch",), ("2026",), ("T12:00",), ("2026-10-01T00:00:00+0000",)],
        [None, None, None, None, None, datetime(2026, 10, 1)],
    ),
    "an emoji family is one character": (
        "displayed_length 0",
        [("a👨‍👩‍👧🇪🇪",), ("",), (None,)],
        [3, 0, None],
    ),
    "brackets, ends and line breaks in regular expressions": (
        "text_match 0",
        [("a [&x",), ("a [&x\n",), (":pace:x",), ("\u2028x",)],
        [" [&", None, None, None],
    ),
}


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_macros(tmp_path_factory.mktemp("values"), CALLS)


@pytest.fixture(scope="module")
def on_spark(project: SparkProject) -> Mapping[str, str]:
    compiled = project.compiled(SEPARATOR.join("{{ " + call + " }}" for call in CALLS.values()))
    return dict(zip(CALLS, compiled.split(SEPARATOR), strict=True))


@pytest.fixture(scope="module")
def store() -> Any:
    store = Store()
    yield store
    store.connection.close()


def _made_up(connection: duckdb.DuckDBPyConnection, case: Case, rows: list[Row]) -> pa.Table:
    declared = ", ".join(f"{name} {type_}" for name, type_ in case.columns.items())
    connection.execute(f"create or replace temp table made_up (row_number integer, {declared})")
    marks = ", ".join("?" * (len(case.columns) + 1))
    connection.executemany(f"insert into made_up values ({marks})", [(n, *row) for n, row in enumerate(rows)])
    return connection.sql("from made_up").to_arrow_table()


def _spark_values(session: Any, table: pa.Table, expression: str) -> list[Any]:
    session.createDataFrame(table).createOrReplaceTempView("made_up")
    rows = session.sql(f"select {expression} as value from made_up order by row_number").collect()
    return [row.value for row in rows]


@pytest.mark.parametrize("call", CALLS)
@FEW
@given(data=st.data())
def test_values_are_the_same(
    session: Any,
    on_duckdb: Mapping[str, str],
    on_spark: Mapping[str, str],
    store: Store,
    call: str,
    data: st.DataObject,
) -> None:
    case = CASES[call.rpartition(" ")[0]]
    rows = data.draw(st.lists(case.rows, min_size=60, max_size=200))
    table = _made_up(store.connection, case, rows)
    expected = [
        value
        for (value,) in store.connection.execute(
            f"select {on_duckdb[call]} from made_up order by row_number"
        ).fetchall()
    ]
    found = _spark_values(session, table, on_spark[call])
    assert [pair for pair in zip(rows, found, expected, strict=True) if pair[1] != pair[2]] == []


@pytest.mark.parametrize("trap", TRAPS)
def test_silent_traps(session: Any, on_spark: Mapping[str, str], store: Store, trap: str) -> None:
    call, rows, expected = TRAPS[trap]
    table = _made_up(store.connection, CASES[call.rpartition(" ")[0]], rows)
    assert _spark_values(session, table, on_spark[call]) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        # Division of integers is no integer division, as on DuckDB.
        ("select 7 / 2", 3.5),
        ("select cast('2026-10-25 03:30:00' as timestamp) + interval '1' day", datetime(2026, 10, 26, 3, 30)),
        ("select 'it''s' || chr(92)", "it's\\"),
        ("select count(*) from (select id from range(10000) where id <= -1)", 0),
    ],
)
def test_what_plain_sql_means(session: Any, statement: str, expected: Any) -> None:
    assert session.sql(statement).collect()[0][0] == expected


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("setting", "value"), MEANING.items())
def test_dbt_leaves_what_sql_means(session: Any, setting: str, value: str) -> None:
    assert session.conf.get(setting) == value


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("cast", ["cast('a' as int)", "cast(3000000000 as int)", "1 / 0", "array(1)[5]"])
def test_what_fails_is_an_error_and_no_null(session: Any, cast: str) -> None:
    with pytest.raises(Exception, match="SQLSTATE"):
        session.sql(f"select {cast}").collect()
