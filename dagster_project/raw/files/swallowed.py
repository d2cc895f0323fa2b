"""SQL of the rows of a CSV file that stand within a cell, since a quote is open."""

from dagster_project.raw.files.opened import OpenedFile
from dagster_project.raw.files.values import instant
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import Feed


def swallowed_rows(feed: Feed, opened: OpenedFile) -> str | None:
    """SQL of a relation with the column `line`: lines of cells with as many cells as the header, and a time.

    None where no column of the file says when its events occurred.
    """
    names = list(opened.names or ())
    column = feed.columns["occurred_at"]
    combined = feed.file_format.combined.get(column)
    time = next((name for name in (combined.parts if combined else (column,)) if name in names), None)
    if time is None or opened.delimiter is None:
        return None
    delimiter = literal(opened.delimiter)
    cells = ", ".join(map(quoted, names))
    text = f"trim(split_part(line, {delimiter}, {names.index(time) + 1}), ' \"')"
    return f"""(
        select line from (
            select unnest(string_split(replace(cell, chr(13), ''), chr(10))) as line
            from (select unnest([{cells}]) as cell from {opened.every_row or opened.relation})
            where contains(cell, chr(10))
        )
        where length(line) - length(replace(line, {delimiter}, '')) >= {len(names) - 1}
            and {instant(text, feed)} is not null
    )"""
