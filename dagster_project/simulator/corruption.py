"""Corrupting the body of a response: truncation, malformed JSON, schema drift."""

import json
from typing import Any, Final

from dagster_project.simulator.fault_injection import Fault

BODY_KINDS: Final = ("truncated", "malformed", "field_added", "field_missing", "type_changed")


def corrupt(body: bytes, fault: Fault) -> bytes:
    """The corrupted body; schema drift leaves a body that is not JSON unchanged."""
    if fault.kind == "truncated":
        return body[: len(body) // 2]
    if fault.kind == "malformed":
        # An unescaped line break and a trailing comma, as in hand-written JSON.
        return body[:-1] + b',\n"\n' + body[-1:]
    try:
        content = json.loads(body)
    except ValueError:
        return body
    for record in _records(content):
        _drift(record, fault)
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _records(content: Any) -> list[dict[str, Any]]:
    """The longest list of objects in a body; a body without a list is itself the record."""
    if isinstance(content, list):
        return [record for record in content if isinstance(record, dict)]
    lists = [_records(value) for value in content.values() if isinstance(value, list)]
    return max(lists, key=len) if any(lists) else [content]


def _drift(record: dict[str, Any], fault: Fault) -> None:
    if fault.kind == "field_added":
        record[fault.name or "surprise"] = "new"
    elif fault.kind == "field_missing" and record:
        record.pop(fault.name or list(record)[-1], None)
    elif fault.kind == "type_changed" and record:
        name = fault.name or next(iter(record))
        if name in record:
            record[name] = _of_other_type(record[name])


def _of_other_type(value: Any) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return [value]
        case int() | float():
            return str(value)
        case None:
            return 0
        case _:
            return json.dumps(value)
