"""The fields that a request may name, and their metadata."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dagster_project.simulator.google_analytics.fields import (
    DIMENSION_BY_NAME,
    DIMENSIONS,
    METRIC_BY_NAME,
    METRICS,
    Dimension,
    Metric,
)
from dagster_project.simulator.google_analytics.responses import incompatible, invalid, unknown_field

_MAX_DIMENSIONS = 9
_MAX_METRICS = 10


class Catalogue:
    """The available fields; `missing` are custom dimensions that are not registered."""

    def __init__(self, missing: Iterable[str] = ()) -> None:
        self._missing = {name if ":" in name else f"customEvent:{name}" for name in missing}

    def dimension(self, name: str) -> Dimension:
        if name == "dateRange":
            return Dimension("dateRange", "Date range", "Time", "range_name")
        if name not in DIMENSION_BY_NAME or name in self._missing:
            raise unknown_field(name, "dimension", _closest_name(name, DIMENSION_BY_NAME))
        return DIMENSION_BY_NAME[name]

    def metric(self, name: str, expression: str = "") -> Metric:
        """A metric by name, or one computed from others (`eventCount/totalUsers`)."""
        if not expression or expression == name:
            if name not in METRIC_BY_NAME:
                raise unknown_field(name, "metric", _closest_name(name, METRIC_BY_NAME))
            return METRIC_BY_NAME[name]
        return Metric(name, name, "TYPE_FLOAT", f"coalesce({self._computed(expression)}, 0)", is_ratio=True)

    def _computed(self, expression: str) -> str:
        """SQL of an arithmetic expression over metrics; a division by zero gives null."""
        tokens = re.findall(r"[A-Za-z]\w*|\d+(?:\.\d+)?|[-+*/()]|\S", expression)
        if not all(re.fullmatch(r"[A-Za-z]\w*|\d+(?:\.\d+)?|[-+*/()]", token) for token in tokens):
            raise invalid(f"The metric expression {expression} is not valid.")
        return " ".join(
            f"({self.metric(token).sql})::double" if token[0].isalpha() else token for token in tokens
        )

    def check(
        self, dimensions: Sequence[Dimension], metrics: Sequence[Metric], filtered: Iterable[str]
    ) -> None:
        """Refuses too many fields and incompatible fields. Filtered dimensions count too."""
        names = {dimension.name for dimension in dimensions if dimension.name != "dateRange"} | set(filtered)
        if len(names) > _MAX_DIMENSIONS:
            raise invalid(
                f"Requests are limited to {_MAX_DIMENSIONS} dimensions within a nested request. "
                f"This request is for {len(names)} dimensions."
            )
        if len(metrics) > _MAX_METRICS:
            raise invalid(
                f"Requests are limited to {_MAX_METRICS} metrics within a nested request. "
                f"This request is for {len(metrics)} metrics."
            )
        if name := incompatible_field(dimensions, metrics):
            raise incompatible(name)

    def metadata(self, property_id: str) -> dict[str, Any]:
        """The body of `GET properties/{id}/metadata`; property 0 has the universal fields only."""
        dimensions = [
            field_metadata(dimension)
            for dimension in DIMENSIONS
            if dimension.name not in self._missing and not (property_id == "0" and dimension.is_custom)
        ]
        return {
            "dimensions": dimensions,
            "metrics": [field_metadata(metric) for metric in METRICS],
            "name": f"properties/{property_id}/metadata",
        }


def incompatible_field(dimensions: Sequence[Dimension], metrics: Sequence[Metric]) -> str | None:
    """A field that is incompatible with the others: item-scoped with traffic sources or custom dimensions."""
    items = [metric.name for metric in metrics if metric.is_item]
    items += [dimension.name for dimension in dimensions if dimension.is_item]
    others = any(dimension.is_custom or dimension.category == "Traffic source" for dimension in dimensions)
    return items[0] if items and others else None


def field_metadata(field: Dimension | Metric) -> dict[str, Any]:
    """A field's metadata without empty and false values."""
    if isinstance(field, Metric):
        return {
            "apiName": field.name,
            "uiName": field.title,
            "description": f"{field.title}.",
            "type": field.type,
            "category": "Event",
        }
    metadata: dict[str, Any] = {
        "apiName": field.name,
        "uiName": field.title,
        "description": "An event scoped custom dimension for your Analytics property."
        if field.is_custom
        else f"{field.title}.",
        "category": field.category,
    }
    if field.is_custom:
        metadata["customDefinition"] = True
    return metadata


def _closest_name(name: str, known: Mapping[str, object]) -> str:
    if name.startswith("custom"):
        return ""
    return next(iter(difflib.get_close_matches(name, known, 1, 0.8)), "")
