"""SQL of the properties of a row: what no column of the raw table holds, as a JSON object."""

from collections.abc import Iterable, Mapping

from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import Feed


def flat_properties(feed: Feed, columns: Iterable[str], are_texts: bool = False) -> str:
    """SQL of the columns for `properties`, by name, so that another order of columns is the same row.

    Texts have no nulls within them.
    """
    names = set(columns)
    own = {name: column for name, column in feed.property_columns.items() if column in names}
    mapped = {*feed.columns.values(), *own.values(), *feed.file_format.combined}
    left = names - mapped - set(feed.exclude)
    # of two members of one name the mapped one is meant
    members = {(f"file {name}" if name in own else name): name for name in left} | own
    ordered = dict(sorted(members.items()))
    if not ordered:
        return "null::json"
    if not are_texts:
        return without_nulls(as_json(ordered), None)
    is_full = " and ".join(f"{quoted(column)} is not null" for column in ordered.values())
    return (
        f"case when {is_full} then ({as_json(ordered)})::varchar "
        f"else {without_nulls(as_json(ordered), None)} end"
    )


def without_nulls(json: str, text: str | None) -> str:
    """SQL of `json` without members that are null: a column that a file lacks is equal to an empty one.

    Only where `text`, the source of `json`, may have a null, because merging costs as much as reading.
    """
    merged = f"nullif(json_merge_patch('{{}}', {json})::varchar, '{{}}')"
    if text is None:
        return merged
    return f"case when contains({text}, 'null') then {merged} else nullif(({json})::varchar, '{{}}') end"


def as_json(columns: Iterable[str] | Mapping[str, str]) -> str:
    """SQL of a JSON object of columns, under their own names or those given."""
    members = columns if isinstance(columns, Mapping) else {name: name for name in columns}
    return (
        "json_object("
        + ", ".join(f"{literal(name)}, {quoted(column)}" for name, column in members.items())
        + ")"
    )
