"""Trying a feed on a sample of its files, in a warehouse of its own, by the code that loads them for good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.landing.copies import copy_files
from dagster_project.raw.addresses import has_address
from dagster_project.raw.connection import connect
from dagster_project.raw.files.inspection import compression_of, content_of
from dagster_project.raw.files.known_names import known_names
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.files.near_copies import NearCopyError
from dagster_project.raw.files.opened import UnreadableFileError
from dagster_project.raw.files.reading import readable
from dagster_project.raw.schema import create_raw_tables, table_name
from dagster_project.raw.sql import count, literal, quoted
from dagster_project.settings import Settings
from dagster_project.sources.event_files import SOURCE_NAME, Feed, FeedFile, list_files

SAMPLE_FILES = 3
SAMPLE_BYTES = 32 << 20
SAMPLE_ROWS = 200_000
# With fewer rows, times may be equal by chance.
FEWEST_TIMES = 20
NEARLY_ALL = 0.95


@dataclass(frozen=True)
class Trial:
    """What a sample gives: counts, and pairs of what was found with how often.

    `fields` are Milepost's, with the file's column and the rows in which it is filled; `names` are those of
    events, with what the catalogue knows them as.
    """

    files: int
    is_cut: bool
    loaded: int
    quarantined: int
    repeated: int
    left_out: int
    span: tuple[datetime | None, datetime | None]
    fields: Sequence[tuple[str, str, int]] = ()
    names: Sequence[tuple[str, int, str]] = ()
    reasons: Sequence[tuple[str, int]] = ()
    corrections: Sequence[tuple[str, int]] = ()
    addresses: Sequence[tuple[str, int]] = ()
    absent: Sequence[str] = ()
    dates: int = 0
    at_one_time: int = 0
    problem: str | None = None


def try_feed(feed: Feed, folder: Path) -> Trial:
    """Load the latest files of the feed, or their first rows, into a warehouse in the empty `folder`."""
    files = sorted(list_files(feed), key=lambda file: (str(file.modified_at), file.address))
    sample = folder / "sample"
    sample.mkdir()
    is_cut = len(files) > SAMPLE_FILES
    addresses_of_samples: dict[str, str] = {}
    for number, file in enumerate(files[-SAMPLE_FILES:]):
        written, is_shortened = _write_sample(feed, file, sample, number)
        addresses_of_samples[str(written)] = file.address
        is_cut |= is_shortened
    settings = Settings(folder / "home", None)
    tried = replace(feed, path=f"{sample}/*")
    with connect(settings) as connection:
        create_raw_tables(connection, [], [tried])
        copied = list_files(tried)
        copy_files(SOURCE_NAME, feed.name, copied, settings.landing, lambda: settings.now())
        problem = None
        try:
            load_feed(connection, settings.landing, tried, lambda: settings.now())
        except NearCopyError as error:
            problem = _with_addresses(str(error), addresses_of_samples)
        left_out, addresses = _before_loading(connection, tried, [Path(file.address) for file in copied])
        return replace(
            _described(connection, tried, len(copied), is_cut, left_out, addresses), problem=problem
        )


def _with_addresses(text: str, addresses_of_samples: Mapping[str, str]) -> str:
    """The text with the address of each file in place of its sample, which is gone when it is read."""
    for sample, address in addresses_of_samples.items():
        text = text.replace(sample, address)
    return text


def _write_sample(feed: Feed, file: FeedFile, folder: Path, number: int) -> tuple[Path, bool]:
    """Write the file, or its first rows, into `folder`; returns where, and whether it was cut.

    Its `number` distinguishes it from one of the same name in another folder.
    """
    whole = folder / f"{number} {Path(file.address).name}"
    with whole.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    if whole.stat().st_size <= SAMPLE_BYTES or feed.format == "json":
        return whole, False
    if feed.format == "parquet":
        rows = folder / f"first rows of {whole.name}"
        duckdb.execute(
            f"copy (from read_parquet({literal(str(whole))}) limit {SAMPLE_ROWS}) to {literal(str(rows))} "
            "(format parquet)"
        )
        whole.unlink()
        rows.rename(whole)
        return whole, True
    try:
        compression = compression_of(whole)
    except UnreadableFileError:  # which the load says
        return whole, False
    first = folder / (whole.stem if compression != "none" else f"first rows of {whole.name}")
    with first.open("wb") as target:
        target.write(_first_lines(content_of(whole, compression)))
    whole.unlink()
    return first, True


def _first_lines(chunks: Iterator[bytes]) -> bytes:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > SAMPLE_BYTES:
            return head[: head.rfind(b"\n") + 1]
    return head


def _before_loading(
    connection: duckdb.DuckDBPyConnection, feed: Feed, files: Sequence[Path]
) -> tuple[int, list[tuple[str, int]]]:
    """How many rows the feed's rules leave out, and in which columns of how many rows addresses stand."""
    left_out = 0
    found: dict[str, int] = {}
    for file in files:
        try:
            with readable(connection, feed, file) as opened:
                if opened is None:
                    continue
                _drop_rejects(connection)
                if opened.every_row:
                    left_out += count(connection, f"select count(*) from {opened.every_row}")
                    _drop_rejects(connection)
                    left_out -= count(connection, f"select count(*) from {opened.relation}")
                    _drop_rejects(connection)
                texts = {name: quoted(name) for name in opened.columns}
                if not opened.names or not set(opened.names) <= set(opened.columns):
                    texts["what is not mapped"] = f"coalesce({opened.properties}::varchar, '')"
                counts = ", ".join(f"count(*) filter ({has_address(text)})" for text in texts.values())
                [row] = connection.execute(f"select {counts} from {opened.relation}").fetchall()
                for name, rows in zip(texts, row, strict=True):
                    found[name] = found.get(name, 0) + rows
        except (UnreadableFileError, duckdb.Error):
            continue  # in quarantine, with its reason
    return left_out, [(name, rows) for name, rows in found.items() if rows]


def _drop_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("_rejected", "_rejected_scans"):
        connection.execute(f"drop table if exists {table}")


def _described(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    files: int,
    is_cut: bool,
    left_out: int,
    addresses: Sequence[tuple[str, int]],
) -> Trial:
    table = table_name(SOURCE_NAME, feed.name)
    [(loaded, repeated, first, last)] = connection.execute(
        f"select count(*), count(*) filter (_is_repeated), min(occurred_at), max(occurred_at) from {table}"
    ).fetchall()
    columns = {**feed.columns, **feed.property_columns}
    stored = {
        name: f"properties ->> {literal(name)}"
        if name in feed.property_columns
        else quoted("contact_key" if name == "email" else name)
        for name in columns
    }
    for name, column in feed.open_rules.columns.items():
        columns.setdefault(name, column)
        stored.setdefault(name, f"properties ->> {literal(column)}")
    counts = ", ".join(f"count({expression})" for expression in stored.values())
    [filled] = connection.execute(f"select {counts} from {table}").fetchall()
    names = connection.execute(
        f"select event_name, count(*) from {table} group by all order by 2 desc, 1"
    ).fetchall()
    known = known_names(feed.name)
    return Trial(
        files,
        is_cut,
        loaded,
        count(connection, "select coalesce(sum(quarantined), 0)::bigint from raw._loads"),
        repeated,
        left_out,
        (first, last),
        [(name, columns[name], rows) for name, rows in zip(columns, filled, strict=True)],
        [(name, rows, known.get(name, "")) for name, rows in names],
        _grouped(connection, "raw._quarantine", "count(*)"),
        _grouped(connection, "raw._corrections", "sum(records)::bigint"),
        addresses,
        [
            name
            for (name,) in connection.execute(
                "select distinct field from raw._schema_drift order by 1"
            ).fetchall()
        ],
        count(connection, f"select count(*) from {table} where _given_at < occurred_at"),
        _at_one_time(connection, table),
    )


def _at_one_time(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of nearly all at one time of day that the file gives, as of days written with one; in winter and
    summer that is two in UTC.
    """
    times = connection.execute(f"""
        select count(*) from {table} where not coalesce(_given_at < occurred_at, false)
        group by epoch(occurred_at) % 86400 order by 1 desc limit 2
    """).fetchall()
    rows, of = sum(number for (number,) in times), count(connection, f"select count(*) from {table}")
    return rows if of >= FEWEST_TIMES and rows >= NEARLY_ALL * of else 0


def _grouped(connection: duckdb.DuckDBPyConnection, table: str, number: str) -> list[tuple[str, int]]:
    """Reasons with an example of each, the commonest first."""
    return connection.execute(
        f"select min(reason), {number} from {table} group by split_part(reason, ': ', 1) order by 2 desc, 1"
    ).fetchall()
