"""Pages to lines: no record is lost, split or changed in value, for any bytes of the source."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.landing.errors import LandingError
from dagster_project.landing.records import page_lines
from dagster_project.sources.core.records import split_list

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text().filter(lambda key: not key.startswith("_")), VALUES, max_size=4)
CONTEXTS = st.dictionaries(st.sampled_from(["_link", "_zone"]), st.text() | st.integers(), max_size=2)


@given(
    st.lists(st.tuples(OBJECTS, st.sampled_from([None, 2]), st.booleans()), max_size=5),
    CONTEXTS,
)
def test_every_record_becomes_one_line_with_the_context_at_its_head(
    written: list[tuple[dict[str, Any], int | None, bool]], context: dict[str, Any]
) -> None:
    records = [
        json.dumps(item, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        for item, indent, ascii_only in written
    ]
    lines = page_lines(records, context)
    parsed = [json.loads(line.decode("utf-8", "surrogatepass")) for line in lines.content.split(b"\n")[:-1]]
    assert parsed == [{**context, **item} for item, _, _ in written]
    assert lines.records == len(written)
    assert lines.misshapen == 0


def test_a_regular_page_keeps_the_vendors_bytes() -> None:
    records = [b'{"a": 1.0, "b": "\\u00f5"}', b'{"a":1e2}']
    assert page_lines(records, {}).content == b"\n".join(records) + b"\n"


@pytest.mark.parametrize("record", [b"null", b"5", b'"text"', b"[1]", b"[\n1]"])
def test_a_record_that_is_not_an_object_is_kept_and_counted(record: bytes) -> None:
    lines = page_lines([b'{"a":1}', record], {"_link": "x"})
    assert lines.content == b'{"_link":"x","a":1}\n' + record.replace(b"\n", b" ") + b"\n"
    assert (lines.records, lines.misshapen) == (2, 1)


@pytest.mark.parametrize("record", [b"{}", b"{ }", b"{ \r\n }", b" {} "])
def test_an_empty_object_takes_the_context_without_a_comma(record: bytes) -> None:
    assert json.loads(page_lines([record], {"_link": "x"}).content) == {"_link": "x"}


def test_a_record_of_no_bytes_is_an_error() -> None:
    with pytest.raises(LandingError, match="no bytes"):
        page_lines([b'{"a":1}', b""], {})


@given(st.lists(OBJECTS, max_size=5), CONTEXTS, st.sampled_from([None, 2]), st.booleans())
def test_a_body_becomes_the_same_lines_as_its_records(
    written: list[dict[str, Any]], context: dict[str, Any], indent: int | None, is_compact: bool
) -> None:
    separators = (",", ":") if is_compact else None
    body = json.dumps(written, indent=indent, separators=separators).encode()
    records = split_list(body)
    lines = page_lines(records, context)
    assert lines.content == page_lines(list(records), context).content
    assert (lines.records, lines.misshapen) == (len(written), 0)
