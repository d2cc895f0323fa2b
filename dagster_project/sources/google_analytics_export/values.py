"""Values of an event as they come: of any type, in lists of either spelling."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**62
_VALUES: Final = ("string_value", "int_value", "double_value", "float_value")


def objects_in(values: Any) -> Iterator[Mapping[str, Any]]:
    """A list's objects, in either spelling: `[…]` or `{"list": [{"element": …}]}`."""
    if isinstance(values, dict):
        values = values.get("list")
    for value in values if isinstance(values, list) else ():
        inner = value.get("element", value) if isinstance(value, dict) and len(value) == 1 else value
        if isinstance(inner, dict):
            yield inner


def parameters_in(listed: Any) -> dict[str, Any]:
    """Parameters by name: whichever of a value's four fields has it, the first of a name that comes twice."""
    found: dict[str, Any] = {}
    for parameter in objects_in(listed):
        name, value = parameter.get("key"), parameter.get("value")
        if isinstance(value, dict):
            value = next((v for field in _VALUES if (v := value.get(field)) not in (None, "")), None)
        if isinstance(name, str) and value is not None:
            found.setdefault(name, value)
    return found


def fields_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str | None:
    """A value as text; null for an empty one, a list and an object."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def number_of(value: Any) -> str | None:
    """A finite number as text, as loading reads it."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return text_of(number) if math.isfinite(number) else None


def amount_of(value: Any) -> str | None:
    """The same of an amount: without a number it is "NaN", which loading leaves out and counts."""
    return None if value in (None, "") else number_of(value) or "NaN"


def whole_number(value: Any) -> int | None:
    try:
        number = int(value) if not isinstance(value, float) or value.is_integer() else None
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is None or abs(number) < _LARGEST else None


def instant(microseconds: Any) -> str:
    """ISO 8601 of a time in microseconds; what is none stays as it is, for quarantine to show."""
    number = whole_number(microseconds)
    try:
        if number is not None:
            return (_EPOCH + timedelta(microseconds=number)).replace(tzinfo=None).isoformat()
    except OverflowError:
        pass
    return f"event_timestamp {text_of(microseconds) or 'is missing'}"
