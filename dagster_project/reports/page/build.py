"""The page from the published file: read, drawn, rendered, and put in place whole."""

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dagster_project.reports.page.charts.drawing import draw
from dagster_project.reports.page.elements import Column, Figure, Section, Verdict
from dagster_project.reports.page.formats import TEXTS, exact, written
from dagster_project.reports.page.picture import first_screen
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.page.result import Report
from dagster_project.reports.page.sections import read_sections
from dagster_project.reports.page.verdicts import read_verdicts
from dagster_project.reports.wording import Row

FOLDER = Path(__file__).parent
DIGEST = re.compile(r'<meta name="milepost-publication" content="([0-9a-f]{32})">')
BARE = re.compile(r"[\w.+-]+")  # an attribute's value that needs no quotes
HEAD_BYTES = 2_000  # within which the digest stands


def write_report(published: Path, page: Path) -> Report:
    """Make `page` from the published file, unless it is the page of this publication already."""
    started = time.monotonic()
    digest = publication_digest(published)
    is_new = _digest_of(page) != digest
    figures, verdicts = 0, list[Verdict]()
    if is_new:
        with duckdb.connect(str(published), read_only=True) as connection:
            reader = Reader(connection)
            sections = list(read_sections(reader))
            figures = sum(len(section.figures) for section in sections if section.has_figures)
            verdicts = read_verdicts(reader, sections)
            text = render(verdicts, sections, last_known(reader), digest)
        draft = page.with_name(f".{page.name}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(page)
    picture = first_screen(verdicts) if is_new else b""
    sentences = tuple(f"{verdict.question}: {verdict.sentence}" for verdict in verdicts)
    return Report(page, is_new, page.stat().st_size, figures, sentences, picture, time.monotonic() - started)


def publication_digest(published: Path) -> str:
    """Of the published file and of what makes the page."""
    digest = hashlib.blake2b(digest_size=16)
    own = (path for path in FOLDER.parent.rglob("*") if path.suffix in (".py", ".j2", ".css", ".js"))
    for path in [published, *sorted(own)]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def _digest_of(page: Path) -> str | None:
    if not page.exists():
        return None
    with page.open(encoding="utf-8") as file:
        found = DIGEST.search(file.read(HEAD_BYTES))
    return found and found[1]


def last_known(reader: Reader) -> datetime | None:
    """The instant until which the earliest source is complete."""
    [row] = reader.query("""
        select min(watermark_at) filter (where is_retired is not true) as known_until
        from marts.rpt_source_watermarks
    """)
    known_until: datetime | None = row["known_until"]
    return known_until


def render(
    verdicts: Sequence[Verdict], sections: Sequence[Section], known_until: datetime | None, digest: str
) -> str:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        draw=_drawn, cells=_cells, key=_key, exactly=_exactly, length=_length, texts=TEXTS
    )
    style, script = ((FOLDER / "static" / name).read_text("utf-8") for name in ("page.css", "filters.js"))
    return environment.get_template("page.html.j2").render(
        verdicts=verdicts,
        sections=[section for section in sections if section.has_figures],
        waiting=[section for section in sections if not section.has_figures],
        known_until=known_until,
        digest=digest,
        style=Markup(style),
        script=Markup(script),
        script_digest=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _drawn(figure: Figure) -> Markup:
    return Markup(draw(figure.chart, figure.title) if figure.chart else "")


def _cells(row: Row, columns: Sequence[Column]) -> list[tuple[Column, str, str]]:
    """Each column with its value in words and to six figures."""
    return [
        (column, written(row[column.name], column.kind), exact(row[column.name]))
        if row[column.name] is not None
        else (column, written(None, column.kind), "")
        for column in columns
    ]


def _key(row: Row, keys: Sequence[str]) -> str:
    """What finds the row in its mart, a line per column."""
    return "\n".join("" if row[key] is None else str(row[key]) for key in keys)


def _exactly(text: str, value: str) -> Markup:
    """The value of attribute `data-v`; none where the cell's text says it exactly."""
    if value == text.replace(",", ""):
        return Markup("")
    shorter = value.replace("0.", ".", 1) if value.startswith(("0.", "-0.")) else value
    return Markup(f"={shorter}" if BARE.fullmatch(shorter) else f'="{escape(shorter)}"')


def _length(value: str) -> str:
    """Of a bar, as a share of its cell."""
    return f"{float(value):.2f}"
