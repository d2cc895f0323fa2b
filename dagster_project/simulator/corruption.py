"""How the body of a true answer is spoilt."""

import json
from typing import Any, Final

from dagster_project.simulator.fault_injection import Misbehaviour

BODY_KINDS: Final = ("truncated", "malformed", "field_added", "field_missing", "type_changed")


def spoil(body: bytes, misbehaviour: Misbehaviour) -> bytes:
    """The body with the damage done; schema drift leaves a body that is no JSON as it is."""
    if misbehaviour.kind == "truncated":
        return body[: len(body) // 2]
    if misbehaviour.kind == "malformed":
        # An unescaped line break and a trailing comma, as hand-made JSON has them.
        return body[:-1] + b',\n"\n' + body[-1:]
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    for record in _records(answer):
        _drift(record, misbehaviour)
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


def _records(answer: Any) -> list[dict[str, Any]]:
    """The longest list of objects in an answer; an answer without one is itself the record."""
    if isinstance(answer, list):
        return [record for record in answer if isinstance(record, dict)]
    lists = [_records(value) for value in answer.values() if isinstance(value, list)]
    return max(lists, key=len) if any(lists) else [answer]


def _drift(record: dict[str, Any], misbehaviour: Misbehaviour) -> None:
    if misbehaviour.kind == "field_added":
        record[misbehaviour.name or "surprise"] = "new"
    elif misbehaviour.kind == "field_missing" and record:
        record.pop(misbehaviour.name or list(record)[-1], None)
    elif misbehaviour.kind == "type_changed" and record:
        name = misbehaviour.name or next(iter(record))
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
