"""One definition of an address: loading, publishing and messages agree on every spelling."""

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.raw.addresses import has_address, masked
from dagster_project.sources.core import addresses
from tests.addresses import ADDRESSES, NO_ADDRESSES, WITHIN

CASES = [
    *((text, addresses.MASK) for text in ADDRESSES),
    *WITHIN,
    *((text, text) for text in NO_ADDRESSES),
]
PIECES = [
    *(
        "mari",
        "shop",
        "ee",
        "jüri",
        "2x",
        "163",
        "1",
        "png",
        "x",
        "com",
        ".",
        "@",
        "＠",
        "%40",
        "%2540",
        "&#64;",
    ),
    *(
        "&commat;",
        "\\u0040",
        "\\",
        '"',
        "'",
        " ",
        ",",
        "%20",
        "%22",
        "%C3%BC",
        "&#97;",
        "&",
        "%",
        "=",
        "/",
        "-",
    ),
    *(
        "%EF%BC%A0",
        "%ef%Bc%a0",
        "&#X40",
        "&COMMAT;",
        "\\uFf20",
        "_",
        "+",
        "<",
        ">",
        "{",
        ":",
        "[",
        "。",
        "\n",
    ),
]


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def in_engine(engine: duckdb.DuckDBPyConnection, text: str) -> tuple[str, bool]:
    [found] = engine.execute(
        f"select {masked('text')}, {has_address('text')} from (select $1::varchar as text)", [text]
    ).fetchall()
    return found


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_address_is_masked_in_every_spelling_and_nothing_else_is(
    engine: duckdb.DuckDBPyConnection, text: str, expected: str
) -> None:
    assert in_engine(engine, text) == (expected, text != expected)
    assert addresses.masked(text) == expected


@settings(max_examples=10, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=50, max_size=50))
def test_masking_leaves_no_address_and_python_agrees_with_the_engine(
    engine: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    """`has_address` excludes most texts before it tries the pattern, and must not miss one."""
    compared = engine.execute(
        f"""
        select
            text, left_over, {has_address("left_over")}, {has_address("text")}, regexp_matches(text, $pattern)
        from (select text, {masked("text")} as left_over from (select unnest($texts) as text))
        """,
        {"pattern": addresses.PATTERN, "texts": texts},
    ).fetchall()
    for text, left_over, is_left, is_found, matches in compared:
        assert addresses.masked(text) == left_over
        assert not is_left
        assert is_found == matches == (left_over != text)


@pytest.mark.parametrize("is_ascii", [True, False])
@given(texts=st.lists(st.text() | st.lists(st.sampled_from([*PIECES, *ADDRESSES])).map("".join)))
def test_json_stays_json(texts: list[str], is_ascii: bool) -> None:
    left_over = json.loads(addresses.masked(json.dumps(texts, ensure_ascii=is_ascii)))
    assert len(left_over) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["a", "a@", "a.", "%20", "&#109;", '"a', "%22a", "\\", "%5c", "a'", "%25", "&amp;", "1.", "\\u0026"],
)
def test_a_long_text_does_not_take_the_square_of_its_length(text: str) -> None:
    long = text * 5_000 + "x@y"
    assert addresses.masked(long) == long
