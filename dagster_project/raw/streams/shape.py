"""SQL that turns a record's fields into a table's columns, shared by the fast and the slow path.

Every value is read as text (a number in DuckDB's format) and cast in SQL, because `read_json` rounds 1.5 to a
BIGINT and turns true into 1; a cast that fails raises, and the slow path finds the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from dagster_project.raw.addresses import HAS_ADDRESS, masked_columns
from dagster_project.raw.sql import literal, quoted
from dagster_project.raw.streams.times import TIMES
from dagster_project.raw.streams.values import Value
from dagster_project.sources.core.stream import Column, Stream

TEXTS = ("VARCHAR", "JSON", "VARCHAR[]")


@dataclass
class _Node:
    """A node of the record's tree: a leaf with a type, or an object or list with children."""

    type: str = ""
    children: dict[str | int, "_Node"] = field(default_factory=dict)


class Shape:
    """The SQL of one stream's records."""

    def __init__(self, stream: Stream) -> None:
        self._tree: dict[str | int, _Node] = {}
        for column in stream.columns:
            _add_path(self._tree, column.source_path, _leaf_type(column))
        for node in self._tree.values():
            _resolve_mixed(node)
        self.values = [
            Value(
                column,
                self._text(column),
                _json_path(column.source_path),
                is_own_time=column.name == stream.time_column and column.type.upper() in TIMES,
            )
            for column in stream.columns
        ]

    @property
    def read_columns(self) -> str:
        """The `columns` argument of `read_json`."""
        fields = ", ".join(
            f"{literal(str(name))}: {literal(_sql_type(node))}" for name, node in self._tree.items()
        )
        return "{" + fields + "}"

    @property
    def structure(self) -> str:
        """The same for `json_transform`."""
        spec = {str(name): _json_spec(node) for name, node in self._tree.items()}
        return msgspec.json.encode(spec).decode()

    @property
    def select_list(self) -> str:
        columns = [f"{value.cast} as {quoted(value.column.name)}" for value in self.values]
        corrections = [value.amount_correction for value in self.values if value.is_amount]
        return ", ".join([*columns, f"{_joined(corrections)} as _correction"])

    def plausible(self, relation: str, extracted_at: datetime) -> str:
        """SELECT of `relation`, which has `select_list` and provenance, with plausible times.

        The records of `relation` were extracted at or after `extracted_at`.
        """
        times = [time for value in self.values if (time := value.time)]
        if not times:
            return f"from ({relation})"
        corrections = ["_correction", *(time.correction(extracted_at) for time in times)]
        columns = [f"{time.plausible(extracted_at)} as {quoted(time.column.name)}" for time in times]
        replaced = ", ".join([*columns, f"{_joined(corrections)} as _correction"])
        return f"select * replace ({replaced}) from ({relation})"

    @property
    def addresses(self) -> list[Value]:
        return [value for value in self.values if value.address]

    def masked(self, relation: str) -> str:
        """SELECT of `relation`, which has `select_list`, with masked addresses in its texts."""
        columns = [value.column for value in self.values if value.column.pii != "address"]
        texts = {column.name: column.type for column in columns if column.type.upper() in TEXTS}
        alike = [column.name for column in columns if column.pii == "text"]
        return f"select * exclude ({HAS_ADDRESS}) from {masked_columns(f'({relation})', texts, alike)}"

    @property
    def joins(self) -> str:
        """The joins that `select_list` needs."""
        return " ".join(value.join for value in self.addresses)

    @property
    def containers(self) -> Mapping[str, str]:
        """JSON path to OBJECT or ARRAY, for every place that must be one."""
        found: dict[str, str] = {}
        for name, node in self._tree.items():
            _containers((name,), node, found)
        return found

    def _text(self, column: Column) -> str:
        head, *rest = column.source_path
        node = self._tree[head]
        text = quoted(str(head))
        for position, step in enumerate(rest):
            if node.type == "JSON":
                getter = "->" if column.type.upper() == "JSON" else "->>"
                return f"({text} {getter} {literal(_json_path(tuple(rest[position:])))})"
            node = node.children[step]
            text = (
                f"{text}[{step + 1}]" if isinstance(step, int) else f"struct_extract({text}, {literal(step)})"
            )
        if node.type == "JSON" and column.type.upper() != "JSON":
            return f"({text} ->> '$')"
        return text


def _joined(corrections: Sequence[str]) -> str:
    """SQL of the reasons that are not null as one text, or null."""
    return f"nullif(concat_ws('; ', {', '.join(corrections)}), '')" if corrections else "null::varchar"


def _leaf_type(column: Column) -> str:
    type_ = column.type.upper()
    if type_ == "JSON":
        return "JSON"
    return "VARCHAR" + type_[type_.index("[") :] if "[" in type_ else "VARCHAR"


def _add_path(tree: dict[str | int, _Node], path: tuple[str | int, ...], type_: str) -> None:
    for step in path:
        node = tree.setdefault(step, _Node())
        tree = node.children
    node.type = type_ if node.type in ("", type_) else "JSON"


def _resolve_mixed(node: _Node) -> None:
    """Keep a place as JSON text that is both a leaf and a container, or both an object and a list."""
    kinds = {type(step) for step in node.children}
    if node.children and (node.type or len(kinds) > 1):
        node.type = "JSON"
    for child in node.children.values():
        _resolve_mixed(child)
    if kinds == {int} and (
        "JSON" in (types := {child.type for child in node.children.values()}) or len(types) > 1
    ):
        node.type = "JSON"


def _element(node: _Node) -> _Node | None:
    """The common shape of a list's elements."""
    if not all(isinstance(step, int) for step in node.children):
        return None
    merged = _Node()
    for child in node.children.values():
        merged.type = merged.type or child.type
        merged.children |= child.children
    return merged


def _sql_type(node: _Node) -> str:
    if node.type or not node.children:
        return node.type or "VARCHAR"
    if element := _element(node):
        return _sql_type(element) + "[]"
    return "STRUCT(" + ", ".join(f"{quoted(str(k))} {_sql_type(v)}" for k, v in node.children.items()) + ")"


def _json_spec(node: _Node) -> Any:
    if node.type or not node.children:
        type_ = node.type or "VARCHAR"
        return [type_.removesuffix("[]")] if type_.endswith("[]") else type_
    if element := _element(node):
        return [_json_spec(element)]
    return {str(step): _json_spec(child) for step, child in node.children.items()}


def _json_path(path: tuple[str | int, ...]) -> str:
    steps = ("[" + str(s) + "]" if isinstance(s, int) else '."' + s.replace('"', '\\"') + '"' for s in path)
    return "$" + "".join(steps)


def _containers(path: tuple[str | int, ...], node: _Node, found: dict[str, str]) -> None:
    if node.type:
        if node.type.endswith("[]"):
            found[_json_path(path)] = "ARRAY"
        return
    if node.children:
        found[_json_path(path)] = "ARRAY" if all(isinstance(s, int) for s in node.children) else "OBJECT"
    for step, child in node.children.items():
        _containers((*path, step), child, found)
