"""Bodies are split into records without changing a byte, or are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.sources.core.records import (
    MalformedBodyError,
    UnexpectedShapeError,
    split_field,
    split_list,
    split_object,
)

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
OBJECTS = st.dictionaries(
    st.text(), st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3)), max_size=4
)


def test_records_keep_their_bytes() -> None:
    body = b'[{"a": 1.50, "b":"\\u00e4"},{"a":12345678901234567890}]'
    assert split_list(body) == [b'{"a": 1.50, "b":"\\u00e4"}', b'{"a":12345678901234567890}']


def test_envelope_fields_are_decoded() -> None:
    body = b'{"rowCount":2,"rows":[{"x":1},{"x":2}],"kind":"k"}'
    split = split_field(body, "rows", {"rowCount": int, "metadata": dict})
    assert split.records == [b'{"x":1}', b'{"x":2}']
    assert split.envelope == {"rowCount": 2, "metadata": None}


def test_a_missing_list_is_empty_only_where_optional() -> None:
    assert split_field(b'{"kind":"k"}', "rows", optional=True).records == []
    with pytest.raises(UnexpectedShapeError, match="no list `links`"):
        split_field(b'{"kind":"k"}', "links")


def test_a_body_that_is_a_record_stays_whole() -> None:
    assert split_object(b'\xef\xbb\xbf {"id": 1} ') == [b'{"id": 1}']


@given(records=st.lists(OBJECTS, max_size=5), indent=st.sampled_from([None, 2]))
def test_every_record_becomes_one_line_of_equal_content(
    records: list[dict[str, object]], indent: int | None
) -> None:
    lists = split_list(json.dumps(records, indent=indent).encode())
    fields = split_field(json.dumps({"data": records}, indent=indent).encode(), "data").records
    for split in (lists, fields):
        assert [json.loads(record) for record in split] == records
        assert not any(b"\n" in record or b"\r" in record for record in split)


def test_packed_records_behave_as_a_sequence() -> None:
    whole = [b'{"a":1}', b'{"b":"}, {"}', b"{}"]
    packed = split_list(b"[" + b",".join(whole) + b"]")
    assert packed == whole
    assert len(packed) == 3
    assert (packed[0], packed[-1], packed[1:]) == (whole[0], whole[-1], whole[1:])
    assert packed == split_list(b"[" + b",".join(whole) + b"]")
    assert packed != split_list(b"[" + b",".join(whole[::-1]) + b"]")
    with pytest.raises(IndexError):
        packed[3]


@given(cut=st.integers(1, 40))
def test_a_truncated_body_is_malformed(cut: int) -> None:
    body = json.dumps([{"seq_id": number, "text": "ä]}"} for number in range(5)]).encode()
    with pytest.raises(MalformedBodyError):
        split_list(body[:-cut])


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"\xff\xfe", b"[1,"])
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        split_list(body)


@pytest.mark.parametrize("body", [b'{"code":1}', b"[1]", b"null", b'["a"]'])
def test_json_of_another_shape_is_unexpected(body: bytes) -> None:
    with pytest.raises(UnexpectedShapeError):
        split_list(body)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_no_line_end_of_a_pretty_body_stays_in_a_record(end: bytes) -> None:
    body = end.join([b"[{", b'"a": 1', b"}]"])
    assert split_list(body) == [b'{"a":1}']
