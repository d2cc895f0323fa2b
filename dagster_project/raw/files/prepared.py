"""A text file as DuckDB can read it: in UTF-8, without comments, with line ends of one kind."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.landing.durable import TEMPORARY
from dagster_project.raw.files.csv_reading import delimiter_of
from dagster_project.raw.files.inspection import compression_of, content_of, refuse_inflated
from dagster_project.raw.files.opened import UnreadableFileError
from dagster_project.sources.event_files import Feed

# Cells that spreadsheets take for texts: ="007", and the same with its quotes doubled in quotes.
BARE_TEXT = r'(^|[,;\t|])="([^"\r\n]*)"(?=[,;\t|\r\n]|$)'
QUOTED_TEXT = r'(^|[,;\t|])"=""([^"\r\n]*)"""(?=[,;\t|\r\n]|$)'
SPREADSHEET_TEXT = re.compile(f"{QUOTED_TEXT}|{BARE_TEXT}", re.MULTILINE)
HEAD_BYTES = 1 << 16


@contextmanager
def prepared(feed: Feed, path: Path, has_mixed_ends: bool = False) -> Iterator[Path]:
    """`path`, or a copy of the file that lasts for the block: in UTF-8, without comments and without formulas
    that make texts, and with line ends of one kind.

    The copy stands next to the landed file, under a name that the landing zone's sweep removes if it is left.
    Raises UnreadableFileError.
    """
    rules = feed.file_format
    if path.stat().st_size == 0:
        yield path
        return
    has_texts = feed.format == "csv" and rules.quote == '"' and _has_spreadsheet_texts(path)
    if rules.encoding is None and rules.comment is None and not has_texts and not has_mixed_ends:
        yield path
        return
    copy = path.with_name(f"{path.name.split('.')[0]}{TEMPORARY}")
    try:
        with copy.open("wb") as target:
            texts = _decoded(path, rules.encoding)
            if rules.comment is not None:
                texts = _without_comments(texts, rules.comment, rules.delimiter)
            for text in _whole_lines(texts) if has_texts or has_mixed_ends else texts:
                if has_texts:
                    text = SPREADSHEET_TEXT.sub(r'\1\3"\2\4"', text)
                if has_mixed_ends:
                    text = text.replace("\r\n", "\n")
                target.write(text.encode("utf-8", "surrogateescape"))
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _has_spreadsheet_texts(path: Path) -> bool:
    """Whether the first rows have such cells: tools write them in every row."""
    try:
        head = next(content_of(path, compression_of(path)), b"")[:HEAD_BYTES]
    except UnreadableFileError:  # which reading the file says
        return False
    return b'="' in head and bool(SPREADSHEET_TEXT.search(head.decode("utf-8", "replace")))


def _whole_lines(texts: Iterator[str]) -> Iterator[str]:
    """The same text, cut at ends of lines."""
    held = ""
    for text in texts:
        lines, end, held = (held + text).rpartition("\n")
        yield lines + end
    yield held


def _decoded(path: Path, encoding: str | None) -> Iterator[str]:
    """In UTF-8 a row that cannot be read is quarantined alone, so its bytes stay as they are."""
    is_utf_8 = encoding is None or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    errors = "surrogateescape" if is_utf_8 else "strict"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if is_utf_8 else str(encoding))(errors)
    size = 0
    try:
        for chunk in content_of(path, compression_of(path)):
            size += len(chunk)
            refuse_inflated(size, path.stat().st_size)
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise UnreadableFileError(
            f"the file is not {encoding} text ({error}); correct `encoding` of its feed, or export it again"
        ) from None


def _without_comments(texts: Iterator[str], comment: str, delimiter: str | None) -> Iterator[str]:
    """The text without lines that begin with `comment`.

    Below the header a line with as many delimiters as that has stays: a row whose first cell is #1001.
    """
    pattern = re.compile(rf"(?:^|(?<=\r))[ \t]*{re.escape(comment)}[^\r\n]*(?:\r\n?|\n)?", re.MULTILINE)
    header = ""
    for text in _whole_lines(texts):
        header = header or _header(pattern.sub("", text))
        yield _cut(pattern, text, header, delimiter)


def _header(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _cut(pattern: re.Pattern[str], text: str, header: str, delimiter: str | None) -> str:
    sign = delimiter or delimiter_of(header, '"')
    cells = header.count(sign)
    start = text.find(header)
    return pattern.sub(
        lambda found: found[0] if found.start() > start and cells and found[0].count(sign) == cells else "",
        text,
    )
