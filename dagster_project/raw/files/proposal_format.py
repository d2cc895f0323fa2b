"""The format and the encoding of a file of unknown layout, by its name and its first bytes."""

from dataclasses import replace
from pathlib import Path

import msgspec

from dagster_project.raw.files.csv_reading import DELIMITERS, SEPARATOR_LINE, delimiter_of
from dagster_project.raw.files.inspection import UTF_16, compression_of, content_of
from dagster_project.raw.files.proposal_doubts import GUESSED_ENCODING
from dagster_project.raw.files.proposal_layout import table_in
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import FileFormat

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
# In which a table is looked for.
HEAD_LINES = 200
SIGNS = tuple(sign.encode() for sign in DELIMITERS)


def bare_feed(path: Path) -> Feed:
    """The format and the encoding, by the name and the first bytes."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if path.open("rb").read(4) == b"PAR1":
        return Feed("proposed", str(path), "parquet", "UTC", {})
    head = next(content_of(path, compression_of(path)), b"")[:100_000]
    encoding = "utf-16" if head.startswith(UTF_16) else None if _is_utf_8(head) else GUESSED_ENCODING
    comment = "#" if head.startswith(b"#") and _is_comment(head) else None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    format_ = next((SUFFIXES[suffix] for suffix in suffixes if suffix in SUFFIXES), "csv")
    if start in (b"{", b"["):
        is_lines = start == b"{" and _is_object(head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n")[0])
        format_ = "jsonl" if is_lines else "json"
    rules = FileFormat(encoding=encoding, comment=comment)
    if format_ == "csv" and comment is None:
        rules = _with_table(rules, head)
    return Feed("proposed", str(path), format_, "UTC", {}, file_format=rules)


def _with_table(rules: FileFormat, head: bytes) -> FileFormat:
    """With the lines before the header, and the delimiter where the header alone does not say it."""
    text = head.decode(rules.encoding or "utf-8-sig", "replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:HEAD_LINES]
    table = table_in(lines)
    if table is None:
        return rules
    skip, delimiter = table
    is_plain = delimiter_of(lines[skip], rules.quote) == delimiter
    is_first = not any(line.strip() for line in lines[:skip]) or SEPARATOR_LINE.fullmatch(lines[0].strip(" "))
    return replace(rules, skip=0 if is_first else skip, delimiter=None if is_plain else delimiter)


def _is_comment(head: bytes) -> bool:
    """Whether the first line is none of the table's: a header can begin with #, too."""
    first, second, *_ = [*head.splitlines(), b"", b""]
    return bool(second) and all(
        first.count(sign) != second.count(sign) or not second.count(sign) for sign in SIGNS
    )


def _is_utf_8(head: bytes) -> bool:
    try:
        head[: head.rfind(b"\n") + 1 or None].decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except msgspec.DecodeError:
        return False
