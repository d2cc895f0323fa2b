"""Opening JSON: a record a line, the elements of an array, or a document; and Parquet by paths into it."""

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from dagster_project.raw.files import row_rules
from dagster_project.raw.files.inspection import MAX_DEPTH, MAX_LINE_BYTES, PAIRS, PASSES, Inspection
from dagster_project.raw.files.json_paths import (
    Exploded,
    exploded,
    is_number,
    merged,
    owner,
    records_without_elements,
    removal,
    values_at,
    with_elements,
)
from dagster_project.raw.files.opened import OpenedFile
from dagster_project.raw.files.properties import as_json, without_nulls
from dagster_project.raw.files.row_rules import combined, condition, file_columns, filled, requirements
from dagster_project.raw.sql import literal
from dagster_project.sources.event_files import Feed

# Of a document whose parts are the records.
MAX_DOCUMENT_BYTES = 1 << 30
DEFECT = "not _is_object"


def open_json_lines(feed: Feed, path: Path, inspection: Inspection) -> OpenedFile:
    # a line that is not an object has no fields; `defect` quarantines it with its text
    lines = f"""(
        select _line,
            case when json_valid(_line) then json_type(_line) = 'OBJECT' else false end as _is_object
        from read_csv({literal(str(path))}, auto_detect = false, delim = '', quote = '', escape = '',
            header = false, columns = {{'_line': 'VARCHAR'}},
            compression = {literal(inspection.compression)}, max_line_size = {MAX_LINE_BYTES},
            strict_mode = false, store_rejects = true,
            rejects_table = '_rejected', rejects_scan = '_rejected_scans')
        where trim(_line, e' \\t\\r') <> ''
    )"""
    names = {name for line in inspection.lines for name in _members(line)}
    return _opened(feed, lines, names, inspection, "the line is not a JSON object", has_rejects=True)


def open_json(feed: Feed, path: Path, inspection: Inspection) -> OpenedFile:
    """An array gives a record for each element, another file one for each of the documents in it."""
    first = next(
        (line.lstrip("\ufeff \t\r")[:1] for line in inspection.lines if line.strip("\ufeff \t\r")), ""
    )
    limit = min(max(MAX_LINE_BYTES, 2 * inspection.size), MAX_DOCUMENT_BYTES)
    lines = f"""(
        select json::varchar as _line, coalesce(json_type(json) = 'OBJECT', false) as _is_object
        from read_json_objects({literal(str(path))}, maximum_object_size = {limit},
            format = '{"array" if first == "[" else "unstructured"}',
            compression = {literal(inspection.compression)})
    )"""
    return _opened(feed, lines, None, inspection, "the record is not a JSON object", has_rejects=False)


def open_nested_parquet(feed: Feed, scan: str) -> OpenedFile:
    """Rows as JSON objects, which paths lead into; `scan` is SQL of the file's rows."""
    lines = f"(select to_json(_rows)::varchar as _line, true as _is_object from {scan} as _rows)"
    return _opened(feed, lines, None, Inspection("none", (), has_nul=True), "", has_rejects=False)


def _opened(
    feed: Feed,
    lines: str,
    names: Collection[str] | None,
    inspection: Inspection,
    defect: str,
    has_rejects: bool,
) -> OpenedFile:
    lists = exploded(feed.file_format.explode)
    columns = file_columns(feed)
    records = values_at(with_elements(lines, lists), columns, lists)
    every, with_labels = combined(feed, filled(feed, records, columns), columns)
    kept = condition(feed, columns)
    types = {name: is_number(name, lists) for name in columns}
    return OpenedFile(
        f"(select * from {every} where {DEFECT} or ({kept}))" if kept else every,
        with_labels,
        _properties(feed, lists),
        "_line",
        has_rejects=has_rejects,
        has_nul=inspection.has_nul,
        names=names,
        defect=(DEFECT, defect) if defect else None,
        is_too_deep=_is_too_deep("_line") if inspection.is_deep else None,
        every_row=every if kept else None,
        requirements=requirements(feed, every, lines),
        without_rows=records_without_elements(lines, lists),
        is_number=row_rules.is_number(feed, types),
    )


def _properties(feed: Feed, lists: tuple[Exploded, ...]) -> str:
    """SQL of the record without what is mapped, with the elements in place of their lists."""
    mapped = dict.fromkeys(feed.columns.values())
    patch = removal(
        [
            *(name for name in feed.exclude if owner(name, lists) == "_line"),
            *(one.path for one in lists if one.source == "_line"),
        ]
    )
    patch |= dict.fromkeys(one.path for one in lists if one.source == "_line")
    patch |= dict.fromkeys(name for name in mapped if name not in feed.file_format.combined)
    parts = [f"json_merge_patch(if(_is_object, _line, '{{}}'), {literal(_encoded(patch))})"]
    for one in lists:
        left_out = [name for name in feed.exclude if owner(name, lists) == one.element]
        left_out += [other.path for other in lists if other.source == one.element]
        inner = removal([name[len(one.path) + 1 :] for name in left_out])
        element = f"json_merge_patch({one.element}, {literal(_encoded(inner))})" if inner else one.element
        parts.append(f"json_object({literal(one.name)}, {element})")
    if feed.property_columns:
        parts.append(as_json(dict(sorted(feed.property_columns.items()))))
    return without_nulls(merged(parts), "_line" if len(parts) == 1 else None)


def _encoded(patch: object) -> str:
    return msgspec.json.encode(patch).decode()


def _members(line: str) -> Iterable[str]:
    """The names of a JSON object's members; none of another line."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return ()
    return found if isinstance(found, dict) else ()


def _is_too_deep(text: str) -> str:
    """SQL that is true for JSON whose brackets, without closed pairs, open more often than MAX_DEPTH."""
    brackets = f"regexp_replace({text}, '[^][{{}}]', '', 'g')"
    for pair in PAIRS * PASSES:
        brackets = f"replace({brackets}, {literal(pair.decode())}, '')"
    return f"regexp_matches({brackets}, '[[{{]{{{MAX_DEPTH}}}')"
