"""Opening a CSV file: delimiter and names come from the header line."""

import csv
import re
from collections.abc import Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Literal

from dagster_project.raw.files.inspection import Inspection
from dagster_project.raw.files.opened import OpenedFile, UnreadableFileError
from dagster_project.raw.files.properties import as_json, flat_properties
from dagster_project.raw.files.row_rules import combined, condition, filled, requirements
from dagster_project.raw.sql import literal
from dagster_project.sources.event_files import Feed

DELIMITERS = (",", ";", "\t", "|")
# The engine pads rows in one thread only.
PADDED = "null_padding = true, parallel = false, "
MIXED_LINE_ENDS = "some of its lines end in CR and others in LF or CR LF"
# In which a header is looked for by its beginning.
MOST_BEFORE_HEADER = 1000
# The line with which spreadsheets name the delimiter, before the header.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


def open_csv(feed: Feed, path: Path, inspection: Inspection) -> OpenedFile:
    """One bad row makes DuckDB's sniffer drop the quoting, so nothing is left to it."""
    rules = feed.file_format
    skip = rules.skip if rules.header is None else _place_of(rules.header, inspection.lines)
    lines = list(dropwhile(lambda line: not line.strip(), inspection.lines[skip:]))
    if not lines:
        raise UnreadableFileError(
            f"the file has no header after the {rules.skip} lines that `skip` leaves out; correct its feed"
        )
    named = SEPARATOR_LINE.fullmatch(lines[0].strip(" "))
    header = _header(lines[1:] if named else lines, rules.quote)
    skipped = len(inspection.lines) - len(lines) + bool(named)
    header_lines = range(skipped, skipped + 1 + header.count("\n"))
    if inspection.undecodable & set(header_lines):  # of rows, each is quarantined alone
        raise UnreadableFileError(
            "the first line is not UTF-8 text; write its `encoding` in its feed, or export the file as UTF-8"
        )
    delimiter = rules.delimiter or (named[1] if named else delimiter_of(header, rules.quote))
    columns = _names(header, delimiter, rules.quote)
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    relation = (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {skipped}, "
        f"delim = {literal(delimiter)}, quote = {literal(rules.quote)}, "
        f"escape = {literal(rules.escape or rules.quote)}, {PADDED if rules.null_padding else ''}"
        f"columns = {{{types}}}, compression = {literal(inspection.compression)}, "
        "store_rejects = true, rejects_table = '_rejected', rejects_scan = '_rejected_scans')"
    )
    every, with_labels = combined(feed, filled(feed, relation, columns), columns)
    kept = condition(feed, columns)
    return OpenedFile(
        f"(select * from {every} where {kept})" if kept else every,
        with_labels,
        flat_properties(feed, with_labels, are_texts=True),
        as_json(columns),
        has_rejects=True,
        has_nul=inspection.has_nul,
        names=columns,
        every_row=every if kept else None,
        requirements=requirements(feed, every),
        has_lines=any(line.strip() for line in lines[1 + bool(named) + header.count("\n") :]),
        delimiter=delimiter,
        breaks=inspection.breaks - len(header_lines) - skipped,
    )


def _place_of(header: str, lines: Sequence[str]) -> int:
    """How many lines stand before the one that begins with `header`: of a table below others."""
    for place, line in enumerate(lines):
        if line.strip(' "').startswith(header):
            return place
    raise UnreadableFileError(
        f"none of its first {MOST_BEFORE_HEADER:,} lines begins with {header}, as `header` of its feed says; "
        "correct the file or its feed"
    )


def delimiter_of(header: str, quote: str) -> str:
    """The sign that stands most often in a header, outside its quotes."""
    sign = re.escape(quote)
    bare = re.sub(f"{sign}[^{sign}]*{sign}", "", header) if quote else header
    return max(DELIMITERS, key=bare.count)


def _header(lines: Sequence[str], quote: str) -> str:
    """The first line, with those that follow it while a quote is open."""
    for lines_read in range(1, len(lines) + 1):
        header = "\n".join(lines[:lines_read])
        if not quote or header.count(quote) % 2 == 0:
            return header
    return lines[0] if lines else ""


def _names(header: str, delimiter: str, quote: str) -> tuple[str, ...]:
    """The header's names, made unique."""
    try:
        if "\0" in header:
            raise csv.Error("it has a NUL character")
        if "\r" in header and (not quote or quote not in header):
            raise csv.Error(MIXED_LINE_ENDS)
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        lines = [f"{line}\n" for line in header.split("\n")]
        names = next(csv.reader(lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting), [])
    except csv.Error as error:
        raise UnreadableFileError(
            f"the first line is not a CSV header ({error}); correct its quotes and its line end"
        ) from error
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        plain = name.strip() or f"column_{position}"
        taken = {other.lower() for other in unique}
        unique.append(plain if plain.lower() not in taken else f"{plain}_{position}")
    return tuple(unique)
