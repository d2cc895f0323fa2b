"""SQL of the values at paths into JSON records, and of a row for each element of their lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files.file_format import path_parts

Steps = tuple[str | int, ...]


def steps(name: str) -> Steps:
    """The steps of a path; of a name that is none the name itself."""
    return path_parts(name) or (name,)


def json_path(parts: Steps) -> str:
    """The engine's spelling of a path."""
    written = (f"[{part}]" if isinstance(part, int) else f'."{_escaped(part)}"' for part in parts)
    return f"${''.join(written)}"


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True)
class Exploded:
    """A list at `path`, whose elements are in the column `element` of a relation."""

    path: str
    element: str
    source: str
    below: Steps

    @property
    def value(self) -> str:
        """SQL of the list; a member whose own name looks like a path comes before the path."""
        paths = [json_path(self.below)]
        if self.source == "_line" and len(self.below) > 1:
            paths.insert(0, json_path((self.path,)))
        found = ", ".join(f"json_extract({self.source}, {literal(path)})" for path in paths)
        return f"coalesce({found})" if len(paths) > 1 else found

    @property
    def name(self) -> str:
        """By which the element stands among the properties."""
        return next(str(part) for part in reversed(self.below) if isinstance(part, str))


def exploded(paths: Sequence[str]) -> tuple[Exploded, ...]:
    """The lists in their order; one that lies in an element of an earlier one is read from there."""
    found: tuple[Exploded, ...] = ()
    for number, path in enumerate(paths):
        source, below = _place(path, found)
        found += (Exploded(path, f"_element{number}", source, below),)
    return found


def _place(name: str, lists: Sequence[Exploded]) -> tuple[str, Steps]:
    """The column that `name` is read from, and the steps from there on."""
    for one in reversed(lists):
        if name == one.path:
            return one.element, ()
        if name.startswith((f"{one.path}.", f"{one.path}[")):
            rest = name[len(one.path) :]
            return one.element, steps(rest[1:]) if rest.startswith(".") else steps(f"_{rest}")[1:]
    return "_line", steps(name)


def with_elements(relation: str, lists: Sequence[Exploded]) -> str:
    """SQL of `relation` with a row for each element; a line that is not an object keeps its row.

    A value that is not a list counts as its only element, and an empty list, or null, has no row.
    """
    for one in lists:
        value = one.value
        elements = (
            f"case when not _is_object then [null] when json_type({value}) = 'ARRAY' "
            f"then json_extract({value}, '$[*]') when coalesce(json_type({value}), 'NULL') = 'NULL' then [] "
            f"else [{value}] end"
        )
        relation = f"(select *, unnest({elements}) as {one.element} from {relation})"
    return relation


def records_without_elements(relation: str, lists: Sequence[Exploded]) -> str | None:
    """SQL of the number of records of `relation`, and elements of outer lists, that give no row."""
    counts = [
        f"(select count(*) from {with_elements(relation, lists[:number])} where _is_object "
        f"and coalesce(json_type({one.value}), 'NULL') in ('NULL', 'ARRAY') "
        f"and coalesce(json_array_length({one.value}), 0) = 0)"
        for number, one in enumerate(lists)
    ]
    return f"select {' + '.join(counts)}" if counts else None


def values_at(relation: str, names: Sequence[str], lists: Sequence[Exploded]) -> str:
    """SQL of `relation` with a text column for each of `names`, which are members, paths or elements.

    A member whose own name looks like a path comes before the path.
    """
    plain = [name for name in names if _place(name, lists) == ("_line", (name,))]
    paths: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    for name in names:
        if name in plain:
            continue
        source, below = _place(name, lists)
        wanted = [json_path(below)] if source != "_line" else [json_path((name,)), json_path(below)]
        places = [_place_of(path, paths.setdefault(source, [])) for path in wanted]
        found = ", ".join(f"_values_of{source}[{place}]" for place in places)
        columns[name] = f"coalesce({found})" if len(places) > 1 else found
    lookups = [
        f"json_extract_string({_object(source)}, [{', '.join(map(literal, wanted))}]) as _values_of{source}"
        for source, wanted in paths.items()
    ]
    structure = literal(msgspec.json.encode(dict.fromkeys(plain, "VARCHAR")).decode())
    members = [f"unnest(json_transform({_object('_line')}, {structure}))"] if plain else []
    inner = (
        f"(select *{''.join(f', {lookup}' for lookup in lookups)} from {relation})" if lookups else relation
    )
    selected = [*members, *(f"{value} as {quoted(name)}" for name, value in columns.items())]
    kept = ["_line", "_is_object", *(one.element for one in lists)]
    return f"(select {', '.join([*selected, *kept])} from {inner})"


def _place_of(path: str, paths: list[str]) -> int:
    if path not in paths:
        paths.append(path)
    return paths.index(path) + 1


def _object(source: str) -> str:
    return "if(_is_object, _line, '{}')" if source == "_line" else source


def owner(name: str, lists: Sequence[Exploded]) -> str:
    """The column that the value of `name` stands in: the record, or an element of a list."""
    return _place(name, lists)[0]


def is_number(name: str, lists: Sequence[Exploded]) -> str:
    """SQL that is true where the value of `name` is a number of JSON, over the rows of `values_at`."""
    source, below = _place(name, lists)
    paths = [below] if source != "_line" or below == (name,) else [(name,), below]
    types = (f"json_type({_object(source)}, {literal(json_path(path))})" for path in paths)
    return f"coalesce({', '.join(types)}) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"


def removal(names: Sequence[str]) -> dict[str, Any]:
    """The merge patch that takes members, and what paths of members alone lead to, out of a record."""
    patch: dict[str, Any] = {}
    for name in names:
        *outer, last = steps(name)
        if any(isinstance(part, int) for part in (*outer, last)):
            continue
        place = patch
        for part in outer:
            place = inner if isinstance(inner := place.setdefault(str(part), {}), dict) else {}
        place[str(last)] = None
    return patch


def merged(parts: Sequence[str]) -> str:
    """SQL of the JSON objects merged, the later over the earlier."""
    first, *rest = parts
    for part in rest:
        first = f"json_merge_patch({first}, {part})"
    return first
