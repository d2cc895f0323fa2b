"""Filter expressions as SQL conditions with bound values."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dagster_project.simulator.google_analytics.fields import NOT_SET
from dagster_project.simulator.google_analytics.requests import MATCH_TYPES, OPERATIONS, enum
from dagster_project.simulator.google_analytics.responses import invalid

_COMPARISONS: Final = {
    "EQUAL": "=",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
}


class Filters:
    """Collects the values of all filters of one request under `parameters`."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.names: list[str] = []

    def condition(self, expression: Mapping[str, Any] | None, field: Callable[[str], str]) -> str:
        """SQL of a filter expression; `field` returns the SQL of a dimension or metric by name."""
        if not expression:
            return "true"
        for key, joint in (("andGroup", " and "), ("orGroup", " or ")):
            if key in expression:
                parts = [self.condition(part, field) for part in expression[key].get("expressions", [])]
                return f"({joint.join(parts)})" if parts else "true"
        if "notExpression" in expression:
            return f"not ({self.condition(expression['notExpression'], field)})"
        if "filter" not in expression:
            raise invalid("A filter expression needs a group, a negation or a filter.")
        return self._filter(expression["filter"], field)

    def _filter(self, filter_: Mapping[str, Any], field: Callable[[str], str]) -> str:
        name = str(filter_.get("fieldName", ""))
        sql = f"({field(name)})"
        self.names.append(name)
        number = f"try_cast({sql} as double)"
        if "stringFilter" in filter_:
            return self._text(sql, filter_["stringFilter"])
        if "inListFilter" in filter_:
            return self._in_list(sql, filter_["inListFilter"])
        if "numericFilter" in filter_:
            kind = enum(filter_["numericFilter"].get("operation"), OPERATIONS, "")
            if kind not in _COMPARISONS:
                raise invalid("A numericFilter needs an operation.")
            value = self._bind(_number(filter_["numericFilter"].get("value")))
            return f"coalesce({number} {_COMPARISONS[kind]} {value}, false)"
        if "betweenFilter" in filter_:
            low = self._bind(_number(filter_["betweenFilter"].get("fromValue")))
            high = self._bind(_number(filter_["betweenFilter"].get("toValue")))
            return f"coalesce({number} between {low} and {high}, false)"
        if "emptyFilter" in filter_:
            return f"{sql} in ('', '{NOT_SET}')"
        raise invalid(f"The filter on {name} has no condition.")

    def _text(self, sql: str, filter_: Mapping[str, Any]) -> str:
        value = str(filter_.get("value", ""))
        is_exact_case = bool(filter_.get("caseSensitive"))
        kind = enum(filter_.get("matchType"), MATCH_TYPES, "EXACT")
        if kind.endswith("REGEXP"):
            function = "regexp_full_match" if kind == "FULL_REGEXP" else "regexp_matches"
            return f"{function}({sql}, {self._bind(value)}, '{'c' if is_exact_case else 'i'}')"
        if not is_exact_case:
            sql, value = f"lower({sql})", value.lower()
        bound = self._bind(value)
        match kind:
            case "BEGINS_WITH":
                return f"starts_with({sql}, {bound})"
            case "ENDS_WITH":
                return f"ends_with({sql}, {bound})"
            case "CONTAINS":
                return f"contains({sql}, {bound})"
            case _:
                return f"{sql} = {bound}"

    def _in_list(self, sql: str, filter_: Mapping[str, Any]) -> str:
        values = [str(value) for value in filter_.get("values", [])]
        if not values:
            raise invalid("An inListFilter needs values.")
        if not filter_.get("caseSensitive"):
            sql, values = f"lower({sql})", [value.lower() for value in values]
        return f"{sql} in ({', '.join(self._bind(value) for value in values)})"

    def _bind(self, value: Any) -> str:
        name = f"filter_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"


def _number(value: Any) -> float:
    fields = value if isinstance(value, dict) else {}
    try:
        return float(str(fields.get("int64Value", fields.get("doubleValue", 0))))
    except (TypeError, ValueError):
        raise invalid("A numeric filter's value is not a number.") from None
