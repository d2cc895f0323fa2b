"""Filters and sorts of a search of the CRM."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dagster_project.simulator.hubspot.objects import Record
from dagster_project.simulator.hubspot.responses import invalid


def sort_value(name: str, record: Record) -> float:
    return _comparable(record["properties"].get(name))


def fits(properties: Mapping[str, str | None], groups: Sequence[Mapping[str, Any]]) -> bool:
    """Groups are alternatives, the filters of a group must all hold."""
    return not groups or any(
        all(_holds(properties.get(each["propertyName"]), each) for each in group.get("filters", []))
        for group in groups
    )


def _holds(value: str | None, filter_: Mapping[str, Any]) -> bool:
    operator = str(filter_["operator"])
    if operator == "HAS_PROPERTY":
        return value is not None
    if operator == "NOT_HAS_PROPERTY":
        return value is None
    if operator in ("IN", "NOT_IN"):
        return (value in filter_.get("values", [])) is (operator == "IN")
    if value is None:
        return operator in ("NEQ", "NOT_IN")
    if operator == "EQ":
        return value == str(filter_["value"])
    if operator == "NEQ":
        return value != str(filter_["value"])
    ours, theirs = _comparable(value), _comparable(filter_["value"])
    if operator == "BETWEEN":
        return theirs <= ours <= _comparable(filter_["highValue"])
    outcomes = {"GT": ours > theirs, "GTE": ours >= theirs, "LT": ours < theirs, "LTE": ours <= theirs}
    if operator not in outcomes:
        raise invalid(f"operator {operator} is not supported")
    return outcomes[operator]


def _comparable(value: str | None) -> float:
    """Numbers and times compare as numbers, times as milliseconds."""
    try:
        return float(value or 0)
    except ValueError:
        return round(datetime.fromisoformat(str(value)).timestamp() * 1000)
